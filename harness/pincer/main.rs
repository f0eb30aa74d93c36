//! The `pincer` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = pincer_stand::supervise::entered() {
        return code;
    }
    ExitCode::from(u8::from(pincer::cli::main()))
}
