//! How an upstream begins a TLS connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an untrustworthy upstream begins a TLS connection (RFC 9525, RFC 9325 section 3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// With an expired certificate.
    Expired,
    /// With a certificate that is not yet valid.
    NotYetValid,
    /// With a self-signed certificate.
    SelfSigned,
    /// With a certificate of an unknown authority.
    UnknownAuthority,
    /// With a certificate for another host.
    OtherHost,
    /// With a certificate for clients only.
    ClientOnly,
    /// With TLS 1.1 only.
    Tls11,
    /// With only suites that no client may offer (RFC 9325 section 4.1): without encryption or server authentication,
    /// or with RC4, DES or 40-bit keys.
    WeakSuites,
}

impl Handshake {
    /// All of them, for tests and lists.
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::NotYetValid,
        Self::SelfSigned,
        Self::UnknownAuthority,
        Self::OtherHost,
        Self::ClientOnly,
        Self::Tls11,
        Self::WeakSuites,
    ];
}
