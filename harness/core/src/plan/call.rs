//! What a case sends: a variant for each protocol, so that the compiler names each place that a new one must reach.

use serde::{Deserialize, Serialize};

use crate::scenario::{Via, Wire};
use crate::vocab::Octets;

/// What is sent for a case, credentials aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Call {
    /// A request of HTTP.
    Http(HttpCall),
    /// A whole request as bytes, legal or not.
    Raw(RawCall),
    /// A task for an agent that is started for it.
    Task(TaskCall),
}

/// A request of HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCall {
    /// Who writes the bytes.
    pub wire: Wire,
    /// By which way it reaches the target.
    #[serde(default, skip_serializing_if = "Via::is_url")]
    pub via: Via,
    /// Method.
    pub method: String,
    /// Request target: path and query, as bytes on the wire.
    pub target: Octets,
    /// Headers in order; framing headers are the driver's unless they stand here.
    pub headers: Vec<(String, Octets)>,
    /// Body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Octets>,
}

/// A whole request as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawCall {
    /// By which way it reaches the target.
    #[serde(default, skip_serializing_if = "Via::is_url")]
    pub via: Via,
    /// The bytes; `${host}`, `${key}`, `${credential}` and `${length}` are still to be filled in.
    pub raw: Octets,
}

/// A task for an agent that is started for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCall {
    /// What the agent is told.
    pub task: Octets,
}

impl Call {
    /// The request, where it is one of HTTP in its parts.
    pub fn http(&self) -> Option<&HttpCall> {
        match self {
            Self::Http(call) => Some(call),
            Self::Raw(_) | Self::Task(_) => None,
        }
    }

    /// By which way it reaches the target.
    pub fn via(&self) -> Via {
        match self {
            Self::Http(call) => call.via,
            Self::Raw(call) => call.via,
            Self::Task(_) => Via::Url,
        }
    }

    /// Whether Pincer writes the bytes itself, legal or not.
    pub fn is_raw(&self) -> bool {
        match self {
            Self::Http(call) => call.wire == Wire::Raw,
            Self::Raw(_) => true,
            Self::Task(_) => false,
        }
    }

    /// All that it says, but for names of headers.
    pub fn texts(&self) -> impl Iterator<Item = &Octets> {
        let (http, whole) = match self {
            Self::Http(call) => (Some(call), None),
            Self::Raw(call) => (None, Some(&call.raw)),
            Self::Task(call) => (None, Some(&call.task)),
        };
        http.into_iter().flat_map(HttpCall::texts).chain(whole)
    }

    /// The same about another case: with other marks, wherever they stand.
    #[must_use]
    pub(super) fn about(self, from: &[String], to: &[String]) -> Self {
        let moved =
            |text: &Octets| from.iter().zip(to).fold(text.clone(), |text, (from, to)| replaced(&text, from, to));
        match self {
            Self::Http(call) => {
                let call = call.marked(from, to);
                Self::Http(HttpCall { body: call.body.as_ref().map(moved), ..call })
            }
            Self::Task(call) => Self::Task(TaskCall { task: moved(&call.task) }),
            Self::Raw(_) => self,
        }
    }
}

impl HttpCall {
    /// The same with other marks in its headers.
    #[must_use]
    pub fn marked(mut self, from: &[String], to: &[String]) -> Self {
        for (_, value) in &mut self.headers {
            for (from, to) in from.iter().zip(to) {
                *value = replaced(value, from, to);
            }
        }
        self
    }

    fn texts(&self) -> impl Iterator<Item = &Octets> {
        self.headers.iter().map(|(_, value)| value).chain([&self.target]).chain(&self.body)
    }

    /// The bytes of its body; none where it has no body.
    pub fn body_bytes(&self) -> &[u8] {
        self.body.as_ref().map_or(&[], |body| &body.0)
    }
}

/// Bytes with another text in the place of one.
fn replaced(bytes: &Octets, from: &str, to: &str) -> Octets {
    Octets(bytes.lossy().replace(from, to).into_bytes())
}
