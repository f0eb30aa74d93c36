//! What came back on a hello, as it stands in a trace. Nothing here judges but [`Answer::standing`], which only puts
//! the kinds of answers into three heaps.

use serde::{Deserialize, Serialize};

use super::number::{AlertDescription, AlertLevel, Compression, Version};
use super::suite::Suite;
use crate::vocab::Octets;

/// The answer to one hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The server chose from the offer.
    Hello {
        /// What it chose.
        hello: ServerHello,
        /// What came of it.
        then: Then,
    },
    /// The server sent an alert.
    Alert(Alert),
    /// The server closed the connection without a byte.
    Closed,
    /// The connection broke without a byte.
    Reset,
    /// Nothing came before the deadline.
    Silent,
    /// The connection ended, or the deadline came, before the answer was whole.
    Incomplete {
        /// How many bytes had come.
        bytes: u64,
    },
    /// What came is not the beginning of a handshake.
    Garbage(Flaw),
    /// No connection.
    Unreachable,
    /// The hello does not fit the wire.
    Unsendable,
}

/// Whether an offer was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was.
    Accepted,
    /// It was not, and the server said so: by an alert, by its end of the connection or by another choice.
    Refused,
    /// The answer proves neither.
    Undecided,
}

impl Answer {
    /// Whether anything of the offer was taken. A server that can't choose sends no `ServerHello` (RFC 5246 7.4.1.3);
    /// one that chose and then breaks off with an alert has taken nothing either.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Hello { then: Then::Complete, .. } => Standing::Accepted,
            Self::Hello { then: Then::Alert(_), .. } | Self::Alert(_) | Self::Closed | Self::Reset => Standing::Refused,
            Self::Hello { then: Then::Cut, .. }
            | Self::Silent
            | Self::Incomplete { .. }
            | Self::Garbage(_)
            | Self::Unreachable
            | Self::Unsendable => Standing::Undecided,
        }
    }

    /// Whether this version was taken; a server that answers with another one refuses it.
    pub fn standing_of(&self, version: Version) -> Standing {
        match self.hello() {
            Some(hello) if hello.version != version => Standing::Refused,
            _ => self.standing(),
        }
    }

    /// What the server chose, if it did.
    pub fn hello(&self) -> Option<&ServerHello> {
        match self {
            Self::Hello { hello, .. } => Some(hello),
            _ => None,
        }
    }
}

/// A server's choice: RFC 5246 7.4.1.3, RFC 8446 4.1.3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerHello {
    /// The version, from `supported_versions` if the server sent it.
    pub version: Version,
    /// The suite.
    pub suite: Suite,
    /// The compression method.
    pub compression: Compression,
    /// Whether the server promises secure renegotiation, RFC 5746 3.6. TLS 1.3 has no renegotiation and no promise.
    pub secure_renegotiation: bool,
    /// Whether it is a `HelloRetryRequest`: all is agreed but the group.
    pub retry: bool,
}

/// What followed a `ServerHello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// All that the server has to say before the client's next word. In TLS 1.3 that is encrypted and not waited for.
    Complete,
    /// An alert: the server could not do what it had chosen.
    Alert(Alert),
    /// The end of the connection, the deadline, or something that does not belong there.
    Cut,
}

/// An alert: RFC 5246 7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// How grave.
    pub level: AlertLevel,
    /// What.
    pub description: AlertDescription,
}

/// Why bytes are not the beginning of a handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// They are no TLS record.
    NotTls {
        /// The five bytes where a record's header should stand.
        header: Octets,
    },
    /// A record of this length, in bytes: nothing, or more than RFC 5246 6.2.1 allows.
    Length(u16),
    /// A record of this content type, which has no place in a handshake's beginning.
    Record(u8),
    /// A handshake message of this type, which has no place before a `ServerHello`.
    Message(u8),
    /// A `ServerHello` whose parts don't fit together.
    ServerHello,
    /// More bytes than a handshake's beginning has.
    Endless,
}
