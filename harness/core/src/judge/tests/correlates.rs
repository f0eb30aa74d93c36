//! `correlates`.

use super::fixture::{Run, answer, attack, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::vocab::{Octets, Reason};

const OWN: &str = "0af7651916cd43dd8448eb211c80319c";
const OTHER: &str = "11111111111111111111111111111111";

fn field(trace: &str) -> String {
    format!("00-{trace}-b7ad6b7169203331-01")
}

/// A call that sends `sent`, arrives with `arrived` and is recorded by `recorded`.
fn followed(sent: &str, arrived: &[String], recorded: &str) -> ScenarioResult {
    let step = format!(
        "{{ send: {{ op: read, as: alice, headers: {{ traceparent: \"{sent}\" }} }}, expect: {{ correlates: traceparent }} }}"
    );
    attack(&step, |run| {
        let mut arrival = run.arrival(1);
        arrival.headers.retain(|(name, _)| name != "traceparent");
        arrival.headers.extend(arrived.iter().map(|value| ("traceparent".to_owned(), Octets::from(value.as_str()))));
        run.arrived_as(1, 0, arrival);
        run.answered(1, answer(200, "{}"));
        run.recorded(Some(1), &format!("{{\"trace\":\"{recorded}\"}}"));
    })
}

#[test]
fn well_formed_id_is_kept() {
    passes(&followed(&field(OWN), &[field(OWN)], OWN));
    fails(&followed(&field(OWN), &[field(OTHER)], OTHER), "the caller's `traceparent`");
    fails(&followed(&field(OWN), &[], OWN), "one `traceparent` at the upstream, seen 0");
    fails(&followed(&field(OWN), &[field(OWN), field(OTHER)], OWN), "seen 2");
    fails(&followed(&field(OWN), &[field(OWN)], OTHER), "no such id");
}

#[test]
fn malformed_id_is_replaced() {
    let odd = format!("00-{OWN}-b7ad6b7169203331");
    passes(&followed(&odd, &[field(OTHER)], OTHER));
    fails(&followed(&odd, std::slice::from_ref(&odd), OWN), "a well-formed `traceparent`");
    fails(&followed(&odd, &[field(OWN)], OWN), "no id taken from a malformed `traceparent`");
}

#[test]
fn only_a_malformed_id_may_be_refused() {
    let refused = |sent: &str| {
        let step = format!(
            "{{ send: {{ op: read, as: alice, headers: {{ traceparent: \"{sent}\" }} }}, expect: {{ correlates: traceparent }} }}"
        );
        attack(&step, |run: &mut Run| run.answered(1, answer(400, "{}")))
    };
    passes(&refused("00-1"));
    open(&refused(&field(OWN)), Reason::NothingDelivered);
}
