//! How an upstream that speaks TLS begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an upstream begins a connection of TLS where it is not to be trusted (RFC 9525, RFC 9325 section 3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// With a certificate that is no longer valid.
    Expired,
    /// With one that is not yet valid.
    NotYetValid,
    /// With one that it signed itself.
    SelfSigned,
    /// With one of an authority that nobody was told to trust.
    UnknownAuthority,
    /// With one for another host.
    OtherHost,
    /// With one that is good for clients only.
    ClientOnly,
    /// By TLS 1.1, and no other version.
    Tls11,
    /// By suites that no client may offer, and no others (RFC 9325 section 4.1): none that encrypts, that asks who the server
    /// is, or that takes more than RC4, DES or a key of 40 bits.
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
