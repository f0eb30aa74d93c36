//! `unechoed`, `unrecorded` by credential, and `challenges`.

use super::fixture::{answer, attack, fails, open, passes, typed};
use crate::judge::ScenarioResult;
use crate::observe::{Answered, Extent, MARK};
use crate::vocab::{Octets, Reason};

fn echoed(text: &str, body: &str) -> ScenarioResult {
    attack(&format!("{{ send: {{ op: read, as: alice }}, expect: {{ unechoed: \"{text}\" }} }}"), |run| {
        run.answered(1, answer(400, body));
    })
}

#[test]
fn callers_text_is_in_no_answer() {
    passes(&echoed("wrong-7", "{}"));
    fails(&echoed("wrong-7", "{\"detail\":\"wrong-7\"}"), "it stands in the body");
    fails(&echoed("wrong-7", "{\"detail\":\"%77rong-7\"}"), "with escapes");
    let key = "wrong-0123456789abcdef";
    for (body, seen) in [
        ("d3JvbmctMDEyMzQ1Njc4OWFiY2RlZg==", "in base64"),
        ("wron-g-01-2345-6789-abcd-ef", "with signs between"),
        ("FEDCBA9876543210-GNORW", "reversed"),
    ] {
        fails(&echoed(key, &format!("{{\"detail\":\"{body}\"}}")), seen);
    }
    passes(&echoed(key, "{\"detail\":\"0123456789\"}"));
    passes(&echoed("${credential}", "{\"detail\":\"alice\"}"));
    fails(&echoed("${credential}", &format!("{{\"detail\":\"{MARK}alice]\"}}")), "it stands in the body");
    for part in ["sha256", "end", "payload"] {
        let body = format!("{{\"detail\":\"{MARK}alice:{part}]\"}}");
        fails(&echoed("${credential}", &body), "one stands in the body");
    }
    passes(&echoed("${credential}", "{\"detail\":\"[part-of-secret:alice]\"}"));
}

#[test]
fn credential_is_in_no_url() {
    let arrived = |target: &str, referer: &str| {
        attack("{ send: { op: read, as: alice }, expect: { unlinked: \"${credential}\" } }", |run| {
            run.answered(1, answer(200, "{}"));
            let mut arrival = run.arrival(1);
            arrival.target = Octets::from(target);
            arrival.headers.push(("referer".to_owned(), Octets::from(referer)));
            arrival.headers.push(("x-api-key".to_owned(), Octets::from(format!("{MARK}alice]").as_str())));
            run.arrived_as(1, 0, arrival);
        })
    };
    passes(&arrived("/accounts/1", "http://example/"));
    fails(&arrived(&format!("/accounts/1?key={MARK}alice]"), ""), "it arrived in the target");
    fails(&arrived("/accounts/1", &format!("http://example/?key={MARK}alice]")), "it arrived in referer");
}

#[test]
fn credential_is_in_no_record() {
    let recorded = |line: &str| {
        attack("{ send: { op: read, as: alice }, expect: { unrecorded: \"${credential}\" } }", |run| {
            run.answered(1, answer(403, "{}"));
            run.recorded(Some(1), line);
        })
    };
    passes(&recorded("{\"subject\":\"alice\"}"));
    passes(&recorded(&format!("{{\"header\":\"{MARK}bob]\"}}")));
    // A digest lets a log name a key without showing it.
    passes(&recorded(&format!("{{\"key\":\"{MARK}alice:sha256]\"}}")));
    // A log in an unknown format is searched too.
    fails(&recorded(&format!("header={MARK}alice]")), "no audit record");
    open(&recorded("who=alice"), Reason::NoAuditLog);
    fails(&recorded(&format!("{{\"header\":\"{MARK}alice]\"}}")), "no audit record with `${credential}`, seen 1");
}

#[test]
fn unauthorized_answer_says_how_to_authenticate() {
    let told = |status: u16, challenge: Option<&str>| {
        attack("{ send: { op: read }, expect: { challenges: true } }", |run| {
            let headers = challenge.map(|text| ("www-authenticate".to_owned(), Octets::from(text)));
            run.answered(1, Answered { headers: headers.into_iter().collect(), ..typed(status, "", "") });
        })
    };
    passes(&told(401, Some("Bearer realm=\"api\"")));
    passes(&told(401, Some("Negotiate")));
    fails(&told(401, None), "seen none");
    fails(&told(401, Some("\"Bearer\"")), "with a scheme");
    open(&told(403, None), Reason::NotProvoked);
}

#[test]
fn a_packed_text_stands_in_an_answer_and_in_a_record() {
    use std::io::Write as _;

    use base64::Engine as _;

    let text = "00482913";
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    write!(coder, "{{\"patient\":\"{text}\",\"diagnosis\":\"none\"}}").unwrap();
    let packed = base64::engine::general_purpose::STANDARD.encode(coder.finish().unwrap());
    fails(&echoed(text, &format!("{{\"debug\":\"{packed}\"}}")), "it stands there packed");
    let recorded = |line: &str| {
        attack(&format!("{{ send: {{ op: read, as: alice }}, expect: {{ unrecorded: \"{text}\" }} }}"), |run| {
            run.answered(1, answer(200, "{}"));
            run.recorded(Some(1), line);
        })
    };
    fails(&recorded(&format!("{{\"body\":\"{packed}\"}}")), "no audit record with `00482913`");
    passes(&recorded("{\"body\":\"SGVsbG8sIHdvcmxkISBIZWxsbywgd29ybGQh\"}"));
}

#[test]
fn a_part_of_a_request_shows_a_text_as_a_whole_one_does() {
    let arrived = |extent| {
        attack("{ send: { op: read, as: alice }, expect: { withholds: \"made-up\" } }", |run| {
            let mut arrival = run.arrival(1);
            arrival.extent = extent;
            arrival.headers.push(("x-user".to_owned(), Octets::from("made-up")));
            run.arrived_as(1, 0, arrival);
            run.answered(1, answer(400, "{}"));
        })
    };
    fails(&arrived(Extent::Whole), "it arrived in x-user");
    fails(&arrived(Extent::Part), "it arrived in x-user");
}
