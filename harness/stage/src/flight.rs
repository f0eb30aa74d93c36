//! The calls in flight in a lane. They attribute arrivals without a mark.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::percent_decode;
use pincer_core::observe::{Arrival, By, Meaning};
use pincer_core::plan::{Call, HttpCall};
use pincer_core::vocab::CaseId;

/// The calls of a lane that were sent and not answered yet; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Flight(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Of what is no request in its parts, nothing is found again.
    calls: BTreeMap<CaseId, Option<Values>>,
    /// The one that was answered last: what comes when none is in flight is its straggler.
    last: Option<CaseId>,
    /// Whether the order of calls may attribute an arrival.
    ordered: bool,
}

/// The values of a call that are recognised in an arrival, in any spelling.
#[derive(Debug, PartialEq)]
struct Values {
    method: String,
    /// The last segment of the path, decoded.
    segment: Vec<u8>,
    /// The query's pairs, decoded like a form, in order.
    query: Vec<u8>,
    body: Meaning,
}

impl Flight {
    /// A call is sent.
    pub fn start(&self, case: CaseId, call: &Call) {
        let of = |call: &HttpCall| Values::new(&call.method, &call.target.0, call.body_bytes());
        let values = call.http().map(of);
        self.state(|state| state.calls.insert(case, values));
    }

    /// A call was answered, or never will be.
    pub fn end(&self, case: CaseId) {
        self.state(|state| {
            state.calls.remove(&case);
            state.last = Some(case);
        });
    }

    /// Whether from now on the order may attribute an arrival: if the target removes marks, and one call is sent at a
    /// time.
    pub fn go_by_order(&self, may: bool) {
        self.state(|state| state.ordered = may);
    }

    /// The owner of an arrival without a mark.
    pub fn owner(&self, arrival: &Arrival) -> Option<(CaseId, By)> {
        self.state(|state| {
            let seen = Some(Values::new(&arrival.method, &arrival.target.0, &arrival.body.bytes.0));
            let mut alike = state.calls.iter().filter(|(_, values)| arrival.extent.is_whole() && **values == seen);
            if let (Some((case, _)), None) = (alike.next(), alike.next()) {
                return Some((*case, By::Value));
            }
            let mut flying = state.calls.keys();
            match (flying.next(), flying.next()) {
                _ if !state.ordered => None,
                (Some(case), None) => Some((*case, By::Order)),
                (None, _) => state.last.map(|case| (case, By::Order)),
                (Some(_), Some(_)) => None,
            }
        })
    }

    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Values {
    fn new(method: &str, target: &[u8], body: &[u8]) -> Self {
        let at = target.iter().position(|byte| *byte == b'?');
        let (path, query) = at.map_or((target, &[][..]), |at| {
            (target.get(..at).unwrap_or(target), target.get(at + 1..).unwrap_or_default())
        });
        let segment = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let form: Vec<u8> = query.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        Self {
            method: method.to_owned(),
            segment: percent_decode(segment).collect(),
            query: percent_decode(&form).collect(),
            body: Meaning::of(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use pincer_core::observe::{Capture, Extent};
    use pincer_core::vocab::{Octets, Upstream};

    use super::*;

    fn call(method: &str, target: &str, body: Option<&str>) -> Call {
        Call::Http(HttpCall {
            method: method.to_owned(),
            target: Octets::from(target),
            body: body.map(Octets::from),
            ..HttpCall::default()
        })
    }

    fn arrival(method: &str, target: &str, body: &str) -> Arrival {
        Arrival {
            upstream: Upstream::new("ledger").unwrap(),
            method: method.to_owned(),
            target: Octets::from(target),
            headers: Vec::new(),
            body: Capture::of(body.as_bytes(), 999),
            extent: Extent::Whole,
        }
    }

    fn case(index: u32) -> CaseId {
        CaseId { scenario: 1, index }
    }

    #[test]
    fn values_identify_the_call_in_each_spelling() {
        let flight = Flight::default();
        flight.start(case(0), &call("GET", "/api/search?q=a%20b", None));
        flight.start(case(1), &call("POST", "/notes", Some(r#"{"a":1,"b":"x"}"#)));
        let value = |index| Some((case(index), By::Value));
        assert_eq!(flight.owner(&arrival("GET", "/search?q=a+b", "")), value(0));
        assert_eq!(flight.owner(&arrival("GET", "/%73earch?q=%61%20b", "")), value(0));
        assert_eq!(flight.owner(&arrival("POST", "/v1/notes", r#"{ "b": "x", "a": 1 }"#)), value(1));
        assert_eq!(flight.owner(&arrival("GET", "/search?q=c", "")), None);
    }

    #[test]
    fn arrival_that_fits_two_calls_has_no_owner() {
        let flight = Flight::default();
        flight.start(case(0), &call("GET", "/a", None));
        flight.start(case(1), &call("GET", "/a", None));
        assert_eq!(flight.owner(&arrival("GET", "/a", "")), None);
        flight.go_by_order(true);
        assert_eq!(flight.owner(&arrival("GET", "/a", "")), None);
    }

    #[test]
    fn order_attributes_only_if_allowed() {
        let flight = Flight::default();
        flight.start(case(0), &call("GET", "/a", None));
        let other = arrival("DELETE", "/b", "");
        assert_eq!(flight.owner(&other), None);
        flight.go_by_order(true);
        assert_eq!(flight.owner(&other), Some((case(0), By::Order)));
        flight.end(case(0));
        assert_eq!(flight.owner(&other), Some((case(0), By::Order)));
    }
}
