//! The audit log: one line of JSON per request and per alert, written before the answer leaves, and one before each
//! call of an upstream. A call that cannot be recorded is not made.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::weakness::{Weakness, Weaknesses};

/// Longest path that is recorded.
const PATH: usize = 256;

/// The record of one request.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "request")]
pub(crate) struct Record<'a> {
    pub(crate) ts: String,
    pub(crate) tracking_id: &'a str,
    pub(crate) trace_id: &'a str,
    pub(crate) request_id: Cow<'a, str>,
    pub(crate) peer: String,
    pub(crate) subject: Cow<'a, str>,
    pub(crate) tenant: Cow<'a, str>,
    pub(crate) operation: &'a str,
    /// The API that was called; `-` if none was.
    pub(crate) upstream: &'a str,
    pub(crate) method: Cow<'a, str>,
    pub(crate) path: Cow<'a, str>,
    pub(crate) status: u16,
    pub(crate) outcome: &'static str,
    pub(crate) reason: &'static str,
    /// The request's credential; only a weakness puts it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<&'a str>,
    pub(crate) duration_us: u64,
}

/// A call of an upstream that is about to be made. The request's record follows. If it does not, the outcome is
/// unknown.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "attempt")]
pub(crate) struct Attempt<'a> {
    pub(crate) ts: String,
    /// The tracking id of the request.
    pub(crate) of: &'a str,
    pub(crate) operation: &'a str,
}

/// A pattern that somebody should look at.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(tag = "event", rename = "alert")]
pub(crate) struct Alert<'a> {
    pub(crate) ts: String,
    pub(crate) kind: &'static str,
    pub(crate) subject: Cow<'a, str>,
    pub(crate) tenant: Cow<'a, str>,
    pub(crate) count: u32,
    pub(crate) window_ms: u64,
}

/// The audit log.
#[derive(Debug)]
pub(crate) struct Audit {
    file: Option<Mutex<File>>,
    weak: Weaknesses,
}

impl Audit {
    /// Opens the file to append; without one nothing is recorded.
    pub(crate) fn open(path: Option<&Path>, weak: &Weaknesses) -> Result<Self, std::io::Error> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { file: file.map(Mutex::new), weak: weak.clone() })
    }

    /// Writes a line. If this fails, what the line records must not happen.
    pub(crate) fn write(&self, record: &impl Serialize) -> Result<(), std::io::Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut line = line(record)?;
        if self.weak.has(Weakness::LogInjection) {
            line = percent_encoding::percent_decode_str(&line).decode_utf8_lossy().into_owned();
        }
        if self.weak.has(Weakness::UnescapedLog) {
            line = line.replace("\\\"", "\"");
        }
        line.push('\n');
        // One write per line, so that lines of several requests do not mix.
        let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        if self.weak.has(Weakness::AuditFailureIgnored) { Ok(()) } else { written }
    }
}

/// JSON already escapes C0 controls. This also escapes other characters that end or colour a line.
pub(crate) fn line(record: &impl Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(record)?;
    let safe = |c: char| !matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}');
    if text.chars().all(safe) {
        return Ok(text);
    }
    Ok(text.chars().map(|c| if safe(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect())
}

/// A path for a record: without its query, and bounded.
pub(crate) fn path(path: &str) -> String {
    path.chars().take(PATH).collect()
}

/// The time of a record.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_record_is_one_line_that_reads_back(text in ".*") {
            let shown = path(&text);
            let record = Record {
                ts: String::new(), tracking_id: "", trace_id: "", request_id: "".into(), peer: String::new(),
                subject: (&text).into(), tenant: "".into(), operation: "", upstream: "", method: "".into(),
                path: shown.into(), status: 200, outcome: "", reason: "", credential: None, duration_us: 0,
            };
            let line = line(&record)?;
            let ends_line = |c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}';
            proptest::prop_assert!(!line.chars().any(ends_line));
            let back: serde_json::Value = serde_json::from_str(&line)?;
            proptest::prop_assert_eq!(back["subject"].as_str(), Some(text.as_str()));
            proptest::prop_assert_eq!(back["event"].as_str(), Some("request"));
        }
    }
}
