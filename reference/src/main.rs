//! The gateway and the agent as a program.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pincer_reference::agent::{Agent, AgentConfig, Status};
use pincer_reference::weakness::Weakness;
use pincer_reference::{Config, Gateway, hash_key};
use tokio::signal::unix::{SignalKind, signal};

/// A hardened gateway for the API calls of AI agents, and a hardened agent.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  pincer-reference serve --config reference/gateway.yaml\n  printf %s \"$KEY\" | pincer-reference hash-key"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM or Ctrl-C, then lets open requests end.
    Serve {
        /// The settings; the paths in it are relative to it.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Switches a weakness on; only in builds with the feature `weaknesses`.
        #[arg(long, value_name = "NAME")]
        weaken: Vec<Weakness>,
    },
    /// Checks settings, API document, policy, keys and certificate without serving.
    Check {
        /// The settings.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Serves the agent until SIGTERM or Ctrl-C.
    Agent {
        /// The settings; the paths in it are relative to it.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Switches a weakness on; only in builds with the feature `weaknesses`.
        #[arg(long, value_name = "NAME")]
        weaken: Vec<Weakness>,
    },
    /// Does one task and prints the answer; fails if the task is not done.
    Ask {
        /// The settings of the agent.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Switches a weakness on; only in builds with the feature `weaknesses`.
        #[arg(long, value_name = "NAME")]
        weaken: Vec<Weakness>,
        /// What to do.
        task: String,
    },
    /// Reads an API key from standard input and prints its hash for the settings.
    HashKey,
    /// Lists the weaknesses.
    Weaknesses,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "pincer-reference: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve { config, weaken } => {
            let mut config = Config::load(&config)?;
            config.settings.weaken.extend(weaken);
            serve(config).await?;
        }
        Command::Check { config } => {
            Gateway::check(&Config::load(&config)?).await?;
            writeln!(std::io::stdout(), "sound")?;
        }
        Command::Agent { config, weaken } => {
            let mut config = AgentConfig::load(&config)?;
            config.settings.weaken.extend(weaken);
            let stop = stop()?;
            let running = Agent::start(config).await?;
            writeln!(std::io::stderr(), "listening on http://{}", running.address())?;
            stop.await;
            running.stop().await;
        }
        Command::Ask { config, weaken, task } => {
            let mut config = AgentConfig::load(&config)?;
            config.settings.weaken.extend(weaken);
            let answer = Agent::ask(&config, &task).await?;
            writeln!(std::io::stdout(), "{}", answer.output)?;
            match answer.status {
                Status::Done => {}
                Status::Failed => return Err("the task failed".into()),
                Status::ApprovalRequired => return Err("the task needs an approval: use `agent`".into()),
            }
        }
        Command::HashKey => {
            let mut key = String::new();
            std::io::stdin().read_to_string(&mut key)?;
            writeln!(std::io::stdout(), "{}", hash_key(key.trim()))?;
        }
        Command::Weaknesses => {
            for weakness in Weakness::ALL {
                writeln!(std::io::stdout(), "{:28} {:8} {}", weakness.name(), weakness.control(), weakness.summary())?;
            }
        }
    }
    Ok(())
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let stop = stop()?;
    let running = Gateway::start(config).await?;
    let tls = running.tls_address();
    if tls != Some(running.address()) {
        writeln!(std::io::stderr(), "listening on http://{}", running.address())?;
    }
    if let Some(tls) = tls {
        writeln!(std::io::stderr(), "listening on https://{tls}")?;
    }
    stop.await;
    running.stop().await;
    Ok(())
}

/// Resolves on SIGTERM or Ctrl-C. It listens from the call on, because the program may be ended as soon as it prints
/// its address.
fn stop() -> Result<impl Future<Output = ()>, std::io::Error> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
