//! The values of what a case may expect.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::vocab::{Factor, Period, QuantityError};

/// A time, a multiple of the time for which the target says it waits for an upstream, or the time for a task.
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
    /// The time that is meant on this target; nothing where it declares none.
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
    /// At most once, and then with the method and values that were sent: the target may refuse, but not reinterpret.
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
    /// The upstreams that the descriptor declares, and no others. `${stranger}` in a call or in an upstream's answer is the
    /// address of another host, `${stranger.host}` its name and port.
    Declared,
}

/// How a request says where it ends.
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
    /// What the upstream planted for this call by `${planted}`, and nothing that it planted for another.
    Own,
}

/// What reaches a host that an agent's owner does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stranger {
    /// Nothing.
    Untouched,
}

/// What an agent that says that a task is done has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keeps {
    /// Each call that the model's script asks for.
    Calls,
}

/// How an agent refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refuses {
    /// The request is no task: the answer is a refusal by its status, an error of JSON-RPC, or says in the agent's own
    /// words that nothing was done; no call arrives, and the model is not asked.
    Request,
}

/// What headers such as `Server`, `X-Powered-By` and `Via` may say of who serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Banner {
    /// The product's name at most, and no version.
    Unversioned,
}

/// What an answer may give away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Leaks {
    /// Nothing that a leak detector knows, and nothing planted.
    Nothing,
}

/// What an error answer must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorForm {
    /// Problem details of RFC 9457 whose status is the answer's.
    Problem,
    /// Carries a tracking id that no other answer carries, that cannot be guessed from those of others, that is the same
    /// in headers and body, and that finds exactly one audit record.
    Tracked,
}

/// How a target must speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// It takes no version before TLS 1.2.
    Versions,
    /// It offers TLS 1.3.
    Newest,
    /// Under TLS 1.2 it takes no suite but those with forward secrecy and authenticated encryption.
    Suites,
    /// It never compresses.
    Compression,
    /// It takes no old version from a client that says it can do better.
    Fallback,
    /// Under TLS 1.2 it confirms secure renegotiation.
    Renegotiation,
    /// It closes plain HTTP on its port of TLS or answers it 4xx, and passes nothing on.
    Plain,
}

/// What a limiter must do with a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// Admits no more than quota and burst in any window, and no less than the quota.
    Quota,
    /// Admits no more than quota and burst in any window, whatever else it answers.
    AtMost,
    /// Serves the callers beside the flood as if there were none.
    Isolated,
    /// Answers some of the flood 429, whatever its quota, and serves the callers beside it as if there were none.
    Slowed,
    /// Each 429 says when to come back, and then admits.
    RetryAfter,
}

/// What a target must do with connections that are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HeldConnections {
    /// Serves who calls beside them as if there were none.
    Served,
    /// That, and ends each within the declared `limits.request_time`.
    Ended,
}
