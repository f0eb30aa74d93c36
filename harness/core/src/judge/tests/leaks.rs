//! `leaks`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::fixture::{answer, attack, event, fails, open, passes, typed};
use crate::observe::{Answered, Capture, End, Extras, Failure, Interim, What};
use crate::vocab::{Octets, Reason, Upstream};

const STEP: &str = "{ send: { op: read, as: alice }, expect: { leaks: nothing } }";

#[test]
fn answer_discloses_nothing() {
    passes(&attack(STEP, |run| run.answered(1, answer(500, r#"{"error":"internal"}"#))));
    let java = "at com.acme.Ledger.find(Ledger.java:88)\n";
    fails(&attack(STEP, |run| run.answered(1, typed(500, "text/plain", java))), "Java stack trace in the body");
    let header = |run: &mut super::fixture::Run| {
        let mut told = answer(200, "{}");
        told.headers.push(("x-powered-by".to_owned(), Octets::from("PHP/8.2.1")));
        run.answered(1, told);
    };
    passes(&attack(STEP, header));
    fails(
        &attack("{ send: { op: read, as: alice }, expect: { banner: unversioned } }", header),
        "in the header x-powered-by",
    );
    fails(&attack(STEP, |run| run.answered(1, answer(200, "[secret:alice]"))), "a credential");
}

#[test]
fn encoded_parts_of_an_answer_are_read() {
    const TRACE: &str =
        "Traceback%20(most%20recent%20call%20last)%3A%0A%20%20File%20%22%2Fsrv%2Fapp.py%22%2C%20line%207";
    let told = |name: &str, value: &str| {
        attack(STEP, |run| {
            let mut told = answer(500, "{}");
            told.headers.push((name.to_owned(), Octets::from(value)));
            run.answered(1, told);
        })
    };
    fails(&told("location", &format!("/error?d={TRACE}")), "in the header location");
    let base64 = "VHJhY2ViYWNrIChtb3N0IHJlY2VudCBjYWxsIGxhc3QpOgogIEZpbGUgIi9zcnYvYXBwLnB5IiwgbGluZSA3";
    fails(&told("set-cookie", &format!("flash={base64}; Path=/")), "in the header set-cookie");
    let body = format!("{{\"debug\":\"{base64}\"}}");
    fails(&attack(STEP, |run| run.answered(1, answer(500, &body))), "in the body");
    passes(&told("location", "/login?next=%2Fhome%3Fa%3D1%26b%3D2"));
}

#[test]
fn upstreams_canary_must_not_appear_and_the_callers_may() {
    let part = |part| {
        attack(STEP, move |run: &mut super::fixture::Run| {
            let canary = run.canary(1, part);
            run.answered(1, answer(200, &format!("{{\"ref\":\"{canary}\"}}")));
        })
    };
    passes(&part(0));
    passes(&part(1));
    fails(&part(2), "what the upstream planted");
}

#[test]
fn reason_phrase_is_read() {
    let phrased = |part| {
        attack(STEP, move |run: &mut super::fixture::Run| {
            let reason = Some(Octets::from(format!("Down {}", run.canary(1, part)).as_str()));
            run.answered(1, Answered { reason, ..answer(503, "{}") });
        })
    };
    passes(&phrased(0));
    fails(&phrased(2), "in the reason phrase");
}

#[test]
fn interim_responses_trailers_and_extra_bytes_are_read() {
    let canary = |run: &super::fixture::Run| Octets::from(run.canary(1, 2).as_str());
    let beside = |extras: &dyn Fn(Octets) -> Extras| {
        attack(STEP, |run: &mut super::fixture::Run| {
            let extras = extras(canary(run)).some();
            run.answered(1, Answered { extras, ..answer(200, "{}") });
        })
    };
    let field = |value| vec![("x-note".to_owned(), value)];
    let hints = |value| Interim { status: 103, reason: None, headers: vec![("link".to_owned(), value)] };
    fails(
        &beside(&|value| Extras { interim: vec![hints(value)], ..Extras::default() }),
        "header link of an interim answer",
    );
    fails(&beside(&|value| Extras { trailers: field(value), ..Extras::default() }), "header x-note of the trailers");
    let behind = |value: Octets| Extras { behind: Capture::of(&value.0, 999), ..Extras::default() };
    fails(&beside(&behind), "in what came behind the answer's end");
    passes(&beside(&|_| Extras { trailers: field(Octets::from("7")), ..Extras::default() }));
    // A banner in a further answer is not a leak of this one.
    let further = |_: Octets| Extras {
        behind: Capture::of(b"HTTP/1.1 400 Bad Request\r\nserver: nginx/1.25.3\r\n\r\n", 999),
        ..Extras::default()
    };
    passes(&beside(&further));
    let cut = |_: Octets| Extras { behind: Capture::of(b"a long rest", 4), ..Extras::default() };
    open(&beside(&cut), Reason::AnswerTruncated);
    // It may be found after the answer was recorded.
    let late = attack(STEP, |run| {
        let bytes = Box::new(Capture::of(&canary(run).0, 999));
        run.answered(1, answer(200, "{}"));
        run.happened(1, What::BytesAfterAnswer(bytes));
    });
    fails(&late, "in what came behind the answer's end");
}

#[test]
fn key_in_interim_responses_and_trailers_is_found() {
    let step = "{ send: { op: read, as: alice }, expect: { unechoed: \"${credential}\" } }";
    let beside = |extras: Extras| {
        attack(step, |run| run.answered(1, Answered { extras: extras.clone().some(), ..answer(200, "{}") }))
    };
    let key = || Octets::from("key [secret:alice]");
    let hints = Interim { status: 103, reason: None, headers: vec![("link".to_owned(), key())] };
    for extras in [
        Extras { interim: vec![hints], ..Extras::default() },
        Extras { trailers: vec![("x-note".to_owned(), key())], ..Extras::default() },
        Extras { behind: Capture::of(&key().0, 999), ..Extras::default() },
    ] {
        let result = beside(extras);
        fails(&result, "no answer with `${credential}`");
        // The finding shows it where it stood.
        let shown = result.findings[0].evidence.answer.clone().unwrap();
        let lines: Vec<String> = shown.interim.into_iter().chain(shown.trailers).chain(shown.behind).collect();
        assert!(lines.iter().any(|line| line.ends_with("key [secret:alice]")), "{lines:?}");
    }
    passes(&beside(Extras::default()));
}

#[test]
fn connection_without_a_byte_is_no_call() {
    let step = "{ send: { op: read, as: alice }, expect: { arrives: never } }";
    passes(&attack(step, |run| {
        let upstream = Upstream::new("ledger").unwrap();
        run.event(event(None, What::EmptyConnection { upstream }));
        run.answered(1, answer(403, "{}"));
    }));
}

#[test]
fn answer_that_was_not_read_completely_is_open() {
    open(&attack(STEP, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
    let body = Capture::of(b"a long body", 4);
    open(&attack(STEP, |run| run.answered(1, Answered { body, ..answer(200, "") })), Reason::AnswerTruncated);
    for end in [End::Cut, End::Capped, End::Late] {
        open(&attack(STEP, |run| run.answered(1, Answered { end, ..answer(500, "{}") })), Reason::AnswerTruncated);
        let java = "at com.acme.Ledger.find(Ledger.java:88)\n";
        fails(&attack(STEP, |run| run.answered(1, Answered { end, ..answer(500, java) })), "Java stack trace");
    }
}

/// An answer whose body has this coding.
fn coded(name: &str, body: &[u8]) -> Answered {
    let mut coded = answer(500, "");
    coded.headers.push(("Content-Encoding".to_owned(), Octets::from(name)));
    Answered { body: Capture::of(body, 1 << 16), ..coded }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut coder = GzEncoder::new(Vec::new(), Compression::default());
    coder.write_all(text.as_bytes()).unwrap();
    coder.finish().unwrap()
}

#[test]
fn coded_body_is_decoded_before_it_is_searched() {
    fails(&attack(STEP, |run| run.answered(1, coded("gzip", &gzip(TRACE)))), "Python traceback in the body");
    passes(&attack(STEP, |run| run.answered(1, coded("gzip", &gzip("{}")))));
    let planted = |run: &mut super::fixture::Run| {
        let text = format!("{{\"ref\":\"{}\"}}", run.canary(1, 2));
        run.answered(1, coded("gzip", &gzip(&text)));
    };
    fails(&attack(STEP, planted), "what the upstream planted");
}

#[test]
fn undecodable_body_is_open_unless_its_raw_bytes_leak() {
    open(&attack(STEP, |run| run.answered(1, coded("secret", b"..."))), Reason::AnswerTruncated);
    let whole = gzip("{}");
    open(&attack(STEP, |run| run.answered(1, coded("gzip", whole.get(..15).unwrap()))), Reason::AnswerTruncated);
    fails(&attack(STEP, |run| run.answered(1, coded("gzip", TRACE.as_bytes()))), "Python traceback in the body");
}

#[test]
fn all_leaks_are_reported_the_worst_first() {
    let body = format!("nginx/1.18.0 at 10.0.0.7:5432\n{TRACE}\nAuthorization: Basic YWxpY2U6OXRTcmtlNzJQb3U=");
    let result = attack(STEP, |run| run.answered(1, typed(500, "text/plain", &body)));
    let seen = &result.findings[0].evidence.broken[0];
    let places: Vec<_> =
        ["basic credentials in", "Python traceback in", "private IPv4 address in", "product and version in"]
            .iter()
            .map(|what| seen.find(what).unwrap_or_else(|| panic!("{what} is not told: {seen}")))
            .collect();
    assert!(places.is_sorted(), "{seen}");
}

const BANNER: &str = "{ send: { op: read, as: alice }, expect: { banner: unversioned } }";

#[test]
fn banner_fails_only_its_own_expectation() {
    let served = |step: &str, name: &str, value: &str| {
        attack(step, |run| {
            let mut told = answer(404, "{}");
            told.headers.push((name.to_owned(), Octets::from(value)));
            run.answered(1, told);
        })
    };
    for (name, value) in [
        ("Server", "gate/1.4.2 Python/3.11"),
        ("server", "nginx/1.25.3"),
        ("X-Powered-By", "PHP/8.2.1"),
        ("Via", "1.1 edge (squid/4.10)"),
        ("X-AspNet-Version", "4.0.30319"),
    ] {
        passes(&served(STEP, name, value));
        fails(&served(BANNER, name, value), &format!("in the header {name}"));
    }
    for (name, value) in
        [("Server", "gate"), ("X-Powered-By", "Express"), ("Via", "1.1 edge"), ("Server", "cloudflare")]
    {
        passes(&served(BANNER, name, value));
    }
    open(&attack(BANNER, |run| run.failed(1, Failure::Closed)), Reason::NoAnswer);
}

#[test]
fn banner_of_the_upstream_must_not_be_passed_on() {
    let step = "{ send: { op: read, as: alice }, upstream: { status: 500, headers: { server: nginx/1.18.0 } }, expect: { leaks: nothing } }";
    let relayed = attack(step, |run| {
        run.arrived(1);
        let mut told = answer(500, "{}");
        told.headers.push(("server".to_owned(), Octets::from("nginx/1.18.0")));
        run.answered(1, told);
    });
    fails(&relayed, "in the header server");
}

#[test]
fn upstreams_planned_answer_must_have_been_used() {
    let step = r#"{ send: { op: read, as: alice }, upstream: { status: 500, body: "ref ${planted}" }, expect: { leaks: nothing } }"#;
    open(&attack(step, |run| run.answered(1, answer(500, "{}"))), Reason::NothingDelivered);
    let asked = |run: &mut super::fixture::Run| {
        run.arrived(1);
        run.answered(1, answer(500, "{}"));
    };
    passes(&attack(step, asked));
}

/// A payload in the query, as a JSON string in the body and in an answer that repeats it.
const TRACE: &str = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 88, in read\nKeyError: 'id'";

fn quoted(text: &str) -> String {
    serde_json::json!({ "detail": format!("no account {text:?}"), "given": text }).to_string()
}

#[test]
fn callers_own_text_may_come_back() {
    for (send, encode) in [
        (
            "{ op: search, as: alice, fill: { q: \"${payload}\" } }",
            "[plain, percent, double-percent, html-entity, base64]",
        ),
        ("{ op: annotate, as: alice, fill: { text: \"${payload}\" } }", "[plain, unicode-escape, full-width]"),
        ("{ op: read, as: alice, headers: { x-note: \"${payload}\" } }", "[plain]"),
    ] {
        let step = format!("{{ send: {send}, payloads: [traces], encode: {encode}, expect: {{ leaks: nothing }} }}");
        let mut run = super::fixture::Run::of(&step);
        for index in run.attacks() {
            run.sent(index);
            run.answered(index, answer(404, &quoted(TRACE)));
        }
        passes(&run.settled(true));
    }
}

#[test]
fn echo_excuses_only_itself() {
    let step = r#"{ send: { op: search, as: alice, fill: { q: "${payload}" } }, payloads: [traces], expect: { leaks: nothing } }"#;
    let other = "java.lang.NullPointerException\n\tat com.acme.Ledger.find(Ledger.java:88)";
    fails(&attack(step, |run| run.answered(1, answer(500, &quoted(&format!("{TRACE} {other}"))))), "java.lang.Null");
    // However often the echo comes first, what follows is found.
    let many = TRACE.repeat(40);
    let own = "Traceback (most recent call last):\n  File \"/opt/gateway/own.py\", line 7, in load";
    fails(&attack(step, |run| run.answered(1, answer(500, &quoted(&format!("{many}{own}"))))), "own.py");
}

#[test]
fn planted_text_is_a_leak_although_the_caller_sent_it_too() {
    let upstream = r#"upstream: { status: 500, body: "${payload}" }, payloads: [traces], expect: { leaks: nothing } }"#;
    let leaking = |send: &str| {
        attack(&format!("{{ send: {send}, {upstream}"), |run| {
            run.arrived(1);
            run.answered(1, answer(500, &quoted(TRACE)));
        })
    };
    fails(&leaking("{ op: read, as: alice }"), "Python traceback");
    fails(&leaking(r#"{ op: search, as: alice, fill: { q: "${payload}" } }"#), "Python traceback");
}

#[test]
fn address_of_the_target_in_the_call_is_the_callers() {
    passes(&attack(STEP, |run| run.answered(1, answer(404, r#"{"instance":"http://127.0.0.1:8080/accounts/1"}"#))));
    fails(
        &attack(STEP, |run| run.answered(1, answer(404, r#"{"instance":"http://127.0.0.1:9101/accounts/1"}"#))),
        "127.0.0.1:9101",
    );
}
