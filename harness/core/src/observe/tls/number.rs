//! The numbers of the handshake other than suites: versions, compression methods, groups, alerts.

use super::code::code;

code! {
    /// A protocol version, as its two bytes.
    Version(u16), "a TLS version", VERSIONS.into_iter()
}

code! {
    /// A compression method.
    Compression(u8), "a compression method", COMPRESSIONS.into_iter()
}

code! {
    /// A group for key exchange.
    Group(u16), "a group", GROUPS.into_iter()
}

code! {
    /// The severity of an alert.
    AlertLevel(u8), "an alert's level", LEVELS.into_iter()
}

code! {
    /// The meaning of an alert.
    AlertDescription(u8), "an alert's description", DESCRIPTIONS.into_iter()
}

impl Version {
    /// SSL 3.0: RFC 6101 5.6.1.
    pub const SSL30: Self = Self(0x0300);
    /// TLS 1.0: RFC 2246 6.2.1.
    pub const TLS10: Self = Self(0x0301);
    /// TLS 1.1: RFC 4346 6.2.1.
    pub const TLS11: Self = Self(0x0302);
    /// TLS 1.2: RFC 5246 6.2.1.
    pub const TLS12: Self = Self(0x0303);
    /// TLS 1.3: RFC 8446 4.2.1.
    pub const TLS13: Self = Self(0x0304);
    /// All of them, oldest first.
    pub const ALL: [Self; 5] = [Self::SSL30, Self::TLS10, Self::TLS11, Self::TLS12, Self::TLS13];
}

impl Compression {
    /// None: RFC 5246 7.4.1.2.
    pub const NULL: Self = Self(0);
    /// DEFLATE: RFC 3749 2.1.
    pub const DEFLATE: Self = Self(1);
    /// LZS: RFC 3943 2.2.
    pub const LZS: Self = Self(64);
}

impl Group {
    /// X25519: RFC 8446 4.2.7.
    pub const X25519: Self = Self(0x001d);
    /// The curves that servers know, best first: RFC 8446 4.2.7, RFC 8422 5.1.1.
    pub const CURVES: [Self; 5] = [Self::X25519, Self(0x0017), Self(0x0018), Self(0x0019), Self(0x001e)];
    /// The finite fields: RFC 7919 2.
    pub const FIELDS: [Self; 2] = [Self(0x0100), Self(0x0101)];
}

impl AlertLevel {
    /// The connection may continue: RFC 5246 7.2.
    pub const WARNING: Self = Self(1);
    /// The connection is over: RFC 5246 7.2.
    pub const FATAL: Self = Self(2);
}

impl AlertDescription {
    /// The sender will send no more: RFC 5246 7.2.1.
    pub const CLOSE_NOTIFY: Self = Self(0);
    /// The client fell back below the server's newest version: RFC 7507 3.
    pub const INAPPROPRIATE_FALLBACK: Self = Self(86);
}

const VERSIONS: [(u16, &str); 5] =
    [(0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1"), (0x0303, "TLS 1.2"), (0x0304, "TLS 1.3")];

const COMPRESSIONS: [(u8, &str); 3] = [(0, "null"), (1, "deflate"), (64, "lzs")];

const GROUPS: [(u16, &str); 7] = [
    (0x0017, "secp256r1"),
    (0x0018, "secp384r1"),
    (0x0019, "secp521r1"),
    (0x001d, "x25519"),
    (0x001e, "x448"),
    (0x0100, "ffdhe2048"),
    (0x0101, "ffdhe3072"),
];

const LEVELS: [(u8, &str); 2] = [(1, "warning"), (2, "fatal")];

/// RFC 8446 6, and alerts that it no longer lists: RFC 6101 5.4 (41), RFC 2246 7.2 (21, 60), RFC 5246 7.2 (30, 100),
/// RFC 6066 9 (111, 114), RFC 7507 3 (86).
const DESCRIPTIONS: [(u8, &str); 34] = [
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
];
