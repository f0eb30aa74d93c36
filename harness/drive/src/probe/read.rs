//! Reads the answer to a hello. Bytes come in, in pieces of any size, and finally how the connection ended; one
//! [`Answer`] goes out, the same for all divisions into pieces.

use pincer_core::observe::tls::{
    Alert, AlertDescription, AlertLevel, Answer, Compression, Flaw, ServerHello, Suite, Then, Version,
};
use pincer_core::vocab::Octets;

use super::hello::{RENEGOTIATION_INFO, SUPPORTED_VERSIONS};

/// Reads one answer.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Bytes taken so far.
    bytes: usize,
    /// An incomplete record.
    records: Vec<u8>,
    /// An incomplete handshake message: records may end inside messages (RFC 5246 6.2.1).
    messages: Vec<u8>,
    /// An incomplete alert.
    alerts: Vec<u8>,
    /// The last alert after which the handshake continued.
    warning: Option<Alert>,
    /// The server's choice, while its messages continue.
    hello: Option<ServerHello>,
}

/// How a connection ended without a complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The server closed it.
    Closed,
    /// It broke.
    Reset,
    /// The deadline came first.
    Silent,
}

impl Reader {
    /// Takes the next bytes; returns the answer as soon as it is certain. Further bytes are not needed then.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<Answer> {
        let room = MOST - self.bytes;
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.bytes += taken.len();
        self.records.extend_from_slice(taken);
        match self.advance() {
            Ok(None) if self.bytes == MOST => Some(self.flawed(Flaw::Endless)),
            Ok(answer) => answer,
            Err(flaw) => Some(self.flawed(flaw)),
        }
    }

    /// The answer if nothing more comes.
    pub(super) fn end(&self, end: End) -> Answer {
        match (&self.hello, self.warning, end) {
            (Some(hello), _, _) => Answer::Hello { hello: hello.clone(), then: Then::Cut },
            (None, Some(warning), End::Closed | End::Reset) => Answer::Alert(warning),
            _ if self.bytes > 0 => Answer::Incomplete { bytes: u64::try_from(self.bytes).unwrap_or(u64::MAX) },
            (_, _, End::Closed) => Answer::Closed,
            (_, _, End::Reset) => Answer::Reset,
            (_, _, End::Silent) => Answer::Silent,
        }
    }

    fn flawed(&self, flaw: Flaw) -> Answer {
        match &self.hello {
            Some(hello) => Answer::Hello { hello: hello.clone(), then: Then::Cut },
            None => Answer::Garbage(flaw),
        }
    }

    fn advance(&mut self) -> Result<Option<Answer>, Flaw> {
        while let Some((kind, fragment)) = self.record()? {
            let answer = match kind {
                ALERT => self.alert(&fragment),
                HANDSHAKE => self.handshake(&fragment)?,
                other => return Err(Flaw::Record(other)),
            };
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }

    /// The next complete record: content type, version, length, fragment (RFC 5246 6.2.1).
    fn record(&mut self) -> Result<Option<(u8, Vec<u8>)>, Flaw> {
        let Some((header, rest)) = self.records.split_first_chunk::<5>() else {
            return Ok(None);
        };
        let [kind, major, _, high, low] = *header;
        // 20 to 24: RFC 5246 6.2.1 and RFC 6520 3. Every version since SSL 3.0 has the major number 3.
        if !(20..=24).contains(&kind) || major != 3 {
            return Err(Flaw::NotTls { header: Octets(header.to_vec()) });
        }
        let length = u16::from_be_bytes([high, low]);
        if length == 0 || length > LONGEST_FRAGMENT {
            return Err(Flaw::Length(length));
        }
        let Some(fragment) = rest.get(..length.into()).map(<[u8]>::to_vec) else {
            return Ok(None);
        };
        self.records.drain(..header.len() + fragment.len());
        Ok(Some((kind, fragment)))
    }

    fn alert(&mut self, fragment: &[u8]) -> Option<Answer> {
        self.alerts.extend_from_slice(fragment);
        while let Some((&[level, description], rest)) = self.alerts.split_first_chunk() {
            let alert = Alert { level: AlertLevel(level), description: AlertDescription(description) };
            self.alerts = rest.to_vec();
            // A server that does not know the name may warn and continue: RFC 6066 3.
            if alert.level == AlertLevel::WARNING && alert.description != AlertDescription::CLOSE_NOTIFY {
                self.warning = Some(alert);
                continue;
            }
            return Some(match self.hello.take() {
                Some(hello) => Answer::Hello { hello, then: Then::Alert(alert) },
                None => Answer::Alert(alert),
            });
        }
        None
    }

    fn handshake(&mut self, fragment: &[u8]) -> Result<Option<Answer>, Flaw> {
        self.messages.extend_from_slice(fragment);
        // Message type and length: RFC 5246 7.4.
        while let Some((&[kind, high, middle, low], rest)) = self.messages.split_first_chunk() {
            match (kind, self.hello.is_some()) {
                (HELLO_REQUEST, _) | (SERVER_HELLO, false) => {}
                (kind, true) if FLIGHT.contains(&kind) || kind == SERVER_HELLO_DONE => {}
                (kind, _) => return Err(Flaw::Message(kind)),
            }
            let length = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or(usize::MAX);
            let Some((body, rest)) = rest.split_at_checked(length) else {
                return Ok(None);
            };
            if kind == SERVER_HELLO {
                let hello = server_hello(body).ok_or(Flaw::ServerHello)?;
                if hello.version >= Version::TLS13 {
                    return Ok(Some(Answer::Hello { hello, then: Then::Complete }));
                }
                self.hello = Some(hello);
            }
            self.messages = rest.to_vec();
            if kind == SERVER_HELLO_DONE {
                return Ok(self.hello.take().map(|hello| Answer::Hello { hello, then: Then::Complete }));
            }
        }
        Ok(None)
    }
}

/// A `ServerHello`'s body: RFC 5246 7.4.1.3, RFC 8446 4.1.3. None if its parts do not fit together.
fn server_hello(body: &[u8]) -> Option<ServerHello> {
    let (&legacy, rest) = body.split_first_chunk()?;
    let (random, rest) = rest.split_first_chunk::<32>()?;
    let (&session, rest) = rest.split_first()?;
    // At most 32 bytes: RFC 5246 7.4.1.2.
    let rest = rest.get(session.into()..).filter(|_| session <= 32)?;
    let (&suite, rest) = rest.split_first_chunk()?;
    let (&compression, rest) = rest.split_first()?;
    let legacy = Version(u16::from_be_bytes(legacy));
    let mut hello = ServerHello {
        version: legacy,
        suite: Suite(u16::from_be_bytes(suite)),
        compression: Compression(compression),
        secure_renegotiation: false,
        retry: false,
    };
    let mut extensions = if rest.is_empty() { rest } else { sized(rest).filter(|(_, rest)| rest.is_empty())?.0 };
    while let Some((&kind, rest)) = extensions.split_first_chunk() {
        let (content, rest) = sized(rest)?;
        match u16::from_be_bytes(kind) {
            SUPPORTED_VERSIONS => hello.version = Version(u16::from_be_bytes(content.try_into().ok()?)),
            // There was no earlier handshake, so the binding is empty, one zero byte: RFC 5746 3.6.
            RENEGOTIATION_INFO => hello.secure_renegotiation = content == [0],
            _ => {}
        }
        extensions = rest;
    }
    hello.retry = hello.version >= Version::TLS13 && *random == RETRY;
    // The extension is for TLS 1.3 and later, the legacy field for earlier versions: RFC 8446 4.2.1.
    let told = if hello.version == legacy {
        legacy < Version::TLS13
    } else {
        legacy == Version::TLS12 && hello.version >= Version::TLS13
    };
    (told && extensions.is_empty()).then_some(hello)
}

/// Splits off a vector with a length of two bytes: RFC 5246 4.3.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(length).into())
}

/// Most bytes read of an answer: a choice and a certificate chain, of which the longest in use have about 20 KiB.
const MOST: usize = 1 << 16;
/// Longest fragment of a record, in bytes: RFC 5246 6.2.1.
const LONGEST_FRAGMENT: u16 = 1 << 14;
/// Content types: RFC 5246 6.2.1.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Message types: RFC 5246 7.4.
const HELLO_REQUEST: u8 = 0;
const SERVER_HELLO: u8 = 2;
const SERVER_HELLO_DONE: u8 = 14;
/// Messages that a server may send between its choice and its end: Certificate, `ServerKeyExchange`,
/// `CertificateRequest` (RFC 5246 7.4), `CertificateStatus` (RFC 6066 8).
const FLIGHT: [u8; 4] = [11, 12, 13, 22];
/// The random value that makes a `ServerHello` a `HelloRetryRequest`: RFC 8446 4.1.3.
pub(super) const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
