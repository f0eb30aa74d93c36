//! The `pincer` program.

use std::panic::{set_hook, take_hook};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = pincer_stand::supervise::entered() {
        return code;
    }
    let tell = take_hook();
    // If a target closes in the middle of a body, a task of wiremock panics. That is the target's doing, and is seen as
    // a call that did not arrive completely.
    set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/wiremock-")) {
            tell(panic);
        }
    }));
    ExitCode::from(u8::from(pincer::cli::main()))
}
