//! Files of other tools: API documents and credentials for a descriptor, payload lists, rule tests.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pincer_core::accept::{read_baseline, read_waivers};
use pincer_core::report::inert;
use pincer_core::scenario::{self, ReadError, Scenario, Source, Suite, Target, to_yaml};
use pincer_core::vocab::{Exit, Operation};
use pincer_intake::{Beside, Described, Named, Route, RuleTests, api_of, describe, read_payloads, read_rule_tests};

use super::{CliError, files};
use crate::embedded;

/// Reads the descriptor in `file`, with the API document that it or `api` names and the credentials in `auth`.
pub(super) fn target(file: &Path, api: Option<&Path>, auth: Option<&Path>) -> Result<Described, CliError> {
    let source = files::read(file)?;
    let named = api_of(&source)?.map(|name| file.parent().unwrap_or(Path::new("")).join(name));
    let api = api.or(named.as_deref()).map(files::read).transpose()?;
    let auth = auth.map(files::read).transpose()?;
    Ok(describe(&source, Beside { api: api.as_ref(), auth: auth.as_ref() })?)
}

/// The payload lists in a folder, each as the text of a payload set.
pub(super) fn payloads(folder: &Path) -> Result<Vec<Source>, CliError> {
    let mut sources = Vec::new();
    for path in named(folder, "txt")? {
        let list = files::read(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let set = read_payloads(&name, &list)?;
        sources.push(Source::new(list.name, to_yaml(&set).map_err(|error| CliError::Report(error.to_string()))?));
    }
    if sources.is_empty() {
        return Err(CliError::Usage(format!("{} contains no payload list `NAME.txt`", folder.display())));
    }
    Ok(sources)
}

/// The files of a folder with this extension, in order of their names.
fn named(folder: &Path, end: &str) -> Result<Vec<PathBuf>, CliError> {
    let fault = |why| files::fault(folder, why);
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(fault)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    paths.retain(|path| path.is_file() && path.extension().is_some_and(|known| known == end));
    paths.sort_unstable();
    Ok(paths)
}

/// The operations of an API with their roles, as a table.
pub(super) fn table(described: &Described, suite: &Suite) -> String {
    let mut text = String::new();
    let routes = &described.routes;
    let width = |length: fn(&Route) -> usize| routes.iter().map(length).max().unwrap_or(0);
    let (names, paths) = (width(|route| route.name.as_str().len()), width(|route| route.route.chars().count()));
    for route in routes {
        let why = match &route.named {
            Named::Descriptor => "declared in the descriptor".to_owned(),
            Named::Role => "x-pincer-role".to_owned(),
            Named::OperationId => "operationId".to_owned(),
            Named::Word(place, word) => format!("from `{word}` in its {place}"),
            Named::Shape => "guessed from its shape; set x-pincer-role if this is wrong".to_owned(),
            Named::Nothing => "no role".to_owned(),
        };
        let why = inert(&why);
        let (name, path) = (route.name.as_str(), inert(&route.route));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<names$}  {path:<paths$}  {why}");
        let gaps = gaps(&route.name, &described.target, suite);
        for note in route.notes.iter().chain(&gaps) {
            let _ = writeln!(text, "  {:<names$}  {}", "", inert(note));
        }
    }
    text
}

/// Parameters that scenarios fill and the operation does not have.
fn gaps(name: &Operation, target: &Target, suite: &Suite) -> Vec<String> {
    let steps = suite.scenarios.iter().flat_map(Scenario::steps);
    let prefix = format!("operations.{name}: ");
    let gaps: BTreeSet<String> = steps
        .filter(|step| step.send.operations.named().contains(name))
        .flat_map(|step| scenario::gaps(step, target))
        .filter_map(|gap| gap.strip_prefix(&prefix).map(str::to_owned))
        .collect();
    gaps.into_iter().map(|gap| format!("some scenarios need {gap}")).collect()
}

/// Turns the rule tests below a folder into scenarios, and reports what cannot be expressed.
pub(super) fn crs(folder: &Path, out: &Path) -> Result<Exit, CliError> {
    let mut told = anstream::stderr();
    let (mut written, mut stages, mut left_out, mut unread) = (Vec::new(), 0, 0, 0);
    let sources = files::read_folder(folder)?;
    for source in &sources {
        let tests = match read_rule_tests(source) {
            Ok(tests) => tests,
            Err(error) => {
                unread += 1;
                writeln!(told, "{}", inert(&error.to_string()))?;
                continue;
            }
        };
        stages += tests.stages;
        left_out += tests.left_out.len();
        for fault in &tests.left_out {
            writeln!(told, "{}", inert(&fault.to_string()))?;
        }
        written.extend(keep(source, tests, out, &written)?);
    }
    // A written scenario must be valid; if not, that is Pincer's fault.
    let checked = written.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
    embedded::suite(checked, &[])?;
    writeln!(
        anstream::stdout(),
        "{} file{} with {stages} test stages: {} in {} scenario{} in {}, {left_out} left out{}",
        sources.len(),
        if sources.len() == 1 { "" } else { "s" },
        stages - left_out,
        written.len(),
        if written.len() == 1 { "" } else { "s" },
        out.display(),
        if unread == 0 { String::new() } else { format!("; {unread} not read") },
    )?;
    Ok(if unread == 0 { Exit::Green } else { Exit::Usage })
}

/// Writes a scenario of rule tests, unless another file for the same rule has been written.
fn keep(source: &Source, tests: RuleTests, out: &Path, written: &[PathBuf]) -> Result<Option<PathBuf>, CliError> {
    let Some(scenario) = tests.scenario else { return Ok(None) };
    let path = out.join(format!("{}.yaml", scenario.id));
    if written.contains(&path) {
        return Err(CliError::Usage(format!("{}: {} was already written from another file", source.name, scenario.id)));
    }
    let text = to_yaml(&scenario).map_err(|error| CliError::Report(error.to_string()))?;
    files::write(&path, &text)?;
    Ok(Some(path))
}

/// The target of a selection, with the files that it names.
pub(super) fn selected(selection: &super::args::Selection) -> Result<Option<Target>, CliError> {
    let Some(file) = &selection.target else { return Ok(None) };
    Ok(Some(target(file, selection.api.as_deref(), selection.auth.as_deref())?.target))
}

/// Checks files of all kinds, and shows the roles in the API documents of targets.
pub(super) fn check(paths: &[PathBuf], api: Option<&Path>) -> Result<Exit, CliError> {
    let (mut described, mut own) = (Vec::new(), Vec::new());
    for path in paths {
        let source = files::read(path)?;
        if source.format().is_some_and(|format| format.starts_with("target/")) {
            described.push((path, target(path, api, None)?, source));
        } else if source.format().is_some_and(|format| format.starts_with("baseline/")) {
            read_baseline(&source)?;
        } else if source.format().is_some_and(|format| format.starts_with("waivers/")) {
            read_waivers(&source)?;
        } else {
            own.push(source);
        }
    }
    if api.is_some() && described.is_empty() {
        return Err(CliError::Usage("`--api` needs a target descriptor among the files".to_owned()));
    }
    let targets: Vec<Target> = described.iter().map(|(_, described, _)| described.target.clone()).collect();
    let suite = embedded::suite(own, &targets)?;
    let (mut faults, mut warnings) = (Vec::new(), Vec::new());
    for (_, Described { target, doubts, .. }, source) in &described {
        let (doubted, wrong): (Vec<_>, Vec<_>) = doubts.iter().cloned().partition(|doubt| doubt.warning);
        faults.extend(wrong);
        faults.extend(scenario::unknown_claims(source, target, &suite));
        warnings.extend(doubted);
        warnings.extend(scenario::unset(source, target, |name| std::env::var_os(name).is_some()));
    }
    if !faults.is_empty() {
        return Err(ReadError(faults).into());
    }
    super::show_faults(&warnings)?;
    let mut out = anstream::stdout();
    for (path, described, _) in described.iter().filter(|(_, described, _)| !described.routes.is_empty()) {
        write!(out, "{}\n{}", path.display(), table(described, &suite))?;
    }
    let told = match warnings.len() {
        0 => String::new(),
        1 => ", with a warning".to_owned(),
        more => format!(", with {more} warnings"),
    };
    writeln!(out, "{} file{} valid{told}", paths.len(), if paths.len() == 1 { " is" } else { "s are" })?;
    Ok(Exit::Green)
}
