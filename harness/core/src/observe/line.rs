//! A trace as lines of JSON.

use std::io::BufRead;

use super::unfold::unfolded;
use super::{Event, Redactor, v1};

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
}

/// Writes an event as one line with its newline, secrets replaced.
pub fn write_line(event: &Event, redactor: &Redactor) -> Result<String, serde_json::Error> {
    let event = unfolded(event, redactor);
    let mut line = redactor.clean_line(&event, serde_json::to_string(&event)?);
    line.push('\n');
    Ok(line)
}

/// The events of a trace, one line at a time. A last line without newline is torn and left out.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    line: u64,
    /// Whether the trace is of version 1.
    old: bool,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads from the beginning of a trace.
    pub fn new(input: R) -> Self {
        Self { input, line: 0, old: false, buffer: Vec::new() }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Event, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.buffer.clear();
        self.line += 1;
        match self.input.read_until(b'\n', &mut self.buffer) {
            Err(error) => Some(Err(error.into())),
            Ok(_) if self.buffer.last() != Some(&b'\n') => None,
            Ok(_) => {
                let line = self.line;
                self.old |= line == 1 && v1::begins(&self.buffer);
                let read = if self.old { v1::read(&self.buffer) } else { serde_json::from_slice(&self.buffer) };
                Some(read.map_err(|why| TraceError::Line { line, why }))
            }
        }
    }
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
