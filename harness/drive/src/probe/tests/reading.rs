//! One answer of each kind.

use super::super::read::RETRY;
use super::*;

fn closed(bytes: &[u8]) -> Answer {
    reading([bytes], End::Closed)
}

#[test]
fn choice_is_read_completely() {
    let extensions = vec![(23, vec![]), (0xff01, vec![0])];
    let choice = Choice { compression: 1, extensions, ..Choice::of(0x0301, 0x0005) };
    let hello = ServerHello {
        version: Version::TLS10,
        suite: Suite(5),
        compression: Compression::DEFLATE,
        secure_renegotiation: true,
        retry: false,
    };
    assert_eq!(closed(&record(22, &choice.flight())), Answer::Hello { hello, then: Then::Complete });
}

#[test]
fn choice_of_ssl_3_has_no_extensions_and_no_secure_renegotiation() {
    let answer = closed(&record(22, &Choice::of(0x0300, 0x000a).flight()));
    let hello = answer.hello().unwrap();
    assert_eq!((hello.version, hello.secure_renegotiation), (Version::SSL30, false));
    assert_eq!(answer.standing_of(Version::SSL30), Standing::Accepted);
    assert_eq!(answer.standing_of(Version::TLS10), Standing::Refused);
}

#[test]
fn binding_to_an_earlier_handshake_is_no_promise() {
    let choice = Choice { extensions: vec![(0xff01, vec![1, 7])], ..Choice::of(0x0303, 0xc02f) };
    assert!(!closed(&record(22, &choice.flight())).hello().unwrap().secure_renegotiation);
}

#[test]
fn tls_13_is_recognised_by_its_extension_alone() {
    let choice = Choice::of_tls13();
    let answer = closed(&record(22, &choice.message()));
    assert_eq!(answer.standing_of(Version::TLS13), Standing::Accepted);
    assert!(!answer.hello().unwrap().retry);
    let retry = Choice { random: RETRY, ..choice };
    let answer = closed(&record(22, &retry.message()));
    assert!(answer.hello().unwrap().retry);
    assert_eq!(answer.standing_of(Version::TLS13), Standing::Accepted);
}

#[test]
fn contradictory_versions_are_flaws() {
    let in_the_old_field = Choice::of(0x0304, 0x1301);
    let old_in_the_extension = Choice { extensions: vec![(43, vec![3, 2])], ..Choice::of(0x0303, 0xc02f) };
    let new_over_old = Choice { version: 0x0302, ..Choice::of_tls13() };
    for choice in [in_the_old_field, old_in_the_extension, new_over_old] {
        assert_eq!(closed(&record(22, &choice.flight())), Answer::Garbage(Flaw::ServerHello), "{choice:?}");
    }
}

#[test]
fn alert_after_the_choice_withdraws_it() {
    let hello = record(22, &Choice::of(0x0301, 0x002f).message());
    let answer = closed(&[hello.clone(), fatal(80)].concat());
    assert!(matches!(answer, Answer::Hello { then: Then::Alert(Alert { description: AlertDescription(80), .. }), .. }));
    assert_eq!(answer.standing(), Standing::Refused);
    for end in [End::Closed, End::Reset, End::Silent] {
        assert_eq!(reading([&hello[..]], end).standing(), Standing::Undecided);
    }
    let stray = closed(&[hello, b"HTTP/1.1".to_vec()].concat());
    assert!(matches!(stray, Answer::Hello { then: Then::Cut, .. }), "{stray:?}");
}

#[test]
fn handshake_continues_after_a_warning() {
    let warning = record(21, &[1, 112]);
    let flight = record(22, &Choice::of(0x0303, 0xc02f).flight());
    assert_eq!(closed(&[&warning[..], &flight].concat()).standing(), Standing::Accepted);
    assert_eq!(closed(&warning), Answer::Alert(alert(1, 112)));
    assert_eq!(reading([&warning[..]], End::Silent), Answer::Incomplete { bytes: 7 });
    let farewell = record(21, &[1, 0]);
    assert_eq!(reading([&farewell[..]], End::Silent), Answer::Alert(alert(1, 0)));
}

#[test]
fn alert_may_come_in_two_records() {
    assert_eq!(closed(&[record(21, &[2]), record(21, &[40])].concat()), Answer::Alert(alert(2, 40)));
}

#[test]
fn end_without_an_answer_says_how() {
    assert_eq!(reading([], End::Closed), Answer::Closed);
    assert_eq!(reading([], End::Reset), Answer::Reset);
    assert_eq!(reading([], End::Silent), Answer::Silent);
    assert_eq!(reading([&[22, 3][..]], End::Closed), Answer::Incomplete { bytes: 2 });
}

#[test]
fn invalid_handshake_says_why() {
    assert_eq!(closed(b"HTTP/1.1 400"), Answer::Garbage(Flaw::NotTls { header: "HTTP/".into() }));
    assert_eq!(closed(&[22, 3, 1, 0, 0]), Answer::Garbage(Flaw::Length(0)));
    assert_eq!(closed(&[22, 3, 1, 0x40, 1]), Answer::Garbage(Flaw::Length(0x4001)));
    assert_eq!(closed(&record(23, b"x")), Answer::Garbage(Flaw::Record(23)));
    assert_eq!(closed(&record(22, &message(11, b"x"))), Answer::Garbage(Flaw::Message(11)));
    assert_eq!(closed(&record(22, &message(2, &[3; 40]))), Answer::Garbage(Flaw::ServerHello));
}

#[test]
fn choice_with_an_oversized_part_is_a_flaw() {
    // Version, random, and a session of 32 bytes, which is the maximum; then suite and compression.
    let choice = |session: u8, end: &[u8]| {
        let id = vec![1; session.into()];
        record(22, &message(2, &[&[3, 3][..], &[5; 32], &[session], &id, &[0xc0, 0x2f, 0], end].concat()))
    };
    assert!(matches!(closed(&choice(32, &[])), Answer::Hello { .. }));
    assert!(matches!(closed(&choice(0, &[0, 4, 0, 23, 0, 0])), Answer::Hello { .. }));
    for flawed in [
        choice(33, &[]),
        choice(0, &[0, 5, 0, 23, 0, 0]),
        choice(0, &[0, 4, 0, 23, 0, 0, 0]),
        choice(0, &[0, 4, 0, 23, 0, 1]),
        choice(0, &[0, 5, 0, 23, 0, 0, 0]),
    ] {
        assert_eq!(closed(&flawed), Answer::Garbage(Flaw::ServerHello));
    }
}

#[test]
fn endless_answer_is_cut_off() {
    let requests = record(22, &message(0, &[])).repeat(100_000);
    assert_eq!(closed(&requests), Answer::Garbage(Flaw::Endless));
    let hello = record(22, &Choice::of(0x0303, 0xc02f).message());
    let certificates = record(22, &message(11, &[0; 1000])).repeat(100);
    assert!(matches!(closed(&[hello, certificates].concat()), Answer::Hello { then: Then::Cut, .. }));
}
