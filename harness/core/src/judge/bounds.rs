//! Bounds the memory of a judge, whatever a target sends.

use std::collections::{HashMap, HashSet};

use crate::observe::{Capture, Event, What, is_cut};

/// Bytes kept of the bodies and records of one scenario, and of the records that name no case.
const MOST: usize = 48 << 20;
/// Approximate overhead of a record, in bytes: many records are short.
const RECORD: usize = 128;

/// What is kept so far.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// Bytes by open scenario.
    open: HashMap<u32, usize>,
    strays: usize,
    /// Scenarios with a record that was not read completely.
    unread: HashSet<u32>,
    /// Whether records that name no case are dropped from now on.
    deaf: bool,
}

impl Bounds {
    /// Drops what exceeds the bounds: records, and bodies of a scenario over its bound (their lengths stay). `beside`
    /// are the scenarios that were open in the event's lane.
    pub(super) fn trim(&mut self, event: &mut Event, beside: impl Iterator<Item = u32>) {
        let case = event.case;
        match (&mut event.what, case) {
            (What::Answered { outcome: Ok(answered), .. }, Some(case)) => {
                self.body(case.scenario, &mut answered.body);
                if let Some(extras) = &mut answered.extras {
                    self.body(case.scenario, &mut extras.behind);
                }
            }
            (What::BytesAfterAnswer(bytes), Some(case)) => self.body(case.scenario, bytes),
            (What::Arrived { arrival, .. }, Some(case)) => self.body(case.scenario, &mut arrival.body),
            (What::ModelTurn(turn), Some(case)) => self.body(case.scenario, &mut turn.request.body),
            (What::AuditRecord { line }, case) => {
                let kept = match case {
                    Some(case) => self.open.entry(case.scenario).or_default(),
                    None => &mut self.strays,
                };
                let over = *kept >= MOST;
                if over {
                    line.0.clear();
                    self.deaf |= case.is_none();
                }
                *kept += line.0.len() + RECORD;
                if over || is_cut(&line.lossy()) {
                    self.unread.extend(case.map(|case| case.scenario).into_iter().chain(beside));
                }
            }
            _ => {}
        }
    }

    /// Forgets a scenario; returns whether all its records were read completely.
    pub(super) fn settle(&mut self, scenario: u32) -> bool {
        self.open.remove(&scenario);
        !self.unread.remove(&scenario) && !self.deaf
    }

    fn body(&mut self, scenario: u32, body: &mut Capture) {
        let kept = self.open.entry(scenario).or_default();
        if *kept >= MOST {
            body.bytes.0 = Vec::new();
        }
        *kept += body.bytes.0.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Answered, End, mark_cut};
    use crate::vocab::{CaseId, Octets};

    fn answered(scenario: u32, length: usize) -> Event {
        let body = Capture::of(&vec![b'x'; length], length);
        let outcome =
            Ok(Answered { status: 200, reason: None, headers: Vec::new(), body, end: End::Complete, extras: None });
        Event::new(0, What::Answered { took_us: 0, outcome }).of_case(CaseId { scenario, index: 0 })
    }

    fn recorded(case: Option<u32>, line: Vec<u8>) -> Event {
        let case = case.map(|scenario| CaseId { scenario, index: 0 });
        Event::new(0, What::AuditRecord { line: Octets(line) }).of_case(case)
    }

    fn is_whole(event: &Event) -> bool {
        matches!(&event.what, What::Answered { outcome: Ok(answered), .. } if answered.body.is_whole())
    }

    #[test]
    fn scenario_over_its_bound_keeps_only_lengths() {
        let mut bounds = Bounds::default();
        let mut see = |mut event: Event| {
            bounds.trim(&mut event, std::iter::empty());
            event
        };
        assert!(is_whole(&see(answered(1, MOST))) && !is_whole(&see(answered(1, 1))) && is_whole(&see(answered(2, 1))));
        bounds.settle(1);
        let mut event = answered(1, 1);
        bounds.trim(&mut event, std::iter::empty());
        assert!(is_whole(&event));
    }

    #[test]
    fn truncated_record_leaves_its_scenarios_open() {
        let mut bounds = Bounds::default();
        let mut line = b"{".to_vec();
        mark_cut(&mut line, 900);
        bounds.trim(&mut recorded(None, line.clone()), [1, 2].into_iter());
        bounds.trim(&mut recorded(Some(3), line), std::iter::empty());
        bounds.trim(&mut recorded(Some(4), b"{}".to_vec()), [4].into_iter());
        assert_eq!([1, 2, 3, 4, 5].map(|scenario| bounds.settle(scenario)), [false, false, false, true, true]);
        assert!(bounds.settle(1), "it is of the scenario's time alone");
    }

    #[test]
    fn records_over_the_bound_do_not_count_as_absent() {
        let mut bounds = Bounds::default();
        bounds.trim(&mut recorded(None, vec![b'x'; MOST]), std::iter::empty());
        assert!(bounds.settle(1));
        let mut last = recorded(None, b"{}".to_vec());
        bounds.trim(&mut last, std::iter::empty());
        assert_eq!(last, recorded(None, Vec::new()));
        assert!(!bounds.settle(1));
    }
}
