//! Output for people.

use std::collections::BTreeMap;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use pincer_core::judge::Results;
use pincer_core::report::{Detail, hanging, inert, inert_lines, summary, wrapped};
use pincer_core::scenario::{Catalogue, Scenario, Suite};
use pincer_core::vocab::{Exit, Verdict, word};

use super::CliError;
use super::args::Group;
use crate::embedded;

/// Prints the summary and the tables of a run; in colour only on terminals.
pub(super) fn results(results: &Results, full: bool) -> Result<(), CliError> {
    let detail = if full { Detail::Full } else { Detail::Short };
    let families = embedded::catalogue().map(|catalogue| catalogue.families).unwrap_or_default();
    let text = summary(results, detail, |family| families.get(family).cloned().unwrap_or_default(), paint);
    write!(anstream::stdout(), "{text}")?;
    Ok(())
}

fn paint(verdict: Verdict, word: &str) -> String {
    let color = match verdict {
        Verdict::Pass => AnsiColor::Green,
        Verdict::Fail | Verdict::Error => AnsiColor::Red,
        Verdict::Warn | Verdict::Inconclusive => AnsiColor::Yellow,
        Verdict::NotApplicable => AnsiColor::BrightBlack,
    };
    let style = Style::new().fg_color(Some(color.into()));
    format!("{style}{word}{style:#}")
}

/// Lists scenarios, in groups with one line each, or as JSON.
pub(super) fn list(suite: &Suite, by: Group, json: bool) -> Result<Exit, CliError> {
    let mut out = anstream::stdout();
    if json {
        let rows: Vec<_> = suite
            .scenarios
            .iter()
            .map(|s| serde_json::json!({"id": s.id, "control": s.control, "for": s.r#for, "severity": s.severity, "tags": s.tags, "title": s.title}))
            .collect();
        writeln!(out, "{}", serde_json::Value::from(rows))?;
    } else {
        let families = embedded::catalogue()?.families;
        let mut groups: BTreeMap<String, Vec<&Scenario>> = BTreeMap::new();
        for scenario in &suite.scenarios {
            let names = match by {
                Group::Family => {
                    let family = scenario.control.family();
                    vec![format!("{family}  {}", families.get(family).map_or("", String::as_str))]
                }
                Group::Control => {
                    let control = suite.catalogue.get(scenario.control.as_str());
                    vec![format!("{}  {}", scenario.control, control.map_or("", |control| control.statement.as_str()))]
                }
                Group::Tag => scenario.tags.clone(),
            };
            for name in names {
                groups.entry(name).or_default().push(scenario);
            }
        }
        for (name, scenarios) in groups {
            write!(out, "{}", wrapped(&inert(&name), 0))?;
            for scenario in scenarios {
                let id = format!("  {}", scenario.id);
                write!(out, "{}", hanging(&id, &inert(&scenario.title), 33))?;
            }
        }
    }
    Ok(Exit::Green)
}

/// Explains a control or a scenario.
pub(super) fn explain(suite: &Suite, catalogue: &Catalogue, id: &str) -> Result<Exit, CliError> {
    let mut out = anstream::stdout();
    let scenario = suite.scenarios.iter().find(|scenario| scenario.id.as_str() == id);
    let control = catalogue.get(scenario.map_or(id, |scenario| scenario.control.as_str()));
    let Some(control) = control else {
        return Err(CliError::Usage(format!("no control or scenario is named `{id}`; `pincer list` shows all")));
    };
    if let Some(scenario) = scenario {
        writeln!(out, "{}\n{}", scenario.id, wrapped(&inert(&scenario.title), 2))?;
        if let Some(about) = &scenario.about {
            writeln!(out, "{}", wrapped(&inert_lines(about.trim()), 2))?;
        }
        let kills: Vec<&str> = scenario.kills.iter().map(pincer_core::vocab::Weakness::as_str).collect();
        writeln!(out, "Catches the weaknesses\n{}", wrapped(&kills.join(", "), 2))?;
    }
    let applies = match control.applies.as_str() {
        "both" => "gateways and agents".to_owned(),
        one => format!("{one}s"),
    };
    writeln!(out, "{} ({}, for {applies})", control.id, word(&control.level))?;
    writeln!(out, "{}", wrapped(&control.statement, 2))?;
    writeln!(out, "Test\n{}", wrapped(&control.test, 2))?;
    writeln!(out, "Standards")?;
    for (standard, places) in &control.maps {
        write!(out, "{}", hanging(&format!("  {standard}"), places, 13))?;
    }
    let scenarios: Vec<&str> =
        suite.scenarios.iter().filter(|s| s.control == control.id).map(|s| s.id.as_str()).collect();
    writeln!(
        out,
        "\nScenarios\n  {}",
        if scenarios.is_empty() { "none yet".to_owned() } else { scenarios.join("\n  ") }
    )?;
    Ok(Exit::Green)
}
