//! The `pincer` program.

use std::panic::{set_hook, take_hook};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = pincer_stand::supervise::entered() {
        return code;
    }
    let tell = take_hook();
    // A target that hangs up in the middle of a body ends a task of wiremock's by a panic: that is the target's doing, and
    // is seen as a call that did not arrive whole.
    set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/wiremock-")) {
            tell(panic);
        }
    }));
    ExitCode::from(pincer::cli::main())
}
