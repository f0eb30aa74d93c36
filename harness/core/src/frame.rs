//! Finds where HTTP/1.1 messages end, for readers of many messages that need little of each: floods and their
//! upstreams.
//!
//! In: bytes as they come. Out: the status of each message, whether it ends the connection, and a look at its head. No
//! body is kept, so memory stays constant whatever the peer sends.

use memchr::{memchr, memmem};

/// Longest head, in bytes.
const HEAD: usize = 64 * 1024;
/// Bytes prepared for one read.
pub const ROOM: usize = 16 * 1024;

/// The peer does not speak HTTP/1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no HTTP/1.1 message")]
pub struct Malformed;

/// A complete message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Message {
    /// The status of an answer; 0 for a request.
    pub status: u16,
    /// Whether the connection closes after it.
    pub closes: bool,
    /// `Retry-After` in seconds, if given in that form.
    pub retry_after: Option<u32>,
}

/// The kind of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Requests.
    Requests,
    /// Answers to requests.
    Answers,
    /// Answers to HEAD, which have no body.
    Bodiless,
}

/// Finds the ends of the messages on one connection.
#[derive(Debug)]
pub struct Scanner {
    kind: Kind,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    state: State,
    message: Message,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// This many bytes of a body are still to come.
    Body(u64),
    /// A line with the size of a chunk.
    Size,
    /// This many bytes of a chunk, including its line end, are still to come.
    Chunk(u64),
    /// Lines after the last chunk.
    Trailer,
    /// Everything until the peer closes.
    Rest,
}

/// What a head says about its body and connection.
#[derive(Debug, Default)]
struct Fields {
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep: bool,
    retry_after: Option<u32>,
}

impl Scanner {
    /// A scanner of a connection's messages.
    pub fn new(kind: Kind) -> Self {
        let buffer = vec![0; ROOM];
        Self { kind, buffer, start: 0, end: 0, state: State::Head, message: Message::default() }
    }

    /// The buffer for the next bytes; [`Scanner::filled`] says how many were written.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.buffer.len() - self.end < ROOM / 2 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.buffer.len() - self.end < ROOM / 2 {
                self.buffer.resize(self.end + ROOM, 0);
            }
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// This many bytes were written.
    pub fn filled(&mut self, count: usize) {
        self.end = self.buffer.len().min(self.end + count);
    }

    /// Whether the peer is between two messages.
    pub fn is_idle(&self) -> bool {
        self.state == State::Head && self.start == self.end
    }

    /// The next complete message; `see` looks at its head.
    pub fn next(&mut self, mut see: impl FnMut(&[u8])) -> Result<Option<Message>, Malformed> {
        loop {
            let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
            self.state = match self.state {
                State::Head => {
                    let Some(head) = memmem::find(bytes, b"\r\n\r\n") else {
                        return if bytes.len() > HEAD { Err(Malformed) } else { Ok(None) };
                    };
                    let head = bytes.get(..head + 2).unwrap_or_default();
                    see(head);
                    self.start += head.len() + 2;
                    self.message.status = if self.kind == Kind::Requests { 0 } else { status(head)? };
                    let fields = fields(head)?;
                    self.message.closes = fields.close || (is_old(head) && !fields.keep);
                    self.message.retry_after = fields.retry_after;
                    match self.message.status {
                        // Interim responses come before the final one.
                        100..=199 => continue,
                        204 | 304 => return Ok(Some(self.message)),
                        _ if self.kind == Kind::Bodiless => return Ok(Some(self.message)),
                        _ => {}
                    }
                    match fields.length {
                        _ if fields.chunked => State::Size,
                        Some(length) => State::Body(length),
                        None if self.kind == Kind::Requests => State::Body(0),
                        None => State::Rest,
                    }
                }
                State::Body(0) => {
                    self.state = State::Head;
                    return Ok(Some(self.message));
                }
                State::Body(left) | State::Chunk(left) if bytes.is_empty() && left > 0 => return Ok(None),
                State::Body(left) => State::Body(left - self.skip(left)),
                State::Chunk(0) => State::Size,
                State::Chunk(left) => State::Chunk(left - self.skip(left)),
                State::Size => match self.line()? {
                    None => return Ok(None),
                    Some(line) => match size(line)? {
                        0 => State::Trailer,
                        size => State::Chunk(size.checked_add(2).ok_or(Malformed)?),
                    },
                },
                State::Trailer => match self.line()? {
                    None => return Ok(None),
                    Some(b"\r") => State::Body(0),
                    Some(_) => State::Trailer,
                },
                State::Rest => {
                    self.start = self.end;
                    return Ok(None);
                }
            };
        }
    }

    /// The peer closed: the message that this ended, if any.
    pub fn closed(&self) -> Option<Message> {
        (self.state == State::Rest).then_some(Message { closes: true, ..self.message })
    }

    /// Skips at most this many of the buffered bytes; returns how many.
    fn skip(&mut self, most: u64) -> u64 {
        let there = self.end - self.start;
        let skipped = usize::try_from(most).map_or(there, |most| most.min(there));
        self.start += skipped;
        u64::try_from(skipped).unwrap_or(most)
    }

    /// A whole line without its end.
    fn line(&mut self) -> Result<Option<&[u8]>, Malformed> {
        let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
        match memchr(b'\n', bytes) {
            Some(end) => {
                let from = self.start;
                self.start += end + 1;
                Ok(self.buffer.get(from..from + end))
            }
            None if bytes.len() > HEAD => Err(Malformed),
            None => Ok(None),
        }
    }
}

/// The status of `HTTP/1.1 200 OK`.
fn status(head: &[u8]) -> Result<u16, Malformed> {
    match head {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', digits @ ..] => match digits.get(..3) {
            Some(&[a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9']) => {
                let digit = |byte: u8| u16::from(byte - b'0');
                Ok(digit(a) * 100 + digit(b) * 10 + digit(c))
            }
            _ => Err(Malformed),
        },
        _ => Err(Malformed),
    }
}

/// The fields that say where a message ends. A peer that frames a message in two ways does not speak HTTP.
fn fields(head: &[u8]) -> Result<Fields, Malformed> {
    let mut fields = Fields::default();
    let mut rest = head;
    while let Some(end) = memchr(b'\n', rest) {
        let (line, behind) = rest.split_at(end);
        rest = behind.get(1..).unwrap_or_default();
        // The first letter excludes most lines.
        let Some(b'c' | b'C' | b't' | b'T' | b'r' | b'R') = line.first() else { continue };
        let Some(colon) = memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = number(value).ok_or(Malformed)?;
            if fields.length.is_some_and(|known| known != length) {
                return Err(Malformed);
            }
            fields.length = Some(length);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            // `chunked` is the last coding if present (RFC 9112 section 6.1).
            fields.chunked = tokens(value).next_back().is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
        } else if name.eq_ignore_ascii_case(b"connection") {
            fields.close |= tokens(value).any(|token| token.eq_ignore_ascii_case(b"close"));
            fields.keep |= tokens(value).any(|token| token.eq_ignore_ascii_case(b"keep-alive"));
        } else if name.eq_ignore_ascii_case(b"retry-after") {
            fields.retry_after = number(value).and_then(|seconds| u32::try_from(seconds).ok());
        }
    }
    if fields.chunked && fields.length.is_some() { Err(Malformed) } else { Ok(fields) }
}

/// The members of a list.
fn tokens(value: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// Whether a message is HTTP/1.0, whose connections close unless they say otherwise.
fn is_old(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    line.starts_with(b"HTTP/1.0 ") || line.ends_with(b" HTTP/1.0")
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, byte| match byte {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    })
}

/// The size of a chunk (RFC 9112 section 7.1).
fn size(line: &[u8]) -> Result<u64, Malformed> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Malformed);
    }
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    u64::from_str_radix(text, 16).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests;
