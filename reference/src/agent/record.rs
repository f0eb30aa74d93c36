//! The action log: one line of JSON for each tool call that was made or refused.

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::model::Call;
use super::task::Task;
use super::upstream::Reply;
use crate::StartError;
use crate::audit::{Audit, now};
use crate::weakness::{Weakness, Weaknesses};

/// Longest tool name in the log: the model chooses these names.
const NAME: usize = 64;

/// The record of one call.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "call")]
struct Record<'a> {
    ts: String,
    /// The tracking id of the task.
    id: &'a str,
    /// The user who gave it.
    user: Option<&'a str>,
    tool: String,
    /// Digest of the arguments as the model wrote them.
    arguments_sha256: String,
    /// `done`, `failed` or `refused`.
    outcome: &'static str,
    reason: &'static str,
    /// Status of the API's last answer.
    status: Option<u16>,
    /// How often the API was asked.
    attempts: u32,
    /// The kind of credential that was sent to the API.
    credential: Option<&'static str>,
    approval: Option<&'a str>,
    /// Digest of the API's answer.
    result_sha256: Option<String>,
    /// The credential itself; only a weakness records it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

/// The action log.
pub(super) struct Log {
    file: Audit,
    key: String,
    weak: Weaknesses,
}

impl Log {
    /// Opens the log of an agent whose credential is `key`.
    pub(super) fn open(path: Option<&std::path::Path>, key: &str, weak: &Weaknesses) -> Result<Self, StartError> {
        let file = Audit::open(path, weak).map_err(|why| StartError::Audit {
            path: path.map(|path| path.display().to_string()).unwrap_or_default(),
            why,
        })?;
        Ok(Self { file, key: key.to_owned(), weak: weak.clone() })
    }

    /// Records a call that was not made; false if that fails.
    pub(super) fn refused(&self, task: &Task, call: &Call, reason: &'static str, approval: Option<&str>) -> bool {
        let outcome = if self.weak.has(Weakness::AgentInventsRecords) { "done" } else { "refused" };
        self.write(&Record { outcome, reason, approval, ..blank(task, call) })
    }

    /// Records a call that was made; false if that fails.
    pub(super) fn made(
        &self,
        task: &Task,
        call: &Call,
        (reply, fault): (&Reply, Option<&'static str>),
        approval: Option<&str>,
    ) -> bool {
        let key = self.weak.has(Weakness::AgentLogsKey).then_some(self.key.as_str());
        self.write(&Record {
            key,
            outcome: if fault.is_none() { "done" } else { "failed" },
            reason: fault.unwrap_or("-"),
            status: reply.status.map(|status| status.as_u16()),
            attempts: reply.attempts,
            credential: (reply.attempts > 0).then_some("upstream"),
            approval,
            result_sha256: reply.status.is_some().then(|| digest(&reply.body)),
            ..blank(task, call)
        })
    }

    fn write(&self, record: &Record<'_>) -> bool {
        self.file.write(record).is_ok()
    }
}

fn blank<'a>(task: &'a Task, call: &Call) -> Record<'a> {
    Record {
        ts: now(),
        id: &task.id,
        user: task.user.as_deref(),
        tool: call.tool.chars().take(NAME).collect(),
        arguments_sha256: digest(&Bytes::copy_from_slice(call.arguments.as_bytes())),
        outcome: "",
        reason: "-",
        status: None,
        attempts: 0,
        credential: None,
        approval: None,
        result_sha256: None,
        key: None,
    }
}

fn digest(bytes: &Bytes) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
