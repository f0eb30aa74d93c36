//! Cipher suites by number, name and class.

mod ephemeral;
mod weak;

use serde::{Deserialize, Serialize};

use super::code::code;

/// A suite's number and its registered name.
type Named = (u16, &'static str);

code! {
    /// A cipher suite, by its number in IANA's registry.
    Suite(u16), "a cipher suite", named()
}

impl Suite {
    /// Says that this hello is a fallback from a newer version: RFC 7507 2.
    pub const FALLBACK_SCSV: Self = Self(0x5600);
    /// Means the same as an empty `renegotiation_info`: RFC 5746 3.3.
    pub const RENEGOTIATION_SCSV: Self = Self(0x00ff);

    /// The suites of a class, in the order of their numbers.
    pub fn of(class: Class) -> Vec<Self> {
        class.table().iter().map(|(number, _)| Self(*number)).collect()
    }

    /// The suite's class; none for an unknown suite.
    pub fn class(self) -> Option<Class> {
        let known = |class: &Class| class.table().iter().any(|(number, _)| *number == self.0);
        std::iter::once(Class::Tls13).chain(Class::TLS12).find(known)
    }
}

/// The quality of a suite: its worst property, if it has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A suite of TLS 1.3.
    Tls13,
    /// Authenticated encryption with forward secrecy: what RFC 9325 4.2 recommends.
    Aead,
    /// CBC with an HMAC of the SHA-2 family, with forward secrecy.
    CbcSha2,
    /// CBC with HMAC-SHA1, with forward secrecy.
    CbcSha1,
    /// Key transport by RSA or static Diffie-Hellman, whatever the cipher: RFC 9325 4.1 advises against it.
    StaticKey,
    /// Triple DES: less than 128 bits of strength, RFC 9325 4.1.
    TripleDes,
    /// DES and IDEA: RFC 5469 4.
    Des,
    /// RC4: forbidden by RFC 7465 2.
    Rc4,
    /// Keys of 40 bits: forbidden by RFC 9325 4.1.
    Export,
    /// No encryption: forbidden by RFC 9325 4.1.
    Null,
    /// No authentication of the server, whatever the cipher.
    Anonymous,
}

impl Class {
    /// The classes of TLS 1.2 and before, best first.
    pub const TLS12: [Self; 10] = [
        Self::Aead,
        Self::CbcSha2,
        Self::CbcSha1,
        Self::StaticKey,
        Self::TripleDes,
        Self::Des,
        Self::Rc4,
        Self::Export,
        Self::Null,
        Self::Anonymous,
    ];

    fn table(self) -> &'static [Named] {
        match self {
            Self::Tls13 => ephemeral::TLS13,
            Self::Aead => ephemeral::AEAD,
            Self::CbcSha2 => ephemeral::CBC_SHA2,
            Self::CbcSha1 => ephemeral::CBC_SHA1,
            Self::StaticKey => weak::STATIC_KEY,
            Self::TripleDes => weak::TRIPLE_DES,
            Self::Des => weak::DES,
            Self::Rc4 => weak::RC4,
            Self::Export => weak::EXPORT,
            Self::Null => weak::NULL,
            Self::Anonymous => weak::ANONYMOUS,
        }
    }
}

/// All named suites.
fn named() -> impl Iterator<Item = Named> {
    std::iter::once(Class::Tls13).chain(Class::TLS12).flat_map(|class| class.table().iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The class derived only from the name, to check the tables.
    fn class_by_name(name: &str) -> Class {
        let has = |word: &str| name.contains(word);
        let ephemeral = name.starts_with("TLS_ECDHE_") || name.starts_with("TLS_DHE_");
        match () {
            () if !has("_WITH_") => Class::Tls13,
            () if has("_anon_") => Class::Anonymous,
            () if has("_NULL_") => Class::Null,
            () if has("_EXPORT_") => Class::Export,
            () if has("_RC4_") => Class::Rc4,
            () if has("_3DES_") => Class::TripleDes,
            () if has("_DES_") || has("_IDEA_") => Class::Des,
            () if !ephemeral => Class::StaticKey,
            () if !has("_CBC_") => Class::Aead,
            () if name.ends_with("_SHA") => Class::CbcSha1,
            () => Class::CbcSha2,
        }
    }

    #[test]
    fn each_suite_is_listed_once_and_in_the_class_of_its_name() {
        let numbers: BTreeSet<_> = named().map(|(number, _)| number).collect();
        assert_eq!(numbers.len(), named().count());
        assert_eq!(numbers.len(), 223);
        for (number, name) in named() {
            assert_eq!(Suite(number).class(), Some(class_by_name(name)), "{name}");
        }
    }

    #[test]
    fn names_and_numbers_read_back() {
        for (text, suite) in [("TLS_RSA_WITH_RC4_128_SHA", Suite(5)), ("0x5600", Suite::FALLBACK_SCSV)] {
            assert_eq!(suite.to_string(), text);
            assert_eq!(text.parse::<Suite>().unwrap(), suite);
        }
        assert!("TLS_RSA_WITH_RC5".parse::<Suite>().is_err());
    }
}
