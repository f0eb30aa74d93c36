//! The values of expectations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::vocab::{Factor, Period, QuantityError};

/// A time, a multiple of the target's declared upstream timeout, or the time limit of a task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Within {
    /// `4s`.
    Time(Period),
    /// `2x`.
    UpstreamTime(Factor),
    /// `task`.
    Task,
}

impl TryFrom<String> for Within {
    type Error = QuantityError;
    fn try_from(text: String) -> Result<Self, QuantityError> {
        if text == "task" {
            return Ok(Self::Task);
        }
        text.parse().map(Self::UpstreamTime).or_else(|_| text.parse().map(Self::Time))
    }
}

impl From<Within> for String {
    fn from(within: Within) -> Self {
        match within {
            Within::Time(period) => period.into(),
            Within::UpstreamTime(factor) => factor.into(),
            Within::Task => "task".to_owned(),
        }
    }
}

impl Within {
    /// The time on this target; none if it does not declare it.
    pub fn of(self, target: &Target) -> Option<Period> {
        match self {
            Self::Time(period) => Some(period),
            Self::UpstreamTime(factor) => target.limits.upstream_time.map(|time| Period(time.0.mul_f64(factor.0))),
            Self::Task => target.task.as_ref().map(|task| task.within),
        }
    }
}

/// How often, and how, the call reached the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arrives {
    /// Not at all.
    Never,
    /// Exactly once.
    Once,
    /// At most once: the target may refuse, but not repeat.
    AtMostOnce,
    /// Exactly once, with the values that were sent.
    Unchanged,
    /// At most once, and then with the method and values that were sent: the target may refuse the call, but not change
    /// it.
    Faithfully,
}

/// How often a call is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recorded {
    /// Exactly once.
    Once,
}

/// Which hosts a target calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hosts {
    /// Only the upstreams that the descriptor declares. `${stranger}` in a call or in an upstream's answer is the
    /// address of another host, `${stranger.host}` its host and port.
    Declared,
}

/// How a request states its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// By one length, or by chunks.
    Single,
}

/// Whose answer a caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Receives {
    /// What the upstream planted for this call with `${planted}`, and nothing that it planted for another.
    Own,
}

/// What reaches a host that an agent's owner does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stranger {
    /// Nothing.
    Untouched,
}

/// What an agent has done if it reports a task as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keeps {
    /// Each call of the model's script.
    Calls,
}

/// How an agent refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refuses {
    /// An invalid task: the answer is a refusal by its status, a JSON-RPC error, or the agent's own statement that
    /// nothing was done. No call arrives, and the model is not asked.
    Request,
}

/// What headers such as `Server`, `X-Powered-By` and `Via` may disclose about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Banner {
    /// At most the product's name, without a version.
    Unversioned,
}

/// What an answer may disclose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Leaks {
    /// Nothing that a leak detector finds, and nothing planted.
    Nothing,
}

/// What an error answer must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorForm {
    /// Problem details of RFC 9457 with the answer's status.
    Problem,
    /// Has a tracking id that no other answer has, that cannot be guessed from others, that is the same in headers and
    /// body, and that finds exactly one audit record.
    Tracked,
}

/// How a target must speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Supports no version before TLS 1.2.
    Versions,
    /// Offers TLS 1.3.
    Newest,
    /// Under TLS 1.2 accepts only suites with forward secrecy and authenticated encryption.
    Suites,
    /// Never compresses.
    Compression,
    /// Accepts no old version from a client that signals a fallback.
    Fallback,
    /// Under TLS 1.2 confirms secure renegotiation.
    Renegotiation,
    /// Closes plain HTTP on its TLS port or answers it 4xx, and passes nothing on.
    Plain,
}

/// How a rate limiter must treat a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// Admits at most quota and burst in any window, and at least the quota.
    Quota,
    /// Admits at most quota and burst in any window; its answers do not matter.
    AtMost,
    /// Serves the callers beside the flood as usual.
    Isolated,
    /// Answers some of the flood with 429, whatever its quota, and serves the callers beside it as usual.
    Slowed,
    /// Each 429 says when to come back, and a call at that time is admitted.
    RetryAfter,
}

/// How a target must treat connections that are kept busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HeldConnections {
    /// Serves calls beside them as usual.
    Served,
    /// The same, and ends each within the declared `limits.request_time`.
    Ended,
}
