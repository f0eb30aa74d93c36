//! `recalls`, and users, sessions and scripts in a plan.

use serde_json::json;

use super::agent::run;
use super::fixture::{Run, answer, fails, open, passes};
use crate::plan::Line;
use crate::vocab::Reason;

#[test]
fn earlier_statement_is_known_only_where_it_should_be() {
    let step = |wanted: bool, before: &str| {
        format!("{{ send: {{ op: read }}, before: {{ {before} }}, expect: {{ recalls: {wanted} }} }}")
    };
    let judged = |wanted: bool, taken: bool, status: u16, words: &dyn Fn(&Run) -> [String; 2]| {
        run(&step(wanted, "as: ben, say: \"My number is ${canary}.\""), |run| {
            let [asked, told] = words(run);
            // The request in which it was said does not count.
            run.asked(1, &run.canary(1, 1));
            run.prepared(1, taken);
            if status == 200 {
                run.asked(1, &asked);
            }
            run.answered(1, answer(status, &told));
        })
    };
    let (nothing, sign) = (String::new, |run: &Run| run.canary(1, 1));
    passes(&judged(false, true, 200, &|_| [nothing(), nothing()]));
    fails(&judged(false, true, 200, &|run| [sign(run), nothing()]), "nothing that ben said before, seen a request");
    fails(&judged(false, true, 200, &|run| [nothing(), sign(run)]), "nothing that ben said before, seen an answer");
    passes(&judged(true, true, 200, &|run| [sign(run), nothing()]));
    fails(&judged(true, true, 200, &|_| [nothing(), nothing()]), "seen nothing of it");
    // Somebody else's session may be refused, but what was not said cannot be known.
    passes(&judged(false, true, 403, &|_| [nothing(), nothing()]));
    open(&judged(false, false, 200, &|_| [nothing(), nothing()]), Reason::NotProvoked);
    open(&judged(false, true, 500, &|_| [nothing(), nothing()]), Reason::NothingDelivered);
    // The rest of an answer that was not kept completely is unknown.
    open(&judged(false, true, 200, &|_| [nothing(), "a".repeat(1 << 17)]), Reason::AnswerTruncated);
}

#[test]
fn plan_contains_session_user_and_script() {
    let case = |step: &str| Run::agent(step).case(1);
    let of = |call: &crate::plan::Call| {
        let body: serde_json::Value = serde_json::from_slice(call.http().unwrap().body_bytes()).unwrap();
        body["session"].as_str().unwrap().to_owned()
    };
    let said = "say: \"I am ${canary}.\"";
    let ended =
        case(&format!("{{ send: {{ op: read }}, before: {{ {said}, ended: true }}, expect: {{ recalls: false }} }}"));
    let before = ended.before.unwrap();
    assert_eq!((of(&before.call), before.identity.unwrap().as_str()), (of(&ended.call), "ann"));
    let end = before.end.unwrap();
    let end = end.http().unwrap();
    assert_eq!(
        (end.method.as_str(), end.target.lossy().into_owned()),
        ("DELETE", format!("/sessions/{}", of(&ended.call)))
    );
    let other = case(&format!(
        "{{ send: {{ op: read }}, before: {{ {said}, as: ben, session: other }}, expect: {{ recalls: false }} }}"
    ));
    let before = other.before.unwrap();
    assert!(before.identity.unwrap().as_str() == "ben" && of(&before.call) != of(&other.call) && before.end.is_none());
    let script = "{ send: { op: read }, script: [ { call: { op: sensitive, id: \"${canary}\" } }, { say: \"Bye\" } ], \
                  expect: { obeys: false } }";
    let (run, mind) = (Run::agent(script), case(script).mind.unwrap());
    let [Line::Call(call), Line::Say(bye)] = mind.script.as_slice() else { panic!("{mind:?}") };
    assert_eq!((call.name.as_str(), &call.arguments["to"], bye.as_str()), ("pay", &json!([run.canary(1, 1)]), "Bye"));
}
