//! The events of a trace: an envelope that is the same for all, and what happened.

use serde::{Deserialize, Serialize};

use super::tls::Survey;
use super::{Answered, Arrival, By, Calibration, Capture, Failure, FloodReport, HoldReport, Start, Turn};
use crate::vocab::{CaseId, Lane, Octets, Part, ScenarioId, Upstream};

/// One line of a trace: when, where, to which case, and what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, in microseconds since the run began.
    pub at_us: u64,
    /// In which lane; nothing where it is of the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<Lane>,
    /// The case that it belongs to; nothing where it belongs to none, or nobody owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The run begins: all that the plan is made of.
    Start(Box<Start>),
    /// A lane's target stands and can be called.
    Staged {
        /// Where.
        url: String,
        /// Where it speaks TLS, if that is not the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<String>,
    },
    /// Benign calls showed what the target does to a call.
    Calibrated(Box<Calibration>),
    /// The case's request is about to leave.
    Sent,
    /// What a user says before the case's task was said; what was seen of the case so far belongs to it.
    Prepared {
        /// Whether the target took all of it.
        taken: bool,
    },
    /// What waited after the case's answer is about to be approved.
    Approved,
    /// The case's request was answered, or was not. The event's time is that of the answer's end.
    Answered {
        /// How long it took, from the send, in microseconds.
        took_us: u64,
        /// What came.
        outcome: Result<Answered, Failure>,
    },
    /// Bytes came behind the end of the case's answer, when that had been told.
    BytesAfterAnswer(Box<Capture>),
    /// A connection to one of our listeners ended before a byte came. It is no call.
    EmptyConnection {
        /// Which listener, by its name in arrivals.
        upstream: Upstream,
    },
    /// A request reached an upstream.
    Arrived {
        /// The part of the case that it shows.
        #[serde(default, skip_serializing_if = "Part::is_request")]
        part: Part,
        /// By what it was attributed.
        #[serde(default, skip_serializing_if = "By::is_mark")]
        by: By,
        /// What came.
        arrival: Box<Arrival>,
    },
    /// More came of a request of which a part had been told: the part counts no more, and what came is told by itself.
    Superseded {
        /// When the part was told, in microseconds since the run began.
        part_us: u64,
    },
    /// The target's model was asked.
    ModelTurn(Box<Turn>),
    /// An upstream began a connection of TLS in a way that is not to be trusted.
    UntrustedHandshake {
        /// Which upstream.
        upstream: Upstream,
        /// Whether the target went on.
        accepted: bool,
    },
    /// A file was found that an ordered call makes: the target has carried it out itself.
    FileMade {
        /// The file.
        path: String,
    },
    /// The target wrote an audit record; the event's time is that at which it was read.
    AuditRecord {
        /// The line as it was written.
        line: Octets,
    },
    /// The target was asked how it speaks TLS.
    TlsSurvey(Box<Survey>),
    /// The case's flood is over.
    Flood(Box<FloodReport>),
    /// The case's connections that were held back are all ended.
    HeldConnections(Box<HoldReport>),
    /// All cases of a scenario are over and its late effects were waited for.
    Settled {
        /// Which scenario.
        scenario: ScenarioId,
        /// Whether all audit records of what was sent had been read.
        audit_read: bool,
    },
    /// Something of Pincer's own broke.
    Fault {
        /// The scenario that was running; nothing where it is all of them.
        scenario: Option<ScenarioId>,
        /// What broke.
        message: String,
    },
    /// The run is over.
    End {
        /// Wall clock, RFC 3339.
        finished: String,
        /// Whether it was stopped before its end.
        interrupted: bool,
    },
}

impl Event {
    /// An event of the whole run.
    pub fn new(at_us: u64, what: What) -> Self {
        Self { at_us, lane: None, case: None, what }
    }

    /// The same, in a lane.
    #[must_use]
    pub fn in_lane(self, lane: Lane) -> Self {
        Self { lane: Some(lane), ..self }
    }

    /// The same, of a case.
    #[must_use]
    pub fn of_case(self, case: impl Into<Option<CaseId>>) -> Self {
        Self { case: case.into(), ..self }
    }
}
