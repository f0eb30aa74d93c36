//! Reports: as files of a run, as annotations, and of results that stand in a file.

use std::io::Write as _;
use std::path::Path;

use pincer_core::judge::{Place, Results, ScenarioResult};
use pincer_core::report::{annotations, html, junit, markdown, sarif};
use pincer_core::scenario::{Source, place_of_operation, place_of_scenario, place_of_step};
use pincer_core::vocab::{Exit, TargetKind, Verdict, word};

use super::args::{Format, Report, ReportFormat, Reporting, Service};
use super::print::{heard, pretty};
use super::{CliError, accept, files};
use crate::embedded;

impl Format {
    /// The name of its file.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Sarif => "results.sarif",
            Self::Html => "report.html",
            Self::Markdown => "summary.md",
            Self::Junit => "junit.xml",
            Self::Json => "results.json",
        }
    }
}

/// A report as a text.
pub(super) fn text(results: &Results, format: Format) -> Result<String, CliError> {
    let fault = |why: &dyn std::fmt::Display| CliError::Report(why.to_string());
    Ok(match format {
        Format::Sarif => sarif(results, &embedded::catalogue()?).map_err(|why| fault(&why))?,
        Format::Html => html(results, &embedded::catalogue()?),
        Format::Markdown => markdown(results, &embedded::catalogue()?),
        Format::Junit => junit(results).map_err(|why| fault(&why))?,
        Format::Json => pretty(results)?,
    })
}

/// The files that are written beside those of every run.
pub(super) fn further(formats: &[Format]) -> Vec<&'static str> {
    let mut formats: Vec<Format> =
        formats.iter().copied().filter(|format| !matches!(format, Format::Junit | Format::Json)).collect();
    formats.sort_unstable();
    formats.dedup();
    formats.into_iter().map(Format::file).collect()
}

/// Shows a summary and, where they are asked for, annotations. The service reads commands in all that is printed, so it is told
/// to stop while the summary is shown: that quotes the target.
pub(super) fn shown(
    reporting: &Reporting,
    results: &Results,
    summary: impl FnOnce() -> Result<(), CliError>,
) -> Result<(), CliError> {
    let Some(Service::Github) = reporting.annotations else { return heard(summary()) };
    heard(write!(anstream::stdout(), "{}", annotations(results)).map_err(CliError::Output))?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(CliError::Random)?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    heard(writeln!(anstream::stdout(), "::stop-commands::{token}").map_err(CliError::Output))?;
    let said = heard(summary());
    heard(writeln!(anstream::stdout(), "::{token}::").map_err(CliError::Output))?;
    said
}

/// Writes a report of results in a file.
pub(super) fn report(args: &Report) -> Result<Exit, CliError> {
    let mut results = accept::read(&args.results)?;
    let own = args.scenarios.as_deref().map(files::read_folder).transpose()?.unwrap_or_default();
    let mut sources: Vec<Source> = embedded_sources();
    sources.extend(own);
    let descriptor = args.target.as_deref().map(files::read).transpose()?;
    mark(&mut results, &sources, descriptor.as_ref());
    let format = match args.format {
        ReportFormat::Sarif => Some(Format::Sarif),
        ReportFormat::Html => Some(Format::Html),
        ReportFormat::Markdown => Some(Format::Markdown),
        ReportFormat::Junit => Some(Format::Junit),
        ReportFormat::Json => Some(Format::Json),
        ReportFormat::Github => None,
    };
    let text = match format {
        Some(format) => text(&results, format)?,
        None => annotations(&results),
    };
    match &args.out {
        Some(file) => files::replace(file, text)?,
        None => heard(std::io::stdout().write_all(text.as_bytes()).map_err(CliError::Output))?,
    }
    Ok(Exit::Green)
}

/// The embedded scenarios, named as a user finds them.
pub(super) fn embedded_sources() -> Vec<Source> {
    let named = |source: Source| Source::new(format!("scenarios/{}", source.name), source.text);
    embedded::sources().into_iter().map(named).collect()
}

/// The descriptor of a run: the user's, or that of the embedded reference. It was read before, so what is wrong now is not
/// told again: then operations have no place.
pub(super) fn descriptor(target: Option<&Path>, kind: TargetKind) -> Option<Source> {
    if let Some(path) = target {
        return files::read(path).ok();
    }
    let folder = match kind {
        TargetKind::Gateway => "reference",
        TargetKind::Agent => "reference-agent",
    };
    Some(Source::new(format!("scenarios/targets/{folder}/target.yaml"), embedded::file(kind, "target.yaml")))
}

/// Whether it has something to show whose place is looked up.
pub(super) fn needs_place(scenario: &ScenarioResult) -> bool {
    !scenario.findings.is_empty() || scenario.verdict == Verdict::Inconclusive
}

/// Notes at each finding where its step and its operation stand, and of what is inconclusive where the scenario stands.
pub(super) fn mark(results: &mut Results, sources: &[Source], descriptor: Option<&Source>) {
    let here = std::env::current_dir().ok();
    let place = |(file, line): (&str, usize)| Place { file: shown_path(file, here.as_deref()), line };
    for scenario in results.scenarios.iter_mut().filter(|scenario| needs_place(scenario)) {
        if scenario.findings.is_empty() {
            scenario.place = place_of_scenario(sources, &scenario.id).map(place);
        }
        for finding in &mut scenario.findings {
            let step = finding.step;
            let step = step.and_then(|step| place_of_step(sources, &scenario.id, &word(&step.half), step.number));
            finding.place = step.map(place);
            let line =
                descriptor.and_then(|source| Some((&*source.name, place_of_operation(source, &finding.operation)?)));
            finding.declared = line.map(place);
        }
    }
}

/// A path as consumers of reports look it up: relative to where Pincer runs, if it is below.
fn shown_path(file: &str, here: Option<&Path>) -> String {
    let path = Path::new(file);
    let below = here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    let below = below.strip_prefix(".").unwrap_or(below);
    below.display().to_string()
}
