//! An answer: head, body, and what came besides them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capture, Header, content};
use crate::vocab::Octets;

/// The status of the answer of an agent that was started for a task and ended with status 0; else it is [`FAILURE`].
pub const SUCCESS: u16 = 200;
/// See [`SUCCESS`].
pub const FAILURE: u16 = 500;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// The reason phrase of the status line, if it is the target's own and the driver saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Octets>,
    /// Headers in order.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Capture,
    /// How the body ended.
    pub end: End,
    /// What came besides head and body, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extras: Option<Box<Extras>>,
}

/// The parts of an answer besides head and body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extras {
    /// Interim responses before the final one (RFC 9110 section 15.2), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interim: Vec<Interim>,
    /// Trailers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<Header>,
    /// Bytes that came on the connection after the answer's end, unrequested.
    #[serde(default)]
    pub behind: Capture,
}

/// An interim response, such as 103 Early Hints (RFC 8297).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interim {
    /// Status, from 100 to 199.
    pub status: u16,
    /// The reason phrase, if it is the target's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Octets>,
    /// Headers in order.
    pub headers: Vec<Header>,
}

impl Extras {
    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.interim.is_empty() && self.trailers.is_empty() && self.behind.length == 0
    }

    /// The same as stored in an answer: none if nothing came.
    pub fn some(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }
}

impl Answered {
    /// The body with its codings and its charset decoded; if it cannot be decoded completely, the decoded part.
    pub fn plain(&self) -> std::borrow::Cow<'_, [u8]> {
        content::plain(&self.headers, &self.body).unwrap_or_else(|unreadable| unreadable.read.into())
    }

    /// Whether everything was read: the body ended as announced, was kept completely and could be decoded, and so was
    /// what came after it.
    pub fn is_read(&self) -> bool {
        self.end == End::Complete
            && self.behind().is_none_or(Capture::is_whole)
            && content::plain(&self.headers, &self.body).is_ok()
    }

    /// Interim responses, in order.
    pub fn interim(&self) -> &[Interim] {
        self.extras.as_ref().map_or(&[], |extras| &extras.interim)
    }

    /// Trailers, in order.
    pub fn trailers(&self) -> &[Header] {
        self.extras.as_ref().map_or(&[], |extras| &extras.trailers)
    }

    /// What came after the answer's end, if anything.
    pub fn behind(&self) -> Option<&Capture> {
        self.extras.as_ref().map(|extras| &extras.behind).filter(|behind| behind.length > 0)
    }

    /// Adds bytes that came after the answer's end, when the answer had already been reported.
    pub fn add_behind(&mut self, late: Capture) {
        let behind = &mut self.extras.get_or_insert_default().behind;
        let length = behind.length.saturating_add(late.length);
        let mut bytes = std::mem::take(&mut behind.bytes.0);
        // A capture that is incomplete cannot be extended.
        if u64::try_from(bytes.len()) == Ok(behind.length) {
            bytes.extend(late.bytes.0);
        }
        *behind = Capture { length, ..Capture::of(&bytes, bytes.len()) };
    }

    /// The first header of this name, as text.
    pub fn header(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.lossy())
    }
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// As announced.
    Complete,
    /// Before its announced end.
    Cut,
    /// Pincer stopped reading: the rest is unknown.
    Capped,
    /// The deadline came first.
    Late,
}
