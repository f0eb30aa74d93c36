//! Where observations go, each with its time and its case.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use pincer_core::observe::{Arrival, By, Event, Turn, What};
use pincer_core::vocab::{CaseId, Lane, Octets, Part, Tracer, Upstream};

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
    /// The part of it that shows.
    pub part: Part,
    /// What says so.
    pub by: By,
}

/// A lane's way to report: it hands on events.
#[derive(Clone)]
pub struct Sensor {
    clock: Clock,
    lane: Lane,
    tracer: Tracer,
    flight: Flight,
    out: Arc<dyn Fn(Event) + Send + Sync>,
}

impl fmt::Debug for Sensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sensor").field("lane", &self.lane).finish_non_exhaustive()
    }
}

impl Sensor {
    /// A sensor of `lane` that reports to `out`.
    pub fn new(clock: Clock, lane: Lane, tracer: Tracer, out: Arc<dyn Fn(Event) + Send + Sync>) -> Self {
        Self { clock, lane, tracer, flight: Flight::default(), out }
    }

    /// The calls in flight in its lane.
    pub fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Whose a request is: by a mark in it, by the values of one call in flight, or because one call alone is in flight.
    /// What the caller or the payload planted says more than the trace context, but both name the case.
    pub fn attribute(&self, arrival: &Arrival) -> Option<Owner> {
        let headers = arrival.headers.iter().map(|(_, value)| value.0.as_slice());
        let texts = || headers.clone().chain([arrival.target.0.as_slice(), arrival.body.bytes.0.as_slice()]);
        let marked = texts().find_map(|bytes| self.tracer.find(bytes).next());
        let marked = marked.or_else(|| texts().find_map(|bytes| self.respelled(bytes)));
        match marked {
            Some((case, part)) => Some(Owner { case, part, by: By::Mark }),
            None => self.flight.owner(arrival).map(|(case, by)| Owner { case, part: Part::REQUEST, by }),
        }
    }

    /// The canary in a text that spells it in another way: in capitals, or percent-encoded.
    fn respelled(&self, bytes: &[u8]) -> Option<(CaseId, Part)> {
        let small = bytes.to_ascii_lowercase();
        let decoded = || percent_encoding::percent_decode(bytes).collect::<Vec<u8>>().to_ascii_lowercase();
        self.tracer.find(&small).next().or_else(|| self.tracer.find(&decoded()).next())
    }

    /// Reports a request, and says when.
    pub fn arrived(&self, owner: Option<Owner>, arrival: Arrival) -> u64 {
        let (part, by) = owner.map(|owner| (owner.part, owner.by)).unwrap_or_default();
        let what = What::Arrived { part, by, arrival: Box::new(arrival) };
        self.report(owner.map(|owner| owner.case), what)
    }

    /// Takes back the part of a request that was reported then, for more of it has come.
    pub fn supersede(&self, part_us: u64) {
        self.report(None, What::Superseded { part_us });
    }

    /// Reports a connection that ended before a byte came.
    pub fn connected(&self, upstream: Upstream) {
        self.report(None, What::EmptyConnection { upstream });
    }

    /// The cases whose canaries stand in these bytes, in order.
    pub fn cases<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = CaseId> + 'a {
        self.tracer.find(bytes).map(|(case, _)| case)
    }

    /// Reports a turn of the model.
    pub fn turned(&self, case: Option<CaseId>, turn: Turn) {
        self.report(case, What::ModelTurn(Box::new(turn)));
    }

    /// Reports a handshake with an upstream that is not to be trusted, and whether the target went on.
    pub fn untrusted(&self, case: CaseId, upstream: Upstream, accepted: bool) {
        self.report(Some(case), What::UntrustedHandshake { upstream, accepted });
    }

    /// Reports an audit record.
    pub fn recorded(&self, line: &[u8]) {
        let case = self.tracer.find(line).next().map(|(case, _)| case);
        self.report(case, What::AuditRecord { line: Octets(line.to_vec()) });
    }

    /// Reports what was seen, and says when.
    fn report(&self, case: Option<CaseId>, what: What) -> u64 {
        let at_us = self.clock.now_us();
        (self.out)(Event::new(at_us, what).in_lane(self.lane).of_case(case));
        at_us
    }
}
