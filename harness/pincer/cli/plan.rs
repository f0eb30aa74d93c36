//! Makes a plan from arguments.

use std::path::Path;

use globset::{Glob, GlobMatcher};
use pincer_core::plan::Plan;
use pincer_core::scenario::{Scenario, Source, Suite, Target};
use pincer_core::vocab::TargetKind;

use super::args::{Selection, SuiteName};
use super::{CliError, files, import, profile, report};
use crate::embedded;

/// The selected scenarios, for any kind of target.
pub(super) fn suite(selection: &Selection, targets: &[Target]) -> Result<Suite, CliError> {
    let all = embedded::suite(own(selection)?, targets)?;
    let chosen = without(&select(&all, &selection.only)?, &all, &selection.skip)?;
    let kind = selection.suite.map(SuiteName::kind);
    let profile = selection.profile.as_deref().map(profile::find).transpose()?;
    let of_profile = |scenario: &Scenario| {
        profile.as_ref().is_none_or(|of| of.r#for == scenario.r#for && of.controls.contains_key(&scenario.control))
    };
    let chosen = chosen.select(|scenario| kind.is_none_or(|kind| scenario.r#for == kind) && of_profile(scenario));
    if chosen.scenarios.is_empty() {
        return Err(CliError::Usage("no scenario is selected; `pincer list` shows all".to_owned()));
    }
    Ok(chosen)
}

/// The user's own scenarios and payload sets.
fn own(selection: &Selection) -> Result<Vec<Source>, CliError> {
    let mut own = match &selection.scenarios {
        Some(folder) => files::read_folder(folder)?,
        None => Vec::new(),
    };
    if let Some(folder) = &selection.payloads {
        own.extend(import::payloads(folder)?);
    }
    Ok(own)
}

/// The scenario files, embedded and the user's, with the names that users know.
pub(super) fn sources(selection: &Selection) -> Result<Vec<Source>, CliError> {
    Ok(report::embedded_sources().into_iter().chain(own(selection)?).collect())
}

/// The scenarios whose id, control or tag matches any of the globs; all if there are none.
pub(super) fn select(all: &Suite, globs: &[String]) -> Result<Suite, CliError> {
    let globs = matchers(all, globs)?;
    Ok(all.select(|scenario| globs.is_empty() || fits(scenario, &globs)))
}

/// The suite without the scenarios whose id, control or tag matches a glob; fails if a glob matches nothing in `all`.
fn without(suite: &Suite, all: &Suite, globs: &[String]) -> Result<Suite, CliError> {
    let globs = matchers(all, globs)?;
    Ok(suite.select(|scenario| !fits(scenario, &globs)))
}

/// Compiles globs; fails if one matches no scenario.
fn matchers(all: &Suite, globs: &[String]) -> Result<Vec<GlobMatcher>, CliError> {
    let mut matchers = Vec::new();
    for glob in globs {
        let matcher = Glob::new(glob).map_err(|error| CliError::Usage(error.to_string()))?.compile_matcher();
        if !all.scenarios.iter().any(|scenario| fits(scenario, std::slice::from_ref(&matcher))) {
            return Err(CliError::Usage(format!("no scenario matches `{glob}`; `pincer list` shows all")));
        }
        matchers.push(matcher);
    }
    Ok(matchers)
}

/// Whether any of the globs matches the id, the control or a tag.
fn fits(scenario: &Scenario, globs: &[GlobMatcher]) -> bool {
    let is = |word: &str| globs.iter().any(|glob| glob.is_match(word));
    is(scenario.id.as_str()) || is(scenario.control.as_str()) || scenario.tags.iter().any(|tag| is(tag))
}

/// The selected targets: the user's, or the embedded gateway and the embedded agent.
pub(super) fn targets(selection: &Selection) -> Result<Vec<Target>, CliError> {
    match import::selected(selection)? {
        Some(target) => Ok(vec![target]),
        None => Ok(vec![embedded::target(TargetKind::Gateway)?, embedded::target(TargetKind::Agent)?]),
    }
}

/// The folder of a target's descriptor.
pub(super) fn folder(file: &Path) -> std::path::PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// The plans that a selection means with this seed: one for each target for which it has a scenario.
pub(super) fn plans(selection: &Selection, seed: u64) -> Result<Vec<Plan>, CliError> {
    let targets = targets(selection)?;
    let suite = suite(selection, &targets)?;
    let fits = |target: &Target| suite.select(|scenario| scenario.r#for == target.kind);
    let plans: Vec<Plan> = targets
        .into_iter()
        .map(|target| (fits(&target), target))
        .filter(|(suite, _)| !suite.scenarios.is_empty())
        .map(|(suite, target)| {
            let plan = Plan::new(seed, suite, target).with_trials(selection.trials.into());
            plan.with_nonce(selection.nonce.unwrap_or_default())
        })
        .collect();
    if plans.is_empty() {
        return Err(CliError::Usage(
            "no selected scenario is for this kind of target; `pincer list` shows all".to_owned(),
        ));
    }
    Ok(plans)
}

/// The plan of one scenario with only one attack case, if requested.
pub(super) fn only(plans: Vec<Plan>, case: Option<u32>) -> Result<Vec<Plan>, CliError> {
    let Some(number) = case else { return Ok(plans) };
    let known: Vec<_> = plans.iter().flat_map(Plan::scenarios).map(|(s, entry)| (&s.id, entry.attacks())).collect();
    match known.as_slice() {
        [(_, attacks)] if attacks.contains(&number) => Ok(plans.into_iter().map(|plan| plan.only(case)).collect()),
        [(id, attacks)] => {
            let last = attacks.end.saturating_sub(1);
            let text = format!("{id} has no attack case {number}: use {} to {last}", attacks.start);
            Err(CliError::Usage(text))
        }
        more => {
            let text = format!("`--case` needs exactly one scenario, but `--only` selects {}", more.len());
            Err(CliError::Usage(text))
        }
    }
}
