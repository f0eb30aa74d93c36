//! Properties of request heads and chunked bodies.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a property says by a panic that it is broken"
)]

use httparse::Status;

use super::chunks::Chunks;
use super::head::{Framing, end, judge};

/// The end of a head does not depend on where its bytes are cut. And the simplest reader, which splits lines at CR LF
/// and fields at their first colon, finds one host and the same framing in every accepted head.
pub fn request_head(data: &[u8]) {
    // Empty lines before a head are not part of it.
    let mut data = data;
    while let Some(rest) = data.strip_prefix(b"\r\n") {
        data = rest;
    }
    let whole = end(data, 0);
    for cut in [data.len() / 3, data.len() / 2, data.len().saturating_sub(1)] {
        let begun = data.get(..cut).unwrap_or_default();
        let pieces = match end(begun, 0) {
            Ok(None) => end(data, cut),
            other => other,
        };
        assert_eq!(pieces, whole, "cut at {cut}, a head ends elsewhere");
    }
    let Ok(Some(length)) = whole else { return };
    let head = data.get(..length).unwrap();
    if let Ok(framing) = judge(head) {
        read_simply(head, framing);
    }
}

fn read_simply(head: &[u8], framing: Framing) {
    let text: String = head.iter().copied().map(char::from).collect();
    let mut lines = text.strip_suffix("\r\n\r\n").expect("a head ends with an empty line").split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, version] = first.as_slice() else { panic!("a first line of {} parts", first.len()) };
    let token = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || TOKEN.contains(&b));
    assert!(token(method) && target.starts_with('/'), "{first:?}");
    assert!(*version == "HTTP/1.1" || *version == "HTTP/1.0", "{first:?}");
    let (mut hosts, mut lengths, mut codings) = (0, Vec::new(), Vec::new());
    for line in lines {
        let (name, value) = line.split_once(':').expect("a field has a colon");
        assert!(token(name), "a field is named {name:?}");
        assert!(!value.contains(['\r', '\n', '\0']), "a field holds a line end: {value:?}");
        match name.to_ascii_lowercase().as_str() {
            "host" => hosts += 1,
            "content-length" => lengths.push(value.trim_matches([' ', '\t'])),
            "transfer-encoding" => codings.push(value.trim_matches([' ', '\t'])),
            _ => {}
        }
    }
    assert!(hosts == 1 || hosts == 0 && *version == "HTTP/1.0", "{hosts} hosts");
    let simply = match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Framing::Length(0),
        ([length], []) => Framing::Length(length.parse().expect("a length of digits")),
        ([], ["chunked"]) => Framing::Chunked,
        _ => panic!("two framings pass: {lengths:?} {codings:?}"),
    };
    assert_eq!(framing, simply, "another framing");
}

/// The characters of a token (RFC 9110 section 5.6.2).
const TOKEN: &[u8] = b"!#$%&'*+-.^_`|~";

/// The end of a chunked body does not depend on where its bytes are cut. And httparse finds the same length in every
/// accepted body.
pub fn request_chunks(data: &[u8]) {
    let mut chunks = Chunks::START;
    let whole = chunks.advance(data);
    let mut bytewise = Chunks::START;
    let mut taken = 0;
    let mut sound = true;
    for byte in data {
        match bytewise.advance(&[*byte]) {
            Ok(0) => break,
            Ok(more) => taken += more,
            Err(_) => {
                sound = false;
                break;
            }
        }
    }
    assert_eq!(whole.is_ok(), sound, "byte by byte, another judgement");
    let Ok(length) = whole else { return };
    assert_eq!((length, chunks), (taken, bytewise), "byte by byte, another length");
    if chunks == Chunks::Done {
        assert_eq!(Some(length), length_by_httparse(data), "another end");
    }
}

/// The length of a chunked body without trailers.
fn length_by_httparse(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let Ok(Status::Complete((start, size))) = httparse::parse_chunk_size(data.get(at..)?) else { return None };
        let end = at.checked_add(start)?.checked_add(usize::try_from(size).ok()?)?;
        data.get(end..)?.strip_prefix(b"\r\n")?;
        at = end + 2;
        if size == 0 {
            return Some(at);
        }
    }
}
