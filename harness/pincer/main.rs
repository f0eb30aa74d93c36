//! The `pincer` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(u8::from(pincer::cli::main()))
}
