//! A weakness: the agent runs commands itself.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::model::Call;
use super::upstream::Reply;

/// The argument with the command.
pub(super) const ARGUMENT: &str = "command";

/// Runs the requested command in the system's shell and returns what it printed.
pub(super) async fn run(call: &Call) -> Reply {
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    let command = arguments.get(ARGUMENT).and_then(Value::as_str).unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let printed = shell.output().await.map(|output| output.stdout).unwrap_or_default();
    Reply::done(printed.into())
}
