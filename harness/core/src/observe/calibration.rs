//! The calibration of a target before its suite: what arrives of a benign call, what is changed in it, and how long it
//! takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{By, Failure};
use crate::vocab::{Identity, Operation};

/// The result of a run's benign calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// The calls: each operation by each identity that may call it.
    pub calls: Vec<Trial>,
    /// Ordinary latency in microseconds: the median and the longest of the calls that were served.
    pub latency_us: [u64; 2],
    /// The change of a path, if it is the same for each operation.
    #[serde(default, skip_serializing_if = "Change::is_none")]
    pub path: Change,
    /// How the target's audit records are found; none if it declares no log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// Whether the log wrote nothing in the usual time: it gathers records, often for seconds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late_log: bool,
    /// An undeclared limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<Limited>,
    /// Requests that arrived although nobody called, such as a health check: method and target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub background: Vec<(String, String)>,
}

/// One benign call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// The operation.
    pub operation: Operation,
    /// Who called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The answer's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The first line of the answer's body, unless it was a success.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// How long the answer took, in microseconds.
    pub took_us: u64,
    /// How often the call arrived.
    pub arrivals: u32,
    /// How the arrival was attributed; none if nothing arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// The marks of the call that arrived unchanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// What else was changed, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// How the call's audit record was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
}

impl Trial {
    /// Whether the call was served.
    pub fn served(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A mark in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The trace context (W3C Trace Context).
    Traceparent,
    /// The request id.
    XRequestId,
    /// A value in the path.
    Path,
    /// A value in the query.
    Query,
    /// A value in the body.
    Body,
}

/// A prefix of the path that the target removes, and one that it adds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What is removed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stripped: String,
    /// What is added.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub added: String,
}

impl Change {
    /// Whether nothing is changed.
    pub fn is_none(&self) -> bool {
        self.stripped.is_empty() && self.added.is_empty()
    }

    /// The change from the sent path to the arrived one: whole segments before their common end. None if they have no
    /// common end.
    pub fn between(sent: &str, arrived: &str) -> Option<Self> {
        let ends =
            |path: &str| -> Vec<usize> { path.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| at).collect() };
        ends(sent).into_iter().find_map(|at| {
            let rest = sent.get(at..).filter(|rest| rest.len() > 1 || sent == "/")?;
            let added = arrived.strip_suffix(rest)?;
            Some(Self { stripped: sent.get(..at)?.to_owned(), added: added.to_owned() })
        })
    }

    /// The target as it should arrive; one without the removed prefix stays unchanged.
    pub fn apply(&self, target: &str) -> String {
        let rest = target.strip_prefix(self.stripped.as_str()).filter(|rest| rest.starts_with('/') || rest.is_empty());
        match rest {
            Some(rest) => format!("{}{rest}", self.added),
            None => target.to_owned(),
        }
    }
}

/// How an audit record is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// By a mark of the call.
    Mark,
    /// By the target's own id, which is also in the answer.
    OwnId,
    /// Records come, but none can be attributed to the call.
    Unjoined,
    /// No record came.
    Silent,
}

/// A limit that was reached although none is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limited {
    /// The status of the refusals.
    pub status: u16,
    /// Calls in the burst.
    pub calls: u32,
    /// Those that were served.
    pub served: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_of_whole_segments_is_stripped_or_added() {
        let change = |sent, arrived| Change::between(sent, arrived).map(|change| (change.stripped, change.added));
        let both = |stripped: &str, added: &str| Some((stripped.to_owned(), added.to_owned()));
        assert_eq!(change("/a/1", "/a/1"), both("", ""));
        assert_eq!(change("/ledger/a/1", "/a/1"), both("/ledger", ""));
        assert_eq!(change("/a/1", "/v2/a/1"), both("", "/v2"));
        assert_eq!(change("/x/a/1", "/y/z/a/1"), both("/x", "/y/z"));
        assert_eq!(change("/a/1", "/b/2"), None);
        assert_eq!(change("/", "/"), both("", ""));
    }

    proptest::proptest! {
        #[test]
        fn change_leads_from_the_sent_path_to_the_arrived_one(sent in "(/[a-c]{1,2}){1,4}", arrived in "(/[a-c]{1,2}){1,4}") {
            if let Some(change) = Change::between(&sent, &arrived) {
                proptest::prop_assert_eq!(change.apply(&sent), arrived);
            }
        }
    }
}
