//! The `pincer` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = pincer_stand::supervise::entered() {
        return code;
    }
    ExitCode::from(pincer::cli::main())
}
