//! Properties of all traces.

use proptest::prelude::*;

use super::fixture::{Run, answer};
use crate::observe::{Event, Failure, What};
use crate::vocab::Verdict;

/// One thing that may happen to a case.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Sent,
    Answered(u16),
    Leaking(u16),
    Failed(Failure),
    Arrived(u8),
    Recorded,
}

fn happening() -> impl Strategy<Value = Happening> {
    let status = prop::sample::select(vec![200_u16, 403, 429, 500]);
    let failure = prop::sample::select(vec![Failure::Closed, Failure::Unreachable, Failure::Timeout]);
    prop_oneof![
        2 => Just(Happening::Sent),
        3 => status.clone().prop_map(Happening::Answered),
        1 => status.prop_map(Happening::Leaking),
        1 => failure.prop_map(Happening::Failed),
        1 => (0..3_u8).prop_map(Happening::Arrived),
        1 => Just(Happening::Recorded),
    ]
}

/// Expectations that the oracles can hold or break.
const STEPS: [&str; 7] = [
    "{ send: { op: read, as: alice }, repeat: 3, expect: { status: [403, 400] } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { arrives: never } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { arrives: at-most-once, leaks: nothing } }",
    "{ send: { op: read, as: alice, wire: raw }, repeat: 3, expect: { arrives: never, within: 2s } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { within: 2s } }",
    "{ send: { op: read, as: alice }, repeat: 3, expect: { audited: true } }",
    "{ send: { op: read, as: alice, via: plain-on-tls }, repeat: 3, expect: { tls: plain, arrives: never } }",
];

fn tell(run: &mut Run, index: u32, happening: Happening) {
    match happening {
        Happening::Sent => run.sent(index),
        Happening::Answered(status) => run.answered(index, answer(status, "{}")),
        Happening::Leaking(status) => run.answered(index, answer(status, "panic: runtime error: index out of range")),
        Happening::Failed(failure) => run.failed(index, failure),
        Happening::Arrived(part) => {
            let arrival = run.arrival(index);
            run.arrived_as(index, part, arrival);
        }
        Happening::Recorded => run.recorded(
            Some(index),
            r#"{"tracking_id":"trk-00000001","subject":"alice","operation":"read","status":403}"#,
        ),
    }
}

/// What happens to the benign call (0) and to three attacks (1 to 3).
fn story() -> impl Strategy<Value = Vec<(u32, Happening)>> {
    prop::collection::vec((0..4_u32, happening()), 0..24)
}

fn run(step: &str, story: &[(u32, Happening)]) -> Run {
    let mut run = Run::without_twin(step);
    for (index, happening) in story {
        tell(&mut run, *index, *happening);
    }
    run
}

proptest! {
    // Each case judges whole traces, and building the leak scanner takes 10 ms.
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn further_violation_never_turns_a_fail_into_a_pass(step in 0..STEPS.len(), story in story(), at in 0..25_usize) {
        let before = run(STEPS[step], &story).settled(true);
        let mut more = story.clone();
        // A forbidden arrival, and an answer that leaks and has the wrong status.
        let at = at.min(more.len());
        more.insert(at, (1, Happening::Arrived(0)));
        more.insert(at, (1, Happening::Arrived(0)));
        more.push((1, Happening::Leaking(200)));
        let after = run(STEPS[step], &more).settled(true);
        prop_assert!(!(before.verdict == Verdict::Fail && after.verdict == Verdict::Pass), "{before:?} {after:?}");
    }

    #[test]
    fn order_of_events_of_different_cases_does_not_matter(step in 0..STEPS.len(), story in story(), keys: [u8; 24]) {
        let judged = run(STEPS[step], &story).settled(true);
        // Cases are interleaved anew; the order within a case stays.
        let mut sorted: Vec<(u8, (u32, Happening))> = Vec::new();
        let mut last = [0_u8; 4];
        for ((index, happening), key) in story.iter().zip(keys) {
            let slot = &mut last[*index as usize];
            *slot = (*slot).max(key);
            sorted.push((*slot, (*index, *happening)));
        }
        sorted.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<(u32, Happening)> = sorted.into_iter().map(|(_, told)| told).collect();
        prop_assert_eq!(judged, run(STEPS[step], &shuffled).settled(true));
    }

    #[test]
    fn nothing_passes_without_a_benign_call_and_delivered_attacks(step in 0..STEPS.len(), story in story()) {
        let run = run(STEPS[step], &story);
        if run.settled(true).verdict == Verdict::Pass {
            for index in 0..4 {
                let of = |event: &&Event| event.case.is_some_and(|case| case.index == index);
                let events: Vec<&Event> = run.events().iter().filter(of).collect();
                prop_assert!(events.iter().any(|event| event.what == What::Sent), "{index} was not sent");
                let delivered = events.iter().any(|event| match &event.what {
                    What::Answered { outcome: Ok(_), .. } => true,
                    What::Arrived { part, .. } => part.is_sent(),
                    What::Answered { outcome: Err(failure), .. } => *failure == Failure::Closed && STEPS[step].contains("raw"),
                    _ => false,
                });
                prop_assert!(delivered, "{index} was not delivered");
            }
        }
    }
}
