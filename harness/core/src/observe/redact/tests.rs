use proptest::prelude::*;

use super::*;
use crate::observe::{Answered, Capture, End, write_line};
use crate::vocab::{CaseId, Octets};

const KEY: &str = "k3y/Of+Alice~4eC39Hq-0042";

fn answered(body: Capture) -> Event {
    let answered = Answered { status: 200, reason: None, headers: Vec::new(), body, end: End::Complete, extras: None };
    let case = CaseId { scenario: 1, index: 1 };
    Event::new(7, What::Answered { took_us: 7, outcome: Ok(answered) }).of_case(case)
}

fn recorded(line: &[u8]) -> Event {
    Event::new(7, What::AuditRecord { line: Octets(line.to_vec()) })
}

/// The bytes of the one text in an event, as a trace keeps them.
fn kept(redactor: &Redactor, event: &Event) -> Vec<u8> {
    let line = write_line(event, redactor).unwrap();
    match serde_json::from_str::<Event>(&line).unwrap().what {
        What::Answered { outcome: Ok(answered), .. } => answered.body.bytes.0,
        What::AuditRecord { line } => line.0,
        other => panic!("another event: {other:?}"),
    }
}

fn of_body(redactor: &Redactor, body: &[u8]) -> String {
    String::from_utf8_lossy(&kept(redactor, &answered(Capture::of(body, 1 << 16)))).into_owned()
}

#[test]
fn a_cleaned_line_is_still_json() {
    let event = Event::new(0, What::End { finished: String::new(), interrupted: true });
    let clean = |secret: &str, line: &str| Redactor::new([("alice", secret)]).clean_line(&event, line.to_owned());
    assert_eq!(clean("100000", r#"{"at_us":100000,"what":"100000"}"#), r#"{"at_us":100000,"what":"[secret:alice]"}"#);
    assert_eq!(clean("finished", r#"{"finished":"finished"}"#), r#"{"finished":"[secret:alice]"}"#);
    assert_eq!(clean("k\"ey-42", r#"{"what":"24-ye\"k"}"#), r#"{"what":"[secret:alice]"}"#);
    let bytes = |text: &[u8]| format!(r#"{{"b64":"{}"}}"#, STANDARD.encode(text));
    assert_eq!(clean("key-42", &bytes(b"\xffkey-42")), bytes(b"\xff[secret:alice]"));
    assert_eq!(clean("key-42", &bytes(b"\xff24-yek")), bytes(b"\xff[secret:alice]"));
}

#[test]
fn every_form_is_masked_in_text_and_in_binary_data() {
    let redactor = Redactor::new([("alice", KEY)]);
    for form in written(KEY) {
        for (before, after) in [(&b"\"a\": \""[..], &b"\" \\"[..]), (b"\xff\x00", b"\xfe")] {
            let body = [before, &form.bytes, after].concat();
            let expected = [before, b"[secret:alice]", after].concat();
            let seen = kept(&redactor, &answered(Capture::of(&body, 1 << 16)));
            assert_eq!(seen, expected, "{}: {}", form.name, String::from_utf8_lossy(&seen));
        }
    }
}

#[test]
fn digests_are_masked_under_their_own_name() {
    let redactor = Redactor::new([("alice", KEY)]);
    for form in digests(KEY) {
        let text = String::from_utf8(form.bytes).unwrap();
        assert_eq!(of_body(&redactor, format!("key {text}=").as_bytes()), "key [secret:alice:sha256]=");
    }
}

#[test]
fn ends_are_masked_only_in_answers() {
    let redactor = Redactor::new([("alice", KEY)]);
    assert_eq!(of_body(&redactor, b"your key ...9Hq-0042"), "your key ...[secret:alice:end]");
    assert_eq!(kept(&redactor, &recorded(b"key ...9Hq-0042")), b"key ...9Hq-0042");
}

#[test]
fn public_or_shared_end_is_no_secret() {
    let text = "about 9Hq-0042";
    let beside = Redactor::beside([("alice", KEY)], "{\"path\":\"/a/9hq-0042\"}");
    assert_eq!(of_body(&beside, text.as_bytes()), text);
    let shared = Redactor::new([("alice", KEY), ("bob", "another-key-of-9Hq-0042")]);
    assert_eq!(of_body(&shared, text.as_bytes()), text);
    // The same key under two names, and a part of it, have the key's end.
    let parts = Redactor::new([("alice", KEY), ("env:ALICE", KEY), ("alice", "Alice~4eC39Hq-0042")]);
    assert_eq!(of_body(&parts, text.as_bytes()), "about [secret:alice:end]");
}

#[test]
fn truncated_secret_shows_nothing() {
    let redactor = Redactor::new([("alice", KEY), ("bob", "zzz-of-bob-1234")]);
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    for text in [KEY, &hex] {
        for kept_of_it in 0..text.len() {
            for before in [&b"{\"a\":\""[..], b"\xff\xfe"] {
                let whole = [before, text.as_bytes(), b"\"}"].concat();
                let seen = kept(&redactor, &answered(Capture::of(&whole, before.len() + kept_of_it)));
                let rest = seen.strip_prefix(before).unwrap();
                let expected = match kept_of_it {
                    0..6 => text.as_bytes()[..kept_of_it].to_vec(),
                    _ => format!("{}alice]", if rest.starts_with(b"[part") { PART } else { MARK }).into_bytes(),
                };
                assert_eq!(rest, expected, "{}", String::from_utf8_lossy(&seen));
            }
        }
    }
    // A complete text has no truncated secret at its end.
    assert_eq!(of_body(&redactor, b"about zzz-of-b"), "about zzz-of-b");
}

#[test]
fn truncated_line_shows_nothing_of_a_secret() {
    let redactor = Redactor::new([("alice", KEY)]);
    let told = " [cut by Pincer: the line has 900000 bytes]";
    for before in [&b"{\"key\":\""[..], b"\xff"] {
        let line = [before, &KEY.as_bytes()[..9], told.as_bytes()].concat();
        let expected = [before, b"[part-of-secret:alice]", told.as_bytes()].concat();
        assert_eq!(kept(&redactor, &recorded(&line)), expected);
    }
}

#[test]
fn shortened_key_is_masked_and_counts_against_nobody() {
    let redactor = Redactor::new([("alice", KEY)]);
    let seen = of_body(&redactor, format!("no key {}", &KEY[..KEY.len() - 1]).as_bytes());
    assert_eq!(seen, "no key [part-of-secret:alice]");
    assert!(!seen.contains(MARK));
    let (before, after) = KEY.split_at(KEY.len() / 2);
    assert_eq!(of_body(&redactor, format!("no key {before} {after}").as_bytes()), "no key [part-of-secret:alice]");
    let longer = format!("{KEY}5");
    let both = Redactor::new([("bob", longer.as_str()), ("alice", KEY)]);
    assert_eq!(of_body(&both, format!("no key {KEY}").as_bytes()), "no key [secret:alice]");
}

/// What a logger writes of several values at once: packed, and packed into text.
#[test]
fn what_is_packed_hides_no_secret() {
    use std::io::Write as _;

    let redactor = Redactor::new([("alice", KEY), ("bob", "another-key-of-bob-77")]);
    let headers = format!(r#"{{"host":"a","x-api-key":"{KEY}","cookie":"a=another-key-of-bob-77","accept":"*/*"}}"#);
    let gzip = |text: &[u8]| {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(text).unwrap();
        coder.finish().unwrap()
    };
    let zlib = |text: &[u8], level| {
        let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
        coder.write_all(text).unwrap();
        coder.finish().unwrap()
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let text = headers.as_bytes();
    for packed in [
        STANDARD.encode(gzip(text)),
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(gzip(text)),
        STANDARD.encode(zlib(text, 1)),
        STANDARD.encode(zlib(text, 9)),
        hex(&gzip(text)),
        STANDARD.encode(STANDARD.encode(gzip(text))),
        STANDARD.encode(STANDARD.encode(text)),
        STANDARD.encode(gzip(STANDARD.encode(text).as_bytes())),
    ] {
        let record = format!(r#"{{"id":"7","call":"{packed}"}}"#);
        let seen = kept(&redactor, &recorded(record.as_bytes()));
        let expected = r#"{"id":"7","call":"[secret:alice][secret:bob]"}"#;
        assert_eq!(String::from_utf8_lossy(&seen), expected, "{packed}");
        assert_eq!(of_body(&redactor, record.as_bytes()), expected);
        let among_bytes = [b"\xff ", packed.as_bytes()].concat();
        assert_eq!(kept(&redactor, &recorded(&among_bytes)), b"\xff [secret:alice][secret:bob]");
    }
    // Packed bytes that no text carries.
    let bytes = [b"body: ", gzip(text).as_slice()].concat();
    assert_eq!(kept(&redactor, &recorded(&bytes)), b"body: [secret:alice][secret:bob]");
    let other = format!(r#"{{"id":"7","call":"{}"}}"#, STANDARD.encode(gzip(b"nothing to hide here at all")));
    assert_eq!(kept(&redactor, &recorded(other.as_bytes())), other.as_bytes());
}

proptest! {
    #[test]
    fn no_form_of_a_secret_survives(before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
        let redactor = Redactor::new([("alice", KEY)]);
        let text = format!("{before}{KEY}{after}");
        let blob = STANDARD.encode(&text);
        prop_assert!(!redactor.clean(text).contains(KEY));
        let cleaned = redactor.clean(blob);
        prop_assert!(cleaned.contains("[secret:alice]"), "{}", cleaned);
    }

    #[test]
    fn line_without_a_secret_is_unchanged(text in "[a-z ]{0,80}") {
        let redactor = Redactor::new([("alice", KEY)]);
        let event = recorded(text.as_bytes());
        prop_assert_eq!(write_line(&event, &redactor).unwrap(), write_line(&event, &Redactor::default()).unwrap());
    }
}
