//! Bodies of answers by their framing, with their trailers.

use httparse::Status;
use pincer_core::observe::{Answered, Capture, Capturing, End, Failure, Header};

use super::framing::Framing;
use super::head::{Head, LINES, owned};
use super::{HEAD, MOST, Manner, PIECE};
use crate::KEEP;

/// An answer whose head has been read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) answer: Answered,
    pub(super) framing: Framing,
    pub(super) keeps: bool,
    pub(super) body: Capturing,
}

impl Open {
    /// The answer that this head opens.
    pub(super) fn new(head: Head, manner: Manner<'_>) -> Result<Self, Failure> {
        let framing = head.framing(manner)?;
        let closes = head.values("connection").any(|said| said.contains("close"));
        let keeps = !closes && head.version == 1 && head.status != 101;
        let Head { status, reason, headers, .. } = head;
        let answer = Answered { status, reason, headers, body: Capture::default(), end: End::Cut, extras: None };
        Ok(Self { answer, framing, keeps, body: Capturing::new(KEEP) })
    }

    /// Takes the available part of the body; returns how it ended, if it did.
    pub(super) fn take(&mut self, buffer: &mut Vec<u8>, trailers: &mut Vec<Header>) -> Option<End> {
        // The buffer is shortened only once, because a body can consist of many small chunks.
        let mut at = 0;
        let end = loop {
            let rest = buffer.get(at..).unwrap_or_default();
            match self.framing {
                Framing::Length(0) => break Some(End::Complete),
                Framing::Length(left) => {
                    let taken = self.body_of(rest, left);
                    at += taken;
                    self.framing = Framing::Length(less(left, taken));
                    if left > length(taken) {
                        break self.capped();
                    }
                }
                Framing::Close => {
                    let taken = self.body_of(rest, u64::MAX);
                    at += taken;
                    break if taken < rest.len() { self.capped() } else { None };
                }
                Framing::Size => match httparse::parse_chunk_size(rest) {
                    Ok(Status::Complete((line, size))) => {
                        at += line;
                        self.framing = if size == 0 { Framing::Trailers } else { Framing::Chunk(size) };
                    }
                    Ok(Status::Partial) if rest.len() <= PIECE => break None,
                    // This is not a chunk, so it counts as bytes after the end.
                    _ => break Some(End::Cut),
                },
                Framing::Chunk(0) => self.framing = Framing::Line,
                Framing::Chunk(left) => {
                    let taken = self.body_of(rest, left);
                    at += taken;
                    self.framing = Framing::Chunk(less(left, taken));
                    if left > length(taken) {
                        break self.capped();
                    }
                }
                Framing::Line => {
                    match rest.get(..2) {
                        Some(b"\r\n") => at += 2,
                        Some(_) => break Some(End::Cut),
                        None => break None,
                    }
                    self.framing = Framing::Size;
                }
                Framing::Trailers => {
                    let mut slots = [httparse::EMPTY_HEADER; LINES];
                    match httparse::parse_headers(rest, &mut slots) {
                        Ok(Status::Complete((length, fields))) => {
                            at += length;
                            *trailers = owned(fields);
                            break Some(End::Complete);
                        }
                        Ok(Status::Partial) if rest.len() <= HEAD => break None,
                        _ => break Some(End::Cut),
                    }
                }
            }
        };
        buffer.drain(..at);
        end
    }

    /// Takes at most `left` bytes of the body, up to the reading limit; returns how many.
    fn body_of(&mut self, rest: &[u8], left: u64) -> usize {
        let room = left.min(MOST.saturating_sub(self.body.length()));
        let taken = usize::try_from(room).unwrap_or(usize::MAX).min(rest.len());
        self.body.push(rest.get(..taken).unwrap_or_default());
        taken
    }

    /// Says that reading stops, if the limit is reached.
    fn capped(&self) -> Option<End> {
        (self.body.length() >= MOST).then_some(End::Capped)
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn less(left: u64, taken: usize) -> u64 {
    left.saturating_sub(length(taken))
}
