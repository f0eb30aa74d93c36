//! Decides whether a call of the model is made.

use serde_json::{Map, Value};

use super::Worker;
use crate::agent::model::Call;
use crate::agent::request::Draft;
use crate::agent::shell;
use crate::agent::taint::named;
use crate::agent::task::Task;
use crate::agent::tools::Tool;
use crate::json;
use crate::weakness::Weakness;

/// What to do with a call.
pub(in crate::agent) enum Ruling<'a> {
    Make(&'a Tool, Draft),
    /// An approval is needed for exactly these arguments.
    Ask(Map<String, Value>),
    Refuse {
        /// For the log.
        reason: &'static str,
        /// For the model.
        words: &'static str,
        /// The tool whose call counts as failed.
        tool: Option<&'a Tool>,
    },
}

impl Worker {
    pub(in crate::agent) fn rule(&self, task: &Task, call: &Call) -> Ruling<'_> {
        let raw = self.weak.has(Weakness::AgentRawArguments);
        let any = self.weak.has(Weakness::AgentAnyTool);
        let Some(tool) = self.tools.find(&call.tool).filter(|tool| tool.listed || any || self.runs(tool)) else {
            // A request for a tool that does not exist does not change what was done.
            return Ruling::Refuse { reason: "no-such-tool", words: "no such tool", tool: None };
        };
        let refuse = |reason, words| Ruling::Refuse { reason, words, tool: Some(tool) };
        let Ok(Value::Object(arguments)) = json::read(call.arguments.as_bytes()) else {
            return refuse("json", "the arguments are no JSON object");
        };
        if !raw && !tool.takes(&arguments) {
            return refuse("schema", "the arguments do not fit the tool");
        }
        let Some(draft) = tool.draft(&arguments, &self.weak) else {
            return refuse("arguments", "the arguments do not fit the tool");
        };
        if self.secrets.stand_in(&Value::Object(arguments.clone()).to_string()) {
            return refuse("secret", "the arguments hold a credential");
        }
        // No rule covers an operation that nobody allowed; only a weakness lets one get here.
        if !tool.listed {
            return Ruling::Make(tool, draft);
        }
        let obeys = self.weak.has(Weakness::AgentObeysData);
        if tool.reads() && !tool.approve && !obeys && task.informed && !named(&arguments, &task.input) {
            return Ruling::Refuse { reason: "order-from-data", words: "the user did not ask for this", tool: None };
        }
        let approval = tool.approve || (!tool.reads() && task.informed);
        let looked_at = call.place == 0 || !self.weak.has(Weakness::AgentFirstCallOnly);
        if approval && looked_at && !self.weak.has(Weakness::AgentNoApproval) {
            return Ruling::Ask(arguments);
        }
        Ruling::Make(tool, draft)
    }

    /// Whether the agent runs the call itself as a command, as only a weakness does.
    pub(in crate::agent) fn runs(&self, tool: &Tool) -> bool {
        self.weak.has(Weakness::AgentRunsCommands) && tool.places.contains_key(shell::ARGUMENT)
    }

    /// The call of a tool with arguments that were approved before.
    pub(in crate::agent) fn approved(&self, tool: &str, arguments: &Map<String, Value>) -> Option<(&Tool, Draft)> {
        let tool = self.tools.find(tool)?;
        Some((tool, tool.draft(arguments, &self.weak)?))
    }
}
