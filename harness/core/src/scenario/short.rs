//! Steps in full: what a list in `upstream` is short for.
//!
//! In: a step as it is written. Out: a step for each answer of the upstream, with its place in the text. All that comes
//! after reading knows steps of one answer only.

use super::seg::Seg;
use super::{Answer, Scenario, Step};

impl Scenario {
    /// The same with a step for each answer of an upstream.
    #[must_use]
    pub(super) fn in_full(self) -> Self {
        let full = |steps: Vec<Step>| steps.iter().flat_map(in_full).map(|(_, step)| step).collect();
        Self { benign: full(self.benign), attack: full(self.attack), ..self }
    }
}

/// The steps that one is short for, in the order of its lists, each with its place below the step as it is written.
pub(super) fn in_full(step: &Step) -> Vec<(Vec<Seg>, Step)> {
    if step.upstream.is_empty() {
        return vec![(Vec::new(), step.clone())];
    }
    let listed = step.upstream.len() > 1;
    let mut steps = Vec::new();
    for (at, answer) in step.upstream.iter().enumerate() {
        let place = if listed { vec!["upstream".into(), at.into()] } else { vec!["upstream".into()] };
        for (below, answer) in each(answer) {
            steps.push(([&place[..], &below].concat(), Step { upstream: vec![answer], ..step.clone() }));
        }
    }
    // What is short for nothing stands where it is written.
    if let [(place, _)] = steps.as_mut_slice() {
        place.clear();
    }
    steps
}

/// The answers that one is short for: each of its statuses with each of its faults.
fn each(answer: &Answer) -> Vec<(Vec<Seg>, Answer)> {
    let mut answers = vec![(Vec::new(), answer.clone())];
    if answer.status.len() > 1 {
        let one = |(at, status): (usize, &u16)| {
            (vec!["status".into(), at.into()], Answer { status: vec![*status], ..answer.clone() })
        };
        answers = answer.status.iter().enumerate().map(one).collect();
    }
    if answer.fault.len() > 1 {
        let faults = answer.fault.iter().enumerate();
        answers = faults
            .flat_map(|(at, fault)| {
                let with = |(_, of): &(Vec<Seg>, Answer)| {
                    (vec!["fault".into(), at.into()], Answer { fault: vec![*fault], ..of.clone() })
                };
                answers.iter().map(with).collect::<Vec<_>>()
            })
            .collect();
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Fault, Source};

    const HEAD: &str = "pincer: scenario/v1\nid: ERR-01.x\ntitle: t\ncontrol: ERR-01\nfor: gateway\nseverity: low\n\
                        kills: []\nbenign: []\nattack:\n  - send: { op: read }\n    expect: { leaks: nothing }\n    upstream: ";

    fn read(upstream: &str) -> Result<Scenario, String> {
        let source = Source::new("s.yaml", format!("{HEAD}{upstream}\n"));
        source.read("scenario/v1").map_err(|fault| fault.to_string())
    }

    fn answers(upstream: &str) -> Vec<(Vec<u16>, Vec<Fault>, Option<String>)> {
        let steps = read(upstream).unwrap().in_full().attack;
        let one = |step: Step| <[Answer; 1]>::try_from(step.upstream).unwrap();
        steps.into_iter().map(one).map(|[answer]| (answer.status, answer.fault, answer.body)).collect()
    }

    #[test]
    fn a_list_is_short_for_as_many_steps() {
        let body = |text: &str| Some(text.to_owned());
        assert_eq!(
            answers("[ { status: [400, 503], body: a }, { fault: [reset, hang], body: b }, { body: c } ]"),
            [
                (vec![400], vec![], body("a")),
                (vec![503], vec![], body("a")),
                (vec![], vec![Fault::Reset], body("b")),
                (vec![], vec![Fault::Hang], body("b")),
                (vec![], vec![], body("c")),
            ]
        );
        assert_eq!(answers("{ status: 404 }"), [(vec![404], vec![], None)]);
    }

    #[test]
    fn each_status_goes_with_each_fault() {
        let pairs = answers("{ status: [200, 500], fault: [drip, truncate] }");
        let pairs: Vec<_> = pairs.into_iter().map(|(status, fault, _)| (status[0], fault[0])).collect();
        let (drip, cut) = (Fault::Drip, Fault::Truncate);
        assert_eq!(pairs, [(200, drip), (500, drip), (200, cut), (500, cut)]);
    }

    #[test]
    fn what_is_written_short_reads_back_as_short() {
        for text in ["{ status: [400, 503], fault: reset }", "[ { status: 400 }, { body: a } ]"] {
            let scenario = read(text).unwrap();
            let again = Source::new("s.yaml", crate::scenario::to_yaml(&scenario).unwrap());
            assert_eq!(again.read::<Scenario>("scenario/v1").unwrap(), scenario, "{text}");
        }
    }

    #[test]
    fn a_fault_in_a_list_is_told_at_its_place() {
        for (text, message) in [
            ("[]", "s.yaml:12:15: this list is empty: name at least one value"),
            ("{ statu: 400 }", "s.yaml:12:17: `statu` is not a valid key here (did you mean `status`?)"),
            ("[ { status: 400 }, { statu: 400 } ]", "s.yaml:12:36: `statu` is not a valid key here"),
            ("{ status: [400, many] }", "s.yaml:12:31: a whole number of 0 or more is expected here"),
            ("{ status: many }", "s.yaml:12:17: a whole number of 0 or more is expected here"),
            ("{ fault: rest }", "s.yaml:12:17: `rest` is not a valid value here (did you mean `reset`?)"),
            ("{ fault: [hang, rest] }", "s.yaml:12:31: `rest` is not a valid value here (did you mean `reset`?)"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.starts_with(message), "{text}: {told}");
        }
    }
}
