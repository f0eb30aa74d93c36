//! The gateway as a program.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pincer_reference::weakness::Weakness;
use pincer_reference::{Gateway, Settings, hash_key};

/// A hardened gateway for the API calls of AI agents.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  pincer-reference serve --config gateway.yaml\n  printf %s \"$KEY\" | pincer-reference hash-key"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is interrupted.
    Serve {
        /// The settings.
        #[arg(long)]
        config: PathBuf,
        /// Takes a protection away; only in builds with the feature `weaknesses`.
        #[arg(long, value_name = "NAME")]
        weaken: Vec<Weakness>,
    },
    /// Reads an API key from standard input and prints how it stands in the settings.
    HashKey,
    /// Lists the weaknesses.
    Weaknesses,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "pincer-reference: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve { config, weaken } => {
            let mut settings = Settings::from_yaml(&std::fs::read_to_string(config)?)?;
            settings.weaken.extend(weaken);
            let running = Gateway::start(settings).await?;
            writeln!(std::io::stderr(), "listening on http://{}", running.address())?;
            tokio::signal::ctrl_c().await?;
            running.stop().await;
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
