//! The events of a trace.

use serde::{Deserialize, Serialize};

use super::tls::Survey;
use super::{Answered, Arrival, By, Calibration, Capture, Failure, Turn};
use crate::scenario::{Suite, Target};
use crate::vocab::{CaseId, Nonce, Octets, ScenarioId, Upstream};

/// Format version of traces.
pub const TRACE_VERSION: u32 = 1;

/// One line of a trace. Times are microseconds since the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run begins: all that the plan is made of.
    Start(Box<Start>),
    /// A lane's target stands and can be called.
    Staged {
        /// When.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// Where.
        url: String,
        /// Where it speaks TLS, if that is not the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<String>,
    },
    /// Benign calls showed what the target does to a call.
    Calibrated {
        /// When.
        at_us: u64,
        /// What they showed.
        calibration: Box<Calibration>,
    },
    /// A case's request is about to leave.
    Sent {
        /// When.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// Which case.
        case: CaseId,
    },
    /// What a user says before a case's task was said; what was seen of the case so far belongs to it.
    Prepared {
        /// When.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// Whether the target took all of it.
        taken: bool,
    },
    /// What waited after a case's answer is about to be approved.
    Approved {
        /// When.
        at_us: u64,
        /// Which case.
        case: CaseId,
    },
    /// A case's request was answered, or was not.
    Answered {
        /// When the answer was complete.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// How long it took, from the send.
        took_us: u64,
        /// What came.
        outcome: Result<Answered, Failure>,
    },
    /// Bytes came behind the end of a case's answer, when that had been told.
    Trailed {
        /// When they were found.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// What came.
        bytes: Box<Capture>,
    },
    /// A connection to one of our listeners ended before a byte came. It is no call.
    Connected {
        /// When it ended.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// Which listener, by its name in arrivals.
        upstream: Upstream,
    },
    /// A request reached an upstream.
    Arrived {
        /// When.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// The case that it belongs to, and the part of its canary; nothing where nobody owns it.
        case: Option<(CaseId, u8)>,
        /// By what it was attributed.
        #[serde(default, skip_serializing_if = "By::is_mark")]
        by: By,
        /// What came.
        arrival: Box<Arrival>,
    },
    /// More came of a request of which a part had been told: the part counts no more, and what came is told by itself.
    Superseded {
        /// Which lane.
        lane: u32,
        /// When the part was told.
        part_us: u64,
    },
    /// The target's model was asked.
    Turned {
        /// When.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// The case of the conversation; nothing if none stands in it.
        case: Option<CaseId>,
        /// What was asked and what was said.
        turn: Box<Turn>,
    },
    /// An upstream began a connection of TLS in a way that is not to be trusted, and the target went on or did not.
    Shaken {
        /// When.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// Which case.
        case: CaseId,
        /// Which upstream.
        upstream: Upstream,
        /// Whether the target went on.
        agreed: bool,
    },
    /// A file was found that an ordered call makes: the target has carried it out itself.
    Touched {
        /// When it was found.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// The file.
        path: String,
    },
    /// The target wrote an audit record.
    Recorded {
        /// When the tap read it.
        at_us: u64,
        /// Which lane.
        lane: u32,
        /// The case whose canary stands in it.
        case: Option<CaseId>,
        /// The line as it was written.
        line: Octets,
    },
    /// The target was asked how it speaks TLS.
    Surveyed {
        /// When.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// What it answered.
        survey: Box<Survey>,
    },
    /// A flood is over.
    Flooded {
        /// When.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// What was sent and what came back.
        report: Box<FloodReport>,
    },
    /// Connections that were held back are all ended.
    Held {
        /// When.
        at_us: u64,
        /// Which case.
        case: CaseId,
        /// What became of them and of who called beside them.
        report: Box<HoldReport>,
    },
    /// All cases of a scenario are over and its late effects were waited for.
    Settled {
        /// When.
        at_us: u64,
        /// Which scenario.
        scenario: ScenarioId,
        /// Whether the tap had caught up with all that was sent.
        tapped: bool,
    },
    /// Something of Pincer's own broke.
    Broke {
        /// When.
        at_us: u64,
        /// The scenario that was running.
        scenario: Option<ScenarioId>,
        /// What.
        what: String,
    },
    /// The run is over.
    End {
        /// When.
        at_us: u64,
        /// Wall clock, RFC 3339.
        finished: String,
        /// Whether it was stopped before its end.
        interrupted: bool,
    },
}

/// How a run begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// `pincer/trace`.
    pub format: String,
    /// [`TRACE_VERSION`].
    pub version: u32,
    /// Id of the run.
    pub run: String,
    /// Version of Pincer.
    pub pincer: String,
    /// Wall clock, RFC 3339.
    pub started: String,
    /// Name of the suite.
    pub suite_name: String,
    /// Seed.
    pub seed: u64,
    /// What makes the marks of this run its own; empty in traces of versions without one.
    #[serde(default, skip_serializing_if = "Nonce::is_empty")]
    pub nonce: Nonce,
    /// The target, credentials replaced.
    pub target: Target,
    /// The suite.
    pub suite: Suite,
    /// The one attack case that is done, if only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_case: Option<u32>,
    /// How often each attack case of an agent is done; once when absent.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub trials: u32,
    /// The arguments that chose target and scenarios, as the user typed them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_once(trials: &u32) -> bool {
    *trials == 1
}

/// The status of the answer of an agent that was started for a task and ended with status 0; else it is [`FAILURE`].
pub const SUCCESS: u16 = 200;
/// See [`SUCCESS`].
pub const FAILURE: u16 = 500;

/// What a flood did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FloodReport {
    /// By stream.
    pub streams: Vec<StreamReport>,
    /// 99th percentile of how late sends were, in microseconds.
    pub send_error_p99_us: u64,
}

/// What one stream of a flood did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamReport {
    /// Sends.
    pub sent: u64,
    /// Answers by status; 0 stands for no answer.
    pub statuses: std::collections::BTreeMap<u16, u64>,
    /// Latency from the scheduled instant, in microseconds: p50, p99, max.
    pub latency_us: [u64; 3],
    /// When its calls reached the upstream, in microseconds since the run began, in order.
    pub admitted_us: Vec<u64>,
    /// Its calls by what was changed in them, where something was: the unchanged ones come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variations: Vec<super::Variation>,
    /// The last `Retry-After` of a 429, verbatim.
    pub retry_after: Option<String>,
    /// The `Date` of that 429, or the driver's own time as such where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The status of the call made two seconds before it had passed, where it is longer than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early: Option<u16>,
    /// The status of the call made when it had passed.
    pub returned: Option<u16>,
}

impl StreamReport {
    /// Calls that were answered with a success.
    pub fn served(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| (200..300).contains(*status)).map(|(_, n)| n).sum()
    }
}

/// What became of connections that were held back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HoldReport {
    /// Connections that stood.
    pub opened: u32,
    /// Connections that the target did not take.
    pub refused: u32,
    /// Those that the target ended, by an answer or without one.
    pub ended: u32,
    /// When it ended the last of them, from its opening, in microseconds.
    pub longest_us: u64,
    /// Their requests that reached the upstream.
    pub arrived: u64,
    /// The caller beside them.
    pub beside: StreamReport,
    /// 99th percentile of how late its sends were, in microseconds.
    pub send_error_p99_us: u64,
}
