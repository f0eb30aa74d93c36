//! Writes a `ClientHello`. The offer and the random parts come in; one record goes out. Nothing is checked for sense: a
//! probe offers what no client would.

use pincer_core::observe::tls::{Class, Compression, Group, Suite, Version};
use rustls::pki_types::DnsName;

use super::error::TooLong;

/// The offer of a `ClientHello`. An empty list omits its extension.
#[derive(Debug, Clone)]
pub(super) struct Hello {
    /// Versions, best first. The newest up to TLS 1.2 goes into the legacy version field; TLS 1.3 adds the extensions
    /// that only it needs.
    pub(super) versions: Vec<Version>,
    /// Suites, best first.
    pub(super) suites: Vec<Suite>,
    /// Compression methods, best first.
    pub(super) compression: Vec<Compression>,
    /// Whether to signal a fallback from a newer version: RFC 7507.
    pub(super) fallback_scsv: bool,
    /// How to signal secure renegotiation.
    pub(super) renegotiation: Renegotiation,
    /// The server's name, for hosts with several: RFC 6066 3.
    pub(super) server_name: Option<DnsName<'static>>,
    /// Groups, best first.
    pub(super) groups: Vec<Group>,
    /// Signature schemes by number, best first: RFC 8446 4.2.3.
    pub(super) signatures: Vec<u16>,
    /// Whether to offer the extended master secret: RFC 7627 5.1.
    pub(super) extended_master_secret: bool,
}

/// How a hello signals secure renegotiation: RFC 5746 3.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renegotiation {
    /// Not at all, like a client that does not know the attack.
    Unmentioned,
    /// By the signalling suite, for servers that fail on extensions.
    Scsv,
    /// By the extension.
    Extension,
}

/// The random parts of a hello.
#[derive(Debug, Clone, Copy)]
pub(super) struct Randoms {
    /// The client's random.
    pub(super) random: [u8; 32],
    /// A public X25519 key: any 32 bytes are valid (RFC 7748 5).
    pub(super) share: [u8; 32],
}

impl Hello {
    /// Only one version, with every suite of its time and everything that helps a server to agree.
    pub(super) fn offering(version: Version, server_name: Option<DnsName<'static>>) -> Self {
        let only13 = version >= Version::TLS13;
        // SSL 3.0 has no extensions: RFC 6101 5.6.1.2.
        let extensions = version > Version::SSL30;
        let mut groups = if extensions { Group::CURVES.to_vec() } else { Vec::new() };
        if only13 {
            // In older versions, finite fields in the list could keep a server from using its own: RFC 7919 4.
            groups.extend(Group::FIELDS);
        }
        Self {
            versions: vec![version],
            suites: if only13 {
                Suite::of(Class::Tls13)
            } else {
                Class::TLS12.into_iter().flat_map(Suite::of).collect()
            },
            compression: vec![Compression::NULL],
            fallback_scsv: false,
            renegotiation: match extensions {
                _ if only13 => Renegotiation::Unmentioned,
                true => Renegotiation::Extension,
                false => Renegotiation::Scsv,
            },
            server_name: server_name.filter(|_| extensions),
            groups,
            // Older versions have no choice of hashes: RFC 5246 7.4.1.4.1.
            signatures: if version >= Version::TLS12 { SIGNATURES.to_vec() } else { Vec::new() },
            extended_master_secret: extensions && !only13,
        }
    }

    /// The record with the hello; fails if a list is too long for its length field.
    pub(super) fn record(&self, randoms: &Randoms) -> Result<Vec<u8>, TooLong> {
        let legacy = self.versions.iter().copied().filter(|version| *version < Version::TLS13).max();
        let legacy = legacy.unwrap_or(Version::TLS12);
        // RFC 5246 7.4.1.2: version, random, session, suites, compression methods, extensions.
        let mut body = legacy.0.to_be_bytes().to_vec();
        body.extend(randoms.random);
        body.extend(sized::<1>(&[], "session")?);
        body.extend(sized::<2>(&self.suites(), "suites")?);
        let compression: Vec<u8> = self.compression.iter().map(|method| method.0).collect();
        body.extend(sized::<1>(&compression, "compression methods")?);
        let extensions = self.extensions(randoms)?;
        if !extensions.is_empty() {
            body.extend(sized::<2>(&extensions, "extensions")?);
        }
        let mut message = vec![CLIENT_HELLO];
        message.extend(sized::<3>(&body, "parts")?);
        if message.len() > LONGEST_FRAGMENT {
            return Err(TooLong("parts"));
        }
        // RFC 5246 E.1 and RFC 8446 5.1: the record says TLS 1.0, for servers that reject newer record versions.
        let outer = legacy.min(Version::TLS10);
        let mut record = vec![HANDSHAKE];
        record.extend(outer.0.to_be_bytes());
        record.extend(sized::<2>(&message, "parts")?);
        Ok(record)
    }

    fn suites(&self) -> Vec<u8> {
        let renegotiation = (self.renegotiation == Renegotiation::Scsv).then_some(Suite::RENEGOTIATION_SCSV);
        let fallback = self.fallback_scsv.then_some(Suite::FALLBACK_SCSV);
        numbers(self.suites.iter().copied().chain(renegotiation).chain(fallback).map(|suite| suite.0))
    }

    fn extensions(&self, randoms: &Randoms) -> Result<Vec<u8>, TooLong> {
        let mut all = Vec::new();
        let mut add = |kind: u16, content: Vec<u8>| {
            all.extend(kind.to_be_bytes());
            all.extend(sized::<2>(&content, "extensions")?);
            Ok(())
        };
        if let Some(name) = &self.server_name {
            // One name of type host_name, which is 0: RFC 6066 3.
            let entry = [vec![0], sized::<2>(name.as_ref().as_bytes(), "server name")?].concat();
            add(SERVER_NAME, sized::<2>(&entry, "server name")?)?;
        }
        if !self.groups.is_empty() {
            let groups = numbers(self.groups.iter().map(|group| group.0));
            add(SUPPORTED_GROUPS, sized::<2>(&groups, "groups")?)?;
            // Only uncompressed points, which are 0, are left: RFC 8422 5.1.2.
            add(EC_POINT_FORMATS, sized::<1>(&[0], "point formats")?)?;
        }
        if !self.signatures.is_empty() {
            let signatures = numbers(self.signatures.iter().copied());
            add(SIGNATURE_ALGORITHMS, sized::<2>(&signatures, "signatures")?)?;
        }
        if self.extended_master_secret {
            add(EXTENDED_MASTER_SECRET, Vec::new())?;
        }
        if self.renegotiation == Renegotiation::Extension {
            // There is no earlier handshake to bind to: RFC 5746 3.4.
            add(RENEGOTIATION_INFO, sized::<1>(&[], "renegotiation")?)?;
        }
        if self.versions.contains(&Version::TLS13) {
            let versions = numbers(self.versions.iter().map(|version| version.0));
            add(SUPPORTED_VERSIONS, sized::<1>(&versions, "versions")?)?;
            let share = [Group::X25519.0.to_be_bytes().to_vec(), sized::<2>(&randoms.share, "share")?].concat();
            add(KEY_SHARE, sized::<2>(&share, "share")?)?;
        }
        Ok(all)
    }
}

/// Content after its length in `N` bytes, high byte first: RFC 5246 4.3.
fn sized<const N: usize>(content: &[u8], what: &'static str) -> Result<Vec<u8>, TooLong> {
    let length = content.len().to_be_bytes();
    match length.split_last_chunk::<N>() {
        Some((over, length)) if over.iter().all(|byte| *byte == 0) => Ok([length, content].concat()),
        _ => Err(TooLong(what)),
    }
}

fn numbers(numbers: impl Iterator<Item = u16>) -> Vec<u8> {
    numbers.flat_map(u16::to_be_bytes).collect()
}

/// Content type of a handshake record: RFC 5246 6.2.1.
const HANDSHAKE: u8 = 22;
/// Message type of a `ClientHello`: RFC 5246 7.4.
const CLIENT_HELLO: u8 = 1;
/// Longest fragment of a record, in bytes: RFC 5246 6.2.1.
const LONGEST_FRAGMENT: usize = 1 << 14;
/// RFC 6066 1.1.
const SERVER_NAME: u16 = 0;
/// RFC 8422 5.1, named `elliptic_curves` there; RFC 8446 4.2.
const SUPPORTED_GROUPS: u16 = 10;
/// RFC 8422 5.1.
const EC_POINT_FORMATS: u16 = 11;
/// RFC 5246 7.4.1.4; RFC 8446 4.2.
const SIGNATURE_ALGORITHMS: u16 = 13;
/// RFC 7627 5.1.
const EXTENDED_MASTER_SECRET: u16 = 23;
/// RFC 8446 4.2.
pub(super) const SUPPORTED_VERSIONS: u16 = 43;
/// RFC 8446 4.2.
const KEY_SHARE: u16 = 51;
/// RFC 5746 3.2.
pub(super) const RENEGOTIATION_INFO: u16 = 0xff01;

/// ECDSA, PSS, Ed25519, PKCS #1 (RFC 8446 4.2.3), then SHA-1 and DSA (RFC 5246 7.4.1.4.1), so that every certificate is
/// usable.
const SIGNATURES: [u16; 17] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0807, 0x0401, 0x0501, 0x0601, 0x0203,
    0x0201, 0x0402, 0x0202,
];
