//! Numbers that tell alike things apart: lanes of a run, and the parts of a case.

use serde::{Deserialize, Serialize};

/// A lane of a run, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lane(pub u32);

/// What of a case a canary stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Part(pub u8);

impl Part {
    /// The caller's request.
    pub const REQUEST: Self = Self(0);
    /// What the request smuggles or plants.
    pub const PAYLOAD: Self = Self(1);
    /// The call of a caller beside held connections: the payload's part, which they have none of.
    pub const BESIDE: Self = Self(1);
    /// What the upstream plants in its answer. It begins with the run's prefix, and may travel further.
    pub const ANSWER: Self = Self(2);
    /// The session in which an agent's case runs.
    pub const SESSION: Self = Self(3);
    /// Another session of its.
    pub const OTHER_SESSION: Self = Self(4);

    /// The part by which a stream of a flood shows its calls; the flood itself is stream 0.
    pub fn of_stream(number: usize) -> Self {
        Self(u8::try_from(number).unwrap_or(u8::MAX))
    }

    /// The stream that shows its calls so.
    pub fn stream(self) -> usize {
        usize::from(self.0)
    }

    /// Whether it is the request itself.
    pub fn is_request(&self) -> bool {
        *self == Self::REQUEST
    }

    /// Whether the caller sent it, in the request or inside of it.
    pub fn is_sent(self) -> bool {
        self < Self::ANSWER
    }
}
