//! Heads of HTTP/1 requests: bytes come in; the framing of the message goes out, or why it is ambiguous.
//!
//! Parsers behind the gateway may be lenient in different ways. What two of them could read differently (RFC 9112
//! sections 2.2, 5.1, 5.2, 6.1 and 11.2) is refused before any parser sees it.

use http::uri::{Authority, PathAndQuery};
use http::{Method, StatusCode};
use httparse::{EMPTY_HEADER, Header, Request, Status};

use super::FIELDS;
use crate::problem::Refusal;

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
}

/// Longest target that the HTTP library accepts, in bytes.
const TARGET: usize = 60 * 1024;

const fn bad(reason: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, reason)
}

/// Searches for the end of a head from `from`, where an earlier search ended.
pub(super) fn end(bytes: &[u8], from: usize) -> Result<Option<usize>, Refusal> {
    // A few bytes back, because the end of a line may have come in two pieces.
    let start = from.saturating_sub(3);
    let mut last = [0_u8; 3];
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        let [_, before, previous] = last;
        // A line ends with CR LF and nothing else (RFC 9112 section 2.2).
        if at > start && (byte == b'\n') != (previous == b'\r') {
            return Err(bad("line-end"));
        }
        if byte == 0 {
            return Err(bad("nul"));
        }
        if at == 0 && byte == b'\n' {
            return Err(bad("line-end"));
        }
        if last == [b'\r', b'\n', b'\r'] && byte == b'\n' {
            return Ok(Some(at + 1));
        }
        // A line that continues in the next one (RFC 9112 section 5.2).
        if before == b'\r' && previous == b'\n' && matches!(byte, b' ' | b'\t') {
            return Err(bad("folded"));
        }
        last = [before, previous, byte];
    }
    Ok(None)
}

/// Judges a whole head.
pub(super) fn judge(head: &[u8]) -> Result<Framing, Refusal> {
    let mut fields = [EMPTY_HEADER; FIELDS];
    let mut request = Request::new(&mut fields);
    match request.parse(head) {
        Ok(Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head"));
        }
        _ => return Err(bad("head")),
    }
    Method::from_bytes(request.method.unwrap_or_default().as_bytes()).map_err(|_| bad("method"))?;
    target(request.path.unwrap_or_default())?;
    let old = request.version == Some(0);
    host(request.headers, old)?;
    framing(request.headers, old)
}

/// Only the origin form. The absolute form names a second host, and a fragment would be dropped on the way.
fn target(target: &str) -> Result<(), Refusal> {
    if target.len() > TARGET {
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, "url"));
    }
    let sound = target.starts_with('/') && target.is_ascii() && !target.contains('#');
    if sound && PathAndQuery::try_from(target).is_ok() { Ok(()) } else { Err(bad("target")) }
}

/// Exactly one `Host` (RFC 9112 section 3.2); HTTP/1.0 may omit it.
fn host(headers: &[Header<'_>], old: bool) -> Result<(), Refusal> {
    let mut hosts = values(headers, "host");
    match (hosts.next(), hosts.next()) {
        (None, _) if old => Ok(()),
        (Some(host), None) => {
            let sound = !host.contains(&b'@') && Authority::try_from(host).is_ok();
            if sound { Ok(()) } else { Err(bad("host")) }
        }
        _ => Err(bad("host")),
    }
}

/// One length or one coding, never both (RFC 9112 section 6.1).
fn framing(headers: &[Header<'_>], old: bool) -> Result<Framing, Refusal> {
    let refusal = bad("framing");
    let (mut lengths, mut codings) = (values(headers, "content-length"), values(headers, "transfer-encoding"));
    match (lengths.next(), lengths.next(), codings.next(), codings.next()) {
        (None, _, None, _) => Ok(Framing::Length(0)),
        (Some(length), None, None, _) => {
            // Digits only: no sign, list or space. 18 digits fit in 64 bits.
            let digits = (1..=18).contains(&length.len()) && length.iter().all(u8::is_ascii_digit);
            let number = std::str::from_utf8(length).ok().filter(|_| digits).and_then(|text| text.parse().ok());
            number.map(Framing::Length).ok_or(refusal)
        }
        (None, _, Some(b"chunked"), None) if !old => Ok(Framing::Chunked),
        _ => Err(refusal),
    }
}

fn values<'a>(headers: &'a [Header<'a>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Framing, &'static str> {
        let end = end(head.as_bytes(), 0).map_err(|refusal| refusal.reason)?.ok_or("open")?;
        judge(&head.as_bytes()[..end]).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn sound_heads_are_framed() {
        assert_eq!(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(Framing::Length(0)));
        assert_eq!(read("POST / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 10\r\n\r\n"), Ok(Framing::Length(10)));
        assert_eq!(read("POST / HTTP/1.1\r\nhost:a:1\r\ntransfer-encoding:chunked\r\n\r\n"), Ok(Framing::Chunked));
        assert_eq!(read("GET /a?b HTTP/1.0\r\n\r\n"), Ok(Framing::Length(0)));
        assert_eq!(read("GET / HTTP/1.1\r\nHost: a\r\n"), Err("open"));
    }

    #[test]
    fn ambiguous_heads_are_refused() {
        for (lines, reason) in [
            ("Content-Length: 1\r\nTransfer-Encoding: chunked", "framing"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 1", "framing"),
            ("Content-Length: 1\r\nContent-Length: 1", "framing"),
            ("Content-Length: 1, 1", "framing"),
            ("Content-Length: +1", "framing"),
            ("Content-Length: -1", "framing"),
            ("Content-Length: 0x1", "framing"),
            ("Content-Length:", "framing"),
            ("Content-Length: 99999999999999999999", "framing"),
            ("Transfer-Encoding: identity", "framing"),
            ("Transfer-Encoding: chunked, chunked", "framing"),
            ("Transfer-Encoding: gzip, chunked", "framing"),
            ("Transfer-Encoding: Chunked", "framing"),
            ("Transfer-Encoding: \"chunked\"", "framing"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "framing"),
            ("Transfer-Encoding:\u{b}chunked", "head"),
            ("Transfer-Encoding : chunked", "head"),
            (" Transfer-Encoding: chunked", "folded"),
            ("A: b\r\n c", "folded"),
            ("A: b\r\n\tc", "folded"),
            ("A: b\nC: d", "line-end"),
            ("A: b\rC: d", "line-end"),
            ("A: b\r\r\nC: d", "line-end"),
            ("A: b\0c", "nul"),
            ("Host: b", "host"),
            ("A b", "head"),
        ] {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
            assert_eq!(read(&head), Err(reason), "{lines:?}");
        }
        for (head, reason) in [
            ("GET / HTTP/1.1\r\n\r\n", "host"),
            ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "host"),
            ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "host"),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "framing"),
            ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
            ("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
            ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "head"),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "head"),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "head"),
            ("PRI * HTTP/2.0\r\n\r\n", "head"),
            ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "line-end"),
            ("GET / HTTP/1.1\nHost: a\n\n", "line-end"),
        ] {
            assert_eq!(read(head), Err(reason), "{head:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn result_does_not_depend_on_where_a_head_is_cut(
            text in "[GETPOS/ :a\r\n\t\0]{0,40}(\r\n\r\n)?", cut in 0_usize..48,
        ) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            let whole = end(bytes, 0);
            let pieces = match end(&bytes[..cut], 0) {
                Ok(None) => end(bytes, cut),
                other => other,
            };
            proptest::prop_assert_eq!(pieces, whole);
        }
    }
}
