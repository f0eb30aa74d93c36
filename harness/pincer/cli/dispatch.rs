//! Dispatches the commands of the command line.

use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;
use pincer_core::vocab::Exit;

use super::args::{Cli, Command, Import, Selection};
#[cfg(feature = "reference")]
use super::print::heard;
use super::print::pretty;
use super::{
    CliError, accept, certify, files, import, judge, keys, measure, plan, probe, profile, report, run, show, verify,
};
use crate::embedded;

/// Runs the command of the command line, and gives its exit code.
pub(super) fn dispatch(cli: Cli) -> Result<u8, CliError> {
    let exit = match cli.command {
        // Its codes say which check did not hold.
        Command::Verify(args) => return verify::verify(&args),
        Command::Keygen { out } => keys::keygen(&out),
        Command::Challenge(args) => keys::challenge(&args),
        Command::Certify(args) => certify::certify(&args),
        Command::Attest(args) => certify::attest(&args),
        Command::Run(run) => run::run(&run),
        Command::Probe(probe) => probe::probe(&probe),
        Command::Plan(selection) => print_plan(&selection),
        Command::Judge(args) => judge::judge(&args),
        Command::Report(args) => report::report(&args),
        Command::Baseline { results } => accept::baseline(&results),
        Command::Measure(measure) => measure::measure(&measure),
        Command::Selftest { only } => selftest(&only),
        Command::List { profiles: true, .. } => profile::list(),
        Command::List { selection, by, json, .. } => {
            show::list(&plan::suite(&selection, &plan::targets(&selection)?)?, by, json)
        }
        Command::Explain { id } => show::explain(&embedded::suite(Vec::new(), &[])?, &embedded::catalogue()?, &id),
        Command::Check { files, api } => import::check(&files, api.as_deref()),
        Command::Import(Import::Crs { folder, out }) => import::crs(&folder, &out),
        Command::Init { file, agent } => init(&file, agent),
        Command::Schemas { folder } => {
            for (name, schema) in pincer_core::scenario::schemas() {
                files::write(&folder.join(name), &pretty(&schema)?)?;
            }
            for (name, schema) in pincer_core::accept::schemas() {
                files::write(&folder.join(name), &pretty(&schema)?)?;
            }
            files::write(&folder.join("measure-v1.schema.json"), &pretty(&pincer_core::measure::schema())?)?;
            files::write(&folder.join("results-v1.schema.json"), &pretty(&pincer_core::judge::results_schema())?)?;
            Ok(Exit::Green)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "pincer", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(Exit::Green)
        }
        Command::Man { folder } => {
            std::fs::create_dir_all(&folder).map_err(|why| files::fault(&folder, why))?;
            clap_mangen::generate_to(Cli::command(), &folder).map_err(|why| files::fault(&folder, why))?;
            Ok(Exit::Green)
        }
    };
    exit.map(u8::from)
}

#[cfg(feature = "reference")]
fn selftest(only: &[String]) -> Result<Exit, CliError> {
    let suite = plan::select(&embedded::suite(Vec::new(), &[])?, only)?;
    let outcome = super::start::runtime()?.block_on(crate::selftest::selftest(&suite, only.is_empty()))?;
    heard(write!(anstream::stdout(), "{}", outcome.text).map_err(CliError::Output))?;
    Ok(if outcome.sound { Exit::Green } else { Exit::Failed })
}

#[cfg(not(feature = "reference"))]
fn selftest(_: &[String]) -> Result<Exit, CliError> {
    Err(super::start::left_out())
}

fn print_plan(selection: &Selection) -> Result<Exit, CliError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for plan in plan::plans(selection, selection.seed)? {
        for (scenario, entry) in plan.scenarios() {
            if let Some((reason, needs)) = &entry.skipped {
                let skipped = serde_json::json!({"scenario": scenario.id, "skipped": reason, "needs": needs});
                writeln!(out, "{skipped}")?;
            }
            for case in plan.cases(scenario, entry) {
                serde_json::to_writer(&mut out, &case).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Green)
}

fn init(file: &Path, agent: bool) -> Result<Exit, CliError> {
    if file.exists() {
        return Err(CliError::Usage(format!("{} already exists; name another file", file.display())));
    }
    files::write(file, embedded::text(if agent { "targets/template-agent.yaml" } else { "targets/template.yaml" }))?;
    writeln!(
        anstream::stdout(),
        "Written: {0}\nNext: fill it in, then run `pincer check {0}` and `pincer run --target {0}`",
        file.display()
    )?;
    Ok(Exit::Green)
}
