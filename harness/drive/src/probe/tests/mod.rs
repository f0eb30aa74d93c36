//! Readings of bytes, and surveys of local servers.

mod endpoint;
mod hello;
mod property;
mod reading;
mod script;
mod suite;
mod survey;

use pincer_core::observe::tls::{
    Alert, AlertDescription, AlertLevel, Answer, Class, Compression, Flaw, Group, ServerHello, Standing, Suite, Survey,
    Then, Version,
};

use super::ask::ask;
use super::hello::{Hello, Randoms, Renegotiation};
use super::read::{End, Reader};
use super::survey;

/// So long that only a fault reaches it.
const AMPLE: std::time::Duration = std::time::Duration::from_mins(1);
const RANDOMS: Randoms = Randoms { random: [7; 32], share: [9; 32] };

/// A record of TLS 1.0.
fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(fragment.len()).unwrap().to_be_bytes();
    [&[kind, 3, 1], &length[..], fragment].concat()
}

/// A handshake message.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

/// A fatal alert in its record.
fn fatal(description: u8) -> Vec<u8> {
    record(21, &[2, description])
}

/// A server's choice, to be encoded.
#[derive(Debug, Clone)]
struct Choice {
    version: u16,
    random: [u8; 32],
    suite: u16,
    compression: u8,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Choice {
    fn of(version: u16, suite: u16) -> Self {
        Self { version, random: [5; 32], suite, compression: 0, extensions: Vec::new() }
    }

    fn of_tls13() -> Self {
        Self { extensions: vec![(43, vec![3, 4])], ..Self::of(0x0303, 0x1301) }
    }

    /// The `ServerHello` as a message.
    fn message(&self) -> Vec<u8> {
        let mut body = [&self.version.to_be_bytes()[..], &self.random, &[2, 1, 1]].concat();
        body.extend(self.suite.to_be_bytes());
        body.push(self.compression);
        let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(kind, content)| [kind.to_be_bytes().to_vec(), sized(content)].concat())
            .collect();
        if !self.extensions.is_empty() {
            body.extend(sized(&extensions));
        }
        message(2, &body)
    }

    /// The `ServerHello`, a Certificate and a `ServerHelloDone` as one stream of messages.
    fn flight(&self) -> Vec<u8> {
        [self.message(), message(11, &[1; 300]), message(14, &[])].concat()
    }
}

/// The reading of these pieces.
fn reading<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, end: End) -> Answer {
    let mut reader = Reader::default();
    pieces.into_iter().find_map(|piece| reader.feed(piece)).unwrap_or_else(|| reader.end(end))
}

fn alert(level: u8, description: u8) -> Alert {
    Alert { level: AlertLevel(level), description: AlertDescription(description) }
}
