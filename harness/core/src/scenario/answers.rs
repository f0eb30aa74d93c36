//! The meaning of a target's answers, where HTTP does not define it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::leaf::leaf;
use crate::vocab::StatusSet;

/// The meaning of the target's answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Answers that are refusals although their status does not say so, such as JSON-RPC errors with 200: `{ status:
    /// 200, json: error.code }`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<AnswerForm>,
    /// Statuses of the rate limiter besides 429: `503`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<StatusSet>,
}

/// A form of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// The status is one of these.
    pub status: StatusSet,
    /// The body is JSON with a value that is not null at this dotted path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
}

impl Answers {
    pub(super) fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this answer is a refusal, whatever its status.
    pub(super) fn refuses(&self, status: u16, body: &[u8]) -> bool {
        self.refused.iter().any(|form| form.fits(status, body))
    }

    /// Whether this status is a rate limiter's: 429 (RFC 6585 section 4), or a declared one.
    pub(super) fn throttles(&self, status: u16) -> bool {
        status == 429 || self.limited.as_ref().is_some_and(|set| set.contains(status))
    }
}

impl AnswerForm {
    fn fits(&self, status: u16, body: &[u8]) -> bool {
        let holds = |path: &String| {
            let body: Option<Value> = serde_json::from_slice(body).ok();
            body.as_ref().and_then(|body| leaf(body, path)).is_some_and(|value| !value.is_null())
        };
        self.status.contains(status) && self.json.as_ref().is_none_or(holds)
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Source, read_target};

    const TARGET: &str = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\n\
                          upstreams: { ledger: {} }\noperations:\n  \
                          read: { method: GET, path: /a, upstream: ledger }\n";

    #[test]
    fn refusal_is_recognised_by_status_and_body() {
        let text =
            format!("{TARGET}answers: {{ refused: [{{ status: 200, json: error.code }}, {{ status: 302 }}] }}\n");
        let target = read_target(&Source::new("target.yaml", text)).unwrap();
        let error = br#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"},"id":null}"#;
        assert!(target.refuses(200, error));
        assert!(target.refuses(302, b""));
        for (status, body) in [
            (200, &br#"{"jsonrpc":"2.0","result":{},"id":1}"#[..]),
            (200, br#"{"error":{"code":null}}"#),
            (200, b"not JSON"),
            (201, error),
        ] {
            assert!(!target.refuses(status, body), "{status}");
        }
    }

    #[test]
    fn limiter_answers_429_and_the_declared_statuses() {
        let plain = read_target(&Source::new("target.yaml", TARGET)).unwrap();
        assert!(plain.throttles(429) && !plain.throttles(503));
        let text = format!("{TARGET}answers: {{ limited: 503 }}\n");
        let named = read_target(&Source::new("target.yaml", text)).unwrap();
        assert!(named.throttles(429) && named.throttles(503) && !named.throttles(500));
    }
}
