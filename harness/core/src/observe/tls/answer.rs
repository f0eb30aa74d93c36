//! The answer to a hello, as a trace contains it. Nothing here judges except [`Answer::standing`], which sorts answers
//! into three groups.

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
        /// What followed.
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
    /// The connection ended, or the deadline came, before the answer was complete.
    Incomplete {
        /// How many bytes had come.
        bytes: u64,
    },
    /// The bytes are not the beginning of a handshake.
    Garbage(Flaw),
    /// No connection.
    Unreachable,
    /// The hello cannot be encoded.
    Unsendable,
}

/// Whether an offer was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was.
    Accepted,
    /// It was not, and the server said so: by an alert, by closing, or by another choice.
    Refused,
    /// The answer proves neither.
    Undecided,
}

impl Answer {
    /// Whether anything in the offer was accepted. A server that cannot choose sends no `ServerHello` (RFC 5246
    /// 7.4.1.3); one that chose and then sends an alert has accepted nothing either.
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

    /// Whether this version was accepted; a server that answers with another one refuses it.
    pub fn standing_of(&self, version: Version) -> Standing {
        match self.hello() {
            Some(hello) if hello.version != version => Standing::Refused,
            _ => self.standing(),
        }
    }

    /// The server's choice, if there is one.
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
    /// Whether the server confirms secure renegotiation, RFC 5746 3.6. TLS 1.3 has no renegotiation.
    pub secure_renegotiation: bool,
    /// Whether it is a `HelloRetryRequest`: everything is agreed except the group.
    pub retry: bool,
}

/// What followed a `ServerHello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// All messages before the client's next one. In TLS 1.3 they are encrypted and not waited for.
    Complete,
    /// An alert: the server could not do what it had chosen.
    Alert(Alert),
    /// The end of the connection, the deadline, or an unexpected message.
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
    /// They are not a TLS record.
    NotTls {
        /// The five bytes in place of a record header.
        header: Octets,
    },
    /// A record of this length, in bytes: zero, or more than RFC 5246 6.2.1 allows.
    Length(u16),
    /// A record of this content type, which cannot begin a handshake.
    Record(u8),
    /// A handshake message of this type, which cannot precede a `ServerHello`.
    Message(u8),
    /// A `ServerHello` whose parts do not fit together.
    ServerHello,
    /// More bytes than the beginning of a handshake has.
    Endless,
}
