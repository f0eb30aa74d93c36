//! Waivers: who answers for which finding until when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Day;
use super::baseline::{is_fingerprint, not_a_fingerprint};
use crate::judge::Waiver;
use crate::scenario::{Diagnostic, ReadError, Seg, Source};

/// A file of waivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waivers {
    /// Format and version: `waivers/v1`.
    pub pincer: String,
    /// The waivers.
    pub waivers: Vec<Waiver>,
}

/// Reads waivers; fails with every fault of them. A waiver without a subject, reason, owner or day is none.
pub fn read_waivers(source: &Source) -> Result<Waivers, ReadError> {
    let waivers: Waivers = source.read("waivers/v1").map_err(|fault| ReadError(vec![fault]))?;
    let faults: Vec<Diagnostic> =
        waivers.waivers.iter().enumerate().flat_map(|(at, waiver)| faults(source, at, waiver)).collect();
    if faults.is_empty() { Ok(waivers) } else { Err(ReadError(faults)) }
}

fn faults(source: &Source, at: usize, waiver: &Waiver) -> Vec<Diagnostic> {
    let entry: [Seg; 2] = ["waivers".into(), at.into()];
    let at_key = |key: &str| -> Vec<Seg> { entry.iter().cloned().chain([key.into()]).collect() };
    let mut faults = Vec::new();
    match (&waiver.id, &waiver.fingerprint) {
        (None, None) => {
            let help = "add `id`, a scenario or a control, or `fingerprint`, one finding".to_owned();
            faults.push(source.fault(&entry, "this waiver does not say what it is for".to_owned(), Some(help)));
        }
        (Some(_), Some(_)) => {
            let help = "write two waivers, or keep one of the keys".to_owned();
            let message = "this waiver has both `id` and `fingerprint`".to_owned();
            faults.push(source.fault(&at_key("fingerprint"), message, Some(help)));
        }
        (None, Some(text)) if !is_fingerprint(text) => faults.push(not_a_fingerprint(source, &entry, text)),
        _ => {}
    }
    for (key, text) in [("reason", &waiver.reason), ("owner", &waiver.owner)] {
        if text.trim().is_empty() {
            faults.push(source.fault(&at_key(key), format!("`{key}` is empty"), None));
        }
    }
    if waiver.expires.len() != 10 || Day::of(&waiver.expires).is_none() {
        let help = Some("write the last day on which it holds, such as `2026-12-31`".to_owned());
        faults.push(source.fault(&at_key("expires"), format!("`{}` is no day", waiver.expires), help));
    }
    faults
}
