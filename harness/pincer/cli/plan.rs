//! From arguments to a plan.

use std::path::Path;

use globset::Glob;
use pincer_core::plan::Plan;
use pincer_core::scenario::{Scenario, Suite, Target};
use pincer_core::vocab::TargetKind;

use super::args::{Selection, SuiteName};
use super::{CliError, files, import};
use crate::embedded;

/// The suite that a selection means.
pub(super) fn suite(selection: &Selection, target: &Target) -> Result<Suite, CliError> {
    let mut own = match &selection.scenarios {
        Some(folder) => files::read_folder(folder)?,
        None => Vec::new(),
    };
    if let Some(folder) = &selection.payloads {
        own.extend(import::payloads(folder)?);
    }
    let all = embedded::suite(own, std::slice::from_ref(target))?;
    let chosen = select(&all, &selection.only)?;
    let kind = selection.suite.map(|suite| match suite {
        SuiteName::Gateway => TargetKind::Gateway,
        SuiteName::Agent => TargetKind::Agent,
    });
    let chosen = chosen.select(|scenario| kind.is_none_or(|kind| scenario.r#for == kind));
    if chosen.scenarios.is_empty() {
        return Err(CliError::Usage("no scenario is selected; `pincer list` shows all".to_owned()));
    }
    Ok(chosen)
}

/// The scenarios whose id, control or tag matches any of the globs; all without globs.
pub(super) fn select(all: &Suite, globs: &[String]) -> Result<Suite, CliError> {
    let mut matchers = Vec::new();
    for glob in globs {
        let matcher = Glob::new(glob).map_err(|error| CliError::Usage(error.to_string()))?.compile_matcher();
        let fits = |scenario: &Scenario| {
            matcher.is_match(scenario.id.as_str())
                || matcher.is_match(scenario.control.as_str())
                || scenario.tags.iter().any(|tag| matcher.is_match(tag))
        };
        if !all.scenarios.iter().any(fits) {
            return Err(CliError::Usage(format!("no scenario matches `{glob}`; `pincer list` shows all")));
        }
        matchers.push(matcher.clone());
    }
    let wanted = |scenario: &Scenario| {
        matchers.iter().any(|matcher| {
            matcher.is_match(scenario.id.as_str())
                || matcher.is_match(scenario.control.as_str())
                || scenario.tags.iter().any(|tag| matcher.is_match(tag))
        })
    };
    Ok(all.select(|scenario| matchers.is_empty() || wanted(scenario)))
}

/// The target that a selection means.
pub(super) fn target(selection: &Selection) -> Result<Target, CliError> {
    match import::selected(selection)? {
        Some(target) => Ok(target),
        None => Ok(embedded::target()?),
    }
}

/// The folder of a target's descriptor.
pub(super) fn folder(file: &Path) -> std::path::PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// The plan that a selection means.
pub(super) fn plan(selection: &Selection) -> Result<Plan, CliError> {
    let target = target(selection)?;
    Ok(Plan::new(selection.seed, suite(selection, &target)?, target))
}

/// The plan of one scenario with one of its attack cases, where the user asks for one.
pub(super) fn only(plan: Plan, case: Option<u32>) -> Result<Plan, CliError> {
    let Some(number) = case else { return Ok(plan) };
    let known: Vec<_> = plan.scenarios().map(|(scenario, entry)| (&scenario.id, entry.attacks())).collect();
    match known.as_slice() {
        [(_, attacks)] if attacks.contains(&number) => Ok(plan.only(case)),
        [(id, attacks)] => {
            let last = attacks.end.saturating_sub(1);
            let text = format!("{id} has no attack case {number}: they are {} to {last}", attacks.start);
            Err(CliError::Usage(text))
        }
        more => {
            let text = format!("`--case` needs one scenario, and `--only` names {}", more.len());
            Err(CliError::Usage(text))
        }
    }
}
