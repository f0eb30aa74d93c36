//! Properties of traces: how they are read, and what they may not contain.

use std::io::BufReader;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::given;
use crate::observe::{Answered, Capture, End, Event, Lines, Redactor, TraceError, What, read_v1, write_line};
use crate::vocab::{CaseId, Octets};

/// The bytes of a trace give, line by line, the event that the line is, or an error that names the line; a torn tail is
/// left out. An event that is written again reads back as the same. The size of reads does not matter.
///
/// Chained traces have a property of their own.
pub fn trace(data: &[u8]) {
    let of_a_chain = [&b",\"head\":"[..], b",\"prev\":\"", b"{\"seal\":"];
    if of_a_chain.iter().any(|mark| memmem::find(data, mark).is_some()) {
        return;
    }
    let told: Vec<Told> = Lines::new(data).map(tell).collect();
    assert_eq!(told, by_hand(data), "a line is read as something else");
    for size in [1, 7, 64] {
        let again: Vec<Told> = Lines::new(BufReader::with_capacity(size, data)).map(tell).collect();
        assert_eq!(again, told, "pieces of {size} bytes are read as something else");
    }
    for event in told.into_iter().flatten() {
        let line = write_line(&event, &Redactor::default()).unwrap();
        assert_eq!(line.matches('\n').count(), 1, "an event is not one line: {line}");
        let again: Vec<Told> = Lines::new(line.as_bytes()).map(tell).collect();
        assert_eq!(again, [Ok(event)], "an event reads back as another");
    }
}

/// An event, or the number of a line that is not one.
type Told = Result<Event, u64>;

fn tell(read: Result<Event, TraceError>) -> Told {
    read.map_err(|error| match error {
        TraceError::Line { line, .. } | TraceError::Broken { line } => line,
        TraceError::Io(error) => panic!("memory can't be read: {error}"),
    })
}

fn by_hand(data: &[u8]) -> Vec<Told> {
    let whole =
        data.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| data.get(..=end).unwrap_or_default());
    let lines = whole.split_inclusive(|byte| *byte == b'\n');
    let old = whole.starts_with(br#"{"start":"#);
    let read = |line: &[u8]| if old { read_v1(line) } else { serde_json::from_slice(line) };
    (1..).zip(lines).map(|(number, line)| read(line).map_err(|_| number)).collect()
}

/// A target's answer to a caller with a secret.
#[derive(Debug, Arbitrary)]
struct Given {
    secret: Vec<u8>,
    before: Vec<u8>,
    after: Vec<u8>,
    took_us: u64,
    form: u8,
}

/// A line of a trace stays the same event, with the secret replaced in every form: plain, percent-encoded, reversed,
/// hexadecimal and base64, also inside binary data.
pub fn trace_redactor(data: &[u8]) {
    let Some(given) = given::<Given>(data) else { return };
    let Some(secret) = printable(&given.secret) else { return };
    let whole = [&given.before[..], secret.as_bytes(), &given.after[..]].concat();
    let written = match given.form % 5 {
        0 => secret.clone(),
        1 => utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string(),
        2 => secret.chars().rev().collect(),
        3 => secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        _ => STANDARD.encode(&whole),
    };
    let body = match given.form % 5 {
        4 => written.clone().into_bytes(),
        _ => [&given.before[..], written.as_bytes(), &given.after[..]].concat(),
    };
    let answered = Answered {
        status: 200,
        reason: None,
        headers: vec![("x-note".to_owned(), Octets(body.clone()))],
        body: Capture::of(&body, 1 << 16),
        end: End::Complete,
        extras: None,
    };
    let (at_us, case) = (given.took_us, CaseId { scenario: 7, index: 3 });
    let event = Event::new(at_us, What::Answered { took_us: at_us, outcome: Ok(answered) }).of_case(case);
    let line = write_line(&event, &Redactor::new([("alice", secret.as_str())])).unwrap();
    let read: Vec<Told> = Lines::new(line.as_bytes()).map(tell).collect();
    let [Ok(Event { at_us: at, case: of, what: What::Answered { took_us, outcome: Ok(answered) }, .. })] =
        read.as_slice()
    else {
        panic!("a cleaned line is no answer any more: {line}")
    };
    assert_eq!((*at, *of, *took_us), (at_us, Some(case), at_us), "cleaning changes more than texts");
    for text in [answered.headers.first().map(|(_, text)| text), Some(&answered.body.bytes)] {
        let text = &text.unwrap().0;
        assert!(memmem::find(text, b"[secret:alice]").is_some(), "a secret is not seen: {line}");
        assert!(memmem::find(text, written.as_bytes()).is_none(), "a secret stays: {line}");
    }
}

/// A printable ASCII secret made from these bytes, if there are enough. It begins with a digit, so that no word or mark
/// of the trace is one.
fn printable(bytes: &[u8]) -> Option<String> {
    let (first, rest) = bytes.split_first()?;
    let rest = rest.iter().take(64).map(|byte| char::from(b' ' + byte % 95));
    let secret: String = [char::from(b'0' + first % 10)].into_iter().chain(rest).collect();
    (secret.len() >= 6).then_some(secret)
}
