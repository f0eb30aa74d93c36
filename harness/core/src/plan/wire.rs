//! How Pincer writes a raw request.

use super::client::{is_titled, title};
use super::{Call, HttpCall};
use crate::vocab::Octets;

/// A piece of a raw request. The driver knows what the plan does not: the target's address and the caller's
/// credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Octets),
    /// Host and port of the target.
    Host,
    /// The caller's credential headers, with line ends between them.
    Credentials,
    /// The same, with a line end after each.
    CredentialLines,
    /// The value of the caller's first credential without its scheme.
    Key,
    /// The length of the body: `bytes`, plus `keys` times the length of that value.
    Length {
        /// The bytes that the plan knows.
        bytes: usize,
        /// How often it contains the value.
        keys: usize,
    },
}

/// The placeholders of a whole request and their pieces.
const WORDS: [(&str, Piece); 3] =
    [("${host}", Piece::Host), ("${key}", Piece::Key), ("${credential}", Piece::Credentials)];

impl Call {
    /// The request in pieces. Framing headers are added unless the call brings its own or is written whole. What is no request
    /// has none.
    pub fn pieces(&self) -> Vec<Piece> {
        match self {
            Self::Http(call) => call.pieces(),
            Self::Raw(call) => split(&call.raw.0),
            Self::Task(_) => Vec::new(),
        }
    }
}

impl HttpCall {
    fn pieces(&self) -> Vec<Piece> {
        let mut out = Writer::default();
        out.text(self.method.as_bytes()).text(b" ").text(&self.target.0).text(b" HTTP/1.1\r\n");
        let titled = is_titled(&self.headers);
        let named = |name: &str| format!("{}: ", if titled { title(name) } else { name.to_owned() });
        let has = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !has("host") {
            out.text(named("host").as_bytes()).piece(Piece::Host).text(b"\r\n");
        }
        out.text(named("connection").as_bytes()).text(b"close\r\n").piece(Piece::CredentialLines);
        // The raw driver closes its connection, so the client's keep-alive header is left out.
        let keeps = |(name, value): &&(String, Octets)| {
            name.eq_ignore_ascii_case("connection") && value.0.eq_ignore_ascii_case(b"keep-alive")
        };
        for (name, value) in self.headers.iter().filter(|header| !keeps(header)) {
            out.text(name.as_bytes()).text(b": ").text(&value.0).text(b"\r\n");
        }
        if let (Some(body), false) = (&self.body, has("content-length") || has("transfer-encoding")) {
            out.text(format!("{}{}\r\n", named("content-length"), body.0.len()).as_bytes());
        }
        out.text(b"\r\n").text(self.body_bytes());
        out.done()
    }
}

/// The length of the body of a whole request.
fn length(raw: &[u8]) -> Piece {
    let body = memchr::memmem::find(raw, b"\r\n\r\n").and_then(|end| raw.get(end + 4..)).unwrap_or_default();
    let keys = memchr::memmem::find_iter(body, "${key}").count();
    Piece::Length { bytes: body.len() - keys * "${key}".len(), keys }
}

/// Splits a whole request at its placeholders.
fn split(raw: &[u8]) -> Vec<Piece> {
    let mut out = Writer::default();
    let mut rest = raw;
    let words = WORDS.into_iter().chain([("${length}", length(raw))]).collect::<Vec<_>>();
    let first = |rest: &[u8]| {
        let places = words.iter().filter_map(|word| Some((memchr::memmem::find(rest, word.0.as_bytes())?, word)));
        places.min_by_key(|(at, _)| *at)
    };
    while let Some((at, (word, piece))) = first(rest) {
        let (before, behind) = rest.split_at(at);
        out.text(before).piece(piece.clone());
        rest = behind.get(word.len()..).unwrap_or_default();
    }
    out.text(rest);
    out.done()
}

/// Joins neighbouring bytes into one piece.
#[derive(Default)]
struct Writer {
    done: Vec<Piece>,
    open: Vec<u8>,
}

impl Writer {
    fn text(&mut self, bytes: &[u8]) -> &mut Self {
        self.open.extend_from_slice(bytes);
        self
    }

    fn piece(&mut self, piece: Piece) -> &mut Self {
        if !self.open.is_empty() {
            self.done.push(Piece::Bytes(Octets(std::mem::take(&mut self.open))));
        }
        self.done.push(piece);
        self
    }

    fn done(mut self) -> Vec<Piece> {
        if !self.open.is_empty() {
            self.done.push(Piece::Bytes(Octets(self.open)));
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::RawCall;
    use crate::scenario::Via;

    fn call() -> HttpCall {
        HttpCall {
            method: "POST".to_owned(),
            target: Octets::from("/a/../b"),
            headers: vec![("x-a".to_owned(), Octets::from("b"))],
            body: Some(Octets::from("{}")),
            ..HttpCall::default()
        }
    }

    fn whole(raw: &str) -> Vec<Piece> {
        Call::Raw(RawCall { via: Via::Url, raw: Octets::from(raw) }).pieces()
    }

    fn bytes(text: &str) -> Piece {
        Piece::Bytes(Octets::from(text))
    }

    #[test]
    fn call_in_parts_gets_its_framing() {
        let expected = [
            bytes("POST /a/../b HTTP/1.1\r\nhost: "),
            Piece::Host,
            bytes("\r\nconnection: close\r\n"),
            Piece::CredentialLines,
            bytes("x-a: b\r\ncontent-length: 2\r\n\r\n{}"),
        ];
        assert_eq!(call().pieces(), expected);
    }

    #[test]
    fn framing_has_the_capitals_of_its_call() {
        let mut titled = call();
        titled.headers.insert(0, ("Traceparent".to_owned(), Octets::from("1")));
        let expected = [
            bytes("POST /a/../b HTTP/1.1\r\nHost: "),
            Piece::Host,
            bytes("\r\nConnection: close\r\n"),
            Piece::CredentialLines,
            bytes("Traceparent: 1\r\nx-a: b\r\nContent-Length: 2\r\n\r\n{}"),
        ];
        assert_eq!(titled.pieces(), expected);
    }

    #[test]
    fn a_call_says_once_what_becomes_of_its_connection() {
        let mut kept = call();
        kept.headers.push(("Connection".to_owned(), Octets::from("Keep-Alive")));
        assert_eq!(kept.pieces(), call().pieces());
        kept.headers.push(("connection".to_owned(), Octets::from("x-a")));
        assert_ne!(kept.pieces(), call().pieces());
    }

    #[test]
    fn a_call_that_frames_itself_gets_none() {
        let mut own = call();
        own.headers.push(("Transfer-Encoding".to_owned(), Octets::from("chunked")));
        own.headers.push(("Host".to_owned(), Octets::from("other")));
        let expected = [
            bytes("POST /a/../b HTTP/1.1\r\nconnection: close\r\n"),
            Piece::CredentialLines,
            bytes("x-a: b\r\nTransfer-Encoding: chunked\r\nHost: other\r\n\r\n{}"),
        ];
        assert_eq!(own.pieces(), expected);
    }

    #[test]
    fn a_whole_request_is_split_at_its_words_only() {
        let whole = whole("GET /?k=${key} HTTP/1.1\r\nHost: ${host}\r\n${credential}\r\n${other}\r\n\r\n");
        let expected = [
            bytes("GET /?k="),
            Piece::Key,
            bytes(" HTTP/1.1\r\nHost: "),
            Piece::Host,
            bytes("\r\n"),
            Piece::Credentials,
            bytes("\r\n${other}\r\n\r\n"),
        ];
        assert_eq!(whole, expected);
    }

    #[test]
    fn the_length_of_a_whole_request_counts_its_keys() {
        let whole = whole("POST / HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n{\"a\":\"${key}\",\"b\":\"${key}\"}");
        assert!(whole.contains(&Piece::Length { bytes: 15, keys: 2 }));
    }
}
