//! Splits what a target writes into lines of bounded memory.

use pincer_core::observe::mark_cut;

use crate::Sensor;

/// Bytes kept of a line, as many as of a body.
const LONGEST: usize = 256 << 10;

/// The current line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Its beginning.
    line: Vec<u8>,
    /// How long it is so far.
    length: u64,
}

impl Lines {
    /// Takes the next bytes, and reports the lines that end in them.
    pub(super) fn push(&mut self, bytes: &[u8], sensor: &Sensor) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, behind) = rest.split_at(end);
            self.extend(line);
            self.report(sensor);
            rest = behind.get(1..).unwrap_or_default();
        }
        self.extend(rest);
    }

    /// Reports a last line without a line feed.
    pub(super) fn finish(mut self, sensor: &Sensor) {
        if self.length > 0 {
            self.report(sensor);
        }
    }

    /// Reports one record.
    pub(super) fn record(bytes: &[u8], sensor: &Sensor) {
        let mut lines = Self::default();
        lines.extend(bytes);
        lines.report(sensor);
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.line.len());
        self.line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    }

    fn report(&mut self, sensor: &Sensor) {
        if u64::try_from(self.line.len()) != Ok(self.length) {
            mark_cut(&mut self.line, self.length);
        }
        sensor.recorded(&self.line);
        self.line.clear();
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use pincer_core::observe::{Event, What, is_cut};
    use pincer_core::vocab::{Lane, Nonce, Tracer};

    use super::*;
    use crate::Clock;

    /// The lines of these pieces.
    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let out = seen.clone();
        let report = move |event: Event| {
            if let What::AuditRecord { line } = event.what {
                out.lock().unwrap().push(line.0);
            }
        };
        let sensor = Sensor::new(Clock::start(), Lane::default(), Tracer::new(1, Nonce::default()), Arc::new(report));
        let mut lines = Lines::default();
        for piece in pieces {
            lines.push(piece, &sensor);
        }
        assert!(lines.line.capacity() <= 2 * LONGEST);
        lines.finish(&sensor);
        seen.lock().unwrap().clone()
    }

    #[test]
    fn lines_are_the_same_in_any_pieces() {
        assert_eq!(lines(&[b"one\n\ntw", b"o", b"\nthree"]), [&b"one"[..], b"", b"two", b"three"]);
    }

    /// A line of 300 MB took three times its length of memory.
    #[test]
    fn beginning_of_an_endless_line_is_kept_and_the_rest_counted() {
        let chunk = vec![b'x'; 1 << 20];
        let pieces: Vec<&[u8]> = std::iter::repeat_n(&chunk[..], 64).chain([&b"\nnext\n"[..]]).collect();
        let lines = lines(&pieces);
        assert_eq!((lines.len(), lines[1].as_slice()), (2, &b"next"[..]));
        assert!(lines[0].starts_with(&chunk[..LONGEST]) && is_cut(&String::from_utf8_lossy(&lines[0])));
        assert!(lines[0].ends_with(format!("{} bytes]", 64 << 20).as_bytes()));
        let whole = vec![b'x'; LONGEST];
        assert_eq!(self::lines(&[&whole]), [whole]);
    }
}
