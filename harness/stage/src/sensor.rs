//! Where observations go, each with its time and its case.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use pincer_core::observe::{Arrival, By, Turn};
use pincer_core::vocab::{CaseId, Octets, Tracer, Upstream};

use crate::flight::Flight;

/// The one clock of a run.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since the start.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Whose an arrival is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The case.
    pub case: CaseId,
    /// The part of its canary.
    pub part: u8,
    /// What says so.
    pub by: By,
}

/// What a sensor saw.
#[derive(Debug)]
pub enum Report {
    /// A request reached an upstream.
    Arrived {
        /// When.
        at_us: u64,
        /// Where.
        lane: u32,
        /// Whose.
        owner: Option<Owner>,
        /// What.
        arrival: Arrival,
    },
    /// More came of a request of which a part was reported. It is no longer a part, or is told again with what came.
    Superseded {
        /// Where.
        lane: u32,
        /// When the part was reported.
        part_us: u64,
    },
    /// A connection ended before a byte came.
    Connected {
        /// When.
        at_us: u64,
        /// Where.
        lane: u32,
        /// To which listener.
        upstream: Upstream,
    },
    /// The target's model was asked.
    Turned {
        /// When.
        at_us: u64,
        /// Where.
        lane: u32,
        /// Whose.
        case: Option<CaseId>,
        /// What was asked and said.
        turn: Turn,
    },
    /// The target met an upstream that is not to be trusted.
    Shaken {
        /// When.
        at_us: u64,
        /// Where.
        lane: u32,
        /// Whose.
        case: CaseId,
        /// Which upstream.
        upstream: Upstream,
        /// Whether the target went on.
        agreed: bool,
    },
    /// The target wrote a line into its audit log.
    Recorded {
        /// When it was read.
        at_us: u64,
        /// Where.
        lane: u32,
        /// Whose.
        case: Option<CaseId>,
        /// What.
        line: Octets,
    },
}

/// A lane's way to report.
#[derive(Clone)]
pub struct Sensor {
    clock: Clock,
    lane: u32,
    tracer: Tracer,
    flight: Flight,
    out: Arc<dyn Fn(Report) + Send + Sync>,
}

impl fmt::Debug for Sensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sensor").field("lane", &self.lane).finish_non_exhaustive()
    }
}

impl Sensor {
    /// A sensor of `lane` that reports to `out`.
    pub fn new(clock: Clock, lane: u32, tracer: Tracer, out: Arc<dyn Fn(Report) + Send + Sync>) -> Self {
        Self { clock, lane, tracer, flight: Flight::default(), out }
    }

    /// The calls in flight in its lane.
    pub fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Whose a request is: by a mark in it, by the values of one call in flight, or because one call alone is in flight.
    /// What the caller or the payload planted (part 1) says more than the trace context (part 0), but both name the case.
    pub fn attribute(&self, arrival: &Arrival) -> Option<Owner> {
        let headers = arrival.headers.iter().map(|(_, value)| value.0.as_slice());
        let texts = || headers.clone().chain([arrival.target.0.as_slice(), arrival.body.bytes.0.as_slice()]);
        let marked = texts().find_map(|bytes| self.tracer.find(bytes).next());
        let marked = marked.or_else(|| texts().find_map(|bytes| self.respelled(bytes)));
        match marked {
            Some((case, part)) => Some(Owner { case, part, by: By::Mark }),
            None => self.flight.owner(arrival).map(|(case, by)| Owner { case, part: 0, by }),
        }
    }

    /// The canary in a text that spells it in another way: in capitals, or percent-encoded.
    fn respelled(&self, bytes: &[u8]) -> Option<(CaseId, u8)> {
        let small = bytes.to_ascii_lowercase();
        let decoded = || percent_encoding::percent_decode(bytes).collect::<Vec<u8>>().to_ascii_lowercase();
        self.tracer.find(&small).next().or_else(|| self.tracer.find(&decoded()).next())
    }

    /// Reports a request, and says when.
    pub fn arrived(&self, owner: Option<Owner>, arrival: Arrival) -> u64 {
        let at_us = self.clock.now_us();
        (self.out)(Report::Arrived { at_us, lane: self.lane, owner, arrival });
        at_us
    }

    /// Takes back the part of a request that was reported then, for more of it has come.
    pub fn supersede(&self, part_us: u64) {
        (self.out)(Report::Superseded { lane: self.lane, part_us });
    }

    /// Reports a connection that ended before a byte came.
    pub fn connected(&self, upstream: Upstream) {
        (self.out)(Report::Connected { at_us: self.clock.now_us(), lane: self.lane, upstream });
    }

    /// The cases whose canaries stand in these bytes, in order.
    pub fn cases<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = CaseId> + 'a {
        self.tracer.find(bytes).map(|(case, _)| case)
    }

    /// Reports a turn of the model.
    pub fn turned(&self, case: Option<CaseId>, turn: Turn) {
        (self.out)(Report::Turned { at_us: self.clock.now_us(), lane: self.lane, case, turn });
    }

    /// Reports a handshake with an upstream that is not to be trusted.
    pub fn shaken(&self, case: CaseId, upstream: Upstream, agreed: bool) {
        (self.out)(Report::Shaken { at_us: self.clock.now_us(), lane: self.lane, case, upstream, agreed });
    }

    /// Reports an audit record.
    pub fn recorded(&self, line: &[u8]) {
        let case = self.tracer.find(line).next().map(|(case, _)| case);
        let line = Octets(line.to_vec());
        (self.out)(Report::Recorded { at_us: self.clock.now_us(), lane: self.lane, case, line });
    }
}
