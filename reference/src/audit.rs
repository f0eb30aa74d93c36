//! The audit log: one line of JSON a request, written before the answer leaves.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Longest path that is recorded.
const PATH: usize = 256;

/// One record.
#[derive(Debug, Serialize)]
pub(crate) struct Record<'a> {
    pub(crate) ts: String,
    pub(crate) tracking_id: &'a str,
    pub(crate) trace_id: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) outcome: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) duration_us: u64,
}

/// Where records go.
#[derive(Debug)]
pub(crate) struct Audit(Option<Mutex<File>>);

impl Audit {
    /// Appends to this file; nothing is recorded without one.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, std::io::Error> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self(file.map(Mutex::new)))
    }

    /// Writes a record; fails when the log is gone, and then the request must fail too.
    pub(crate) fn write(&self, record: &Record<'_>) -> Result<(), std::io::Error> {
        let Some(file) = &self.0 else { return Ok(()) };
        let mut line = line(record)?;
        line.push('\n');
        // One write a line: lines of several requests don't mix.
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}

/// JSON escapes the C0 controls; these escapes are for what else may end or colour a line.
fn line(record: &Record<'_>) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(record)?;
    let safe = |c: char| !(matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}'));
    if text.chars().all(safe) {
        return Ok(text);
    }
    Ok(text.chars().map(|c| if safe(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect())
}

/// A path as it may stand in a record: without query, bounded.
pub(crate) fn path(path: &str) -> String {
    path.chars().take(PATH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_record_is_one_line_that_reads_back(text in ".*") {
            let record = Record {
                ts: String::new(), tracking_id: "", trace_id: "", request_id: "", subject: &text, tenant: "",
                operation: "", method: "", path: path(&text), status: 200, outcome: "", reason: "", duration_us: 0,
            };
            let line = line(&record)?;
            let ends_line = |c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}';
            proptest::prop_assert!(!line.chars().any(ends_line));
            let back: serde_json::Value = serde_json::from_str(&line)?;
            proptest::prop_assert_eq!(back["subject"].as_str(), Some(text.as_str()));
        }
    }
}
