//! A trace as lines of JSON.

use std::io::BufRead;

use super::chain::{Check, Linked};
use super::unfold::unfolded;
use super::{Event, Head, Redactor, Trail, v1};
use crate::vocab::Digest;

/// Why a trace can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file can't be read.
    #[error("the trace can't be read: {0}")]
    Io(#[from] std::io::Error),
    /// A line that is not the last is no event.
    #[error("line {line} of the trace is no event: {why}")]
    Line {
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        why: serde_json::Error,
    },
    /// The chain of hashes does not hold.
    #[error("the trace was changed after it was written: line {line} is the first that differs")]
    Broken {
        /// Line, from 1.
        line: u64,
    },
}

/// Writes an event as one line with its newline, secrets replaced.
pub fn write_line(event: &Event, redactor: &Redactor) -> Result<String, serde_json::Error> {
    let event = unfolded(event, redactor);
    let mut line = redactor.clean_line(&event, serde_json::to_string(&event)?);
    line.push('\n');
    Ok(line)
}

/// The events of a trace, one line at a time. A last line without newline is torn and left out. Where the trace is
/// chained, the first line that does not hold ends it with an error.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    line: u64,
    /// Whether the trace is of version 1.
    old: bool,
    buffer: Vec<u8>,
    check: Check,
    tolerant: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from the beginning of a trace.
    pub fn new(input: R) -> Self {
        Self { input, line: 0, old: false, buffer: Vec::new(), check: Check::default(), tolerant: false }
    }

    /// Reads on where the chain is broken; [`Self::trail`] tells where that was.
    #[must_use]
    pub fn even_if_broken(self) -> Self {
        Self { tolerant: true, ..self }
    }

    /// Keeps the leaf of each line for [`Self::leaves`].
    #[must_use]
    pub fn keeping_leaves(mut self) -> Self {
        self.check.keep_leaves();
        self
    }

    /// What there is to say of the trace as far as it was read.
    pub fn trail(&self) -> Trail {
        self.check.trail()
    }

    /// The head, when the first line was read and the trace is chained.
    pub fn head(&self) -> Option<&Head> {
        self.check.head()
    }

    /// The leaf of each line that was read, if they are kept.
    pub fn leaves(&self) -> &[Digest] {
        self.check.leaves()
    }

    /// The line that was read last, as it stands in the trace, without its newline.
    pub fn text(&self) -> &[u8] {
        self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer)
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Event, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.buffer.clear();
            self.line += 1;
            if let Err(error) = self.input.read_until(b'\n', &mut self.buffer) {
                return Some(Err(error.into()));
            }
            let torn = self.buffer.last() != Some(&b'\n');
            // Behind a seal even a torn line is one too many.
            if torn && (self.buffer.is_empty() || !self.check.is_sealed()) {
                return None;
            }
            let linked = self.check.line(self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer));
            if let Some(line) = self.check.broken().filter(|_| !self.tolerant) {
                return Some(Err(TraceError::Broken { line }));
            }
            let line = self.line;
            self.old |= line == 1 && v1::begins(&self.buffer);
            let read = match linked {
                Linked::Nothing => continue,
                Linked::Plain if self.old => v1::read(&self.buffer),
                Linked::Plain => serde_json::from_slice(&self.buffer),
                Linked::Event(end) => parse(&mut self.buffer, end),
            };
            return Some(read.map_err(|why| TraceError::Line { line, why }));
        }
    }
}

/// Reads the event of a line of a chain: the brace that closes it belongs in the place of the comma at `end`.
fn parse(buffer: &mut [u8], end: usize) -> serde_json::Result<Event> {
    let set = |buffer: &mut [u8], byte| buffer.get_mut(end).into_iter().for_each(|at| *at = byte);
    set(buffer, b'}');
    let read = serde_json::from_slice(buffer.get(..=end).unwrap_or_default());
    set(buffer, b',');
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::What;

    #[test]
    fn a_torn_tail_is_left_out() {
        let event = Event::new(7, What::End { finished: "now".to_owned(), interrupted: true });
        let line = write_line(&event, &Redactor::default()).unwrap();
        let whole = line.repeat(2);
        for cut in 0..=whole.len() {
            let events: Result<Vec<_>, _> = Lines::new(whole.get(..cut).unwrap().as_bytes()).collect();
            assert_eq!(events.unwrap(), vec![event.clone(); cut / line.len()]);
        }
    }
}
