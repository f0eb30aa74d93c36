//! The two statements as JSON: in-toto Statement v1 with a test result or a verification summary.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::score::Outcome;
use crate::vocab::Digest;

/// Type of the statement.
pub(super) const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// Type of the run statement's predicate.
pub(super) const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
/// Type of the certificate's predicate.
pub(super) const VOUCHED: &str = "https://slsa.dev/verification_summary/v1";

/// An in-toto statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Statement<P> {
    /// `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub kind: String,
    /// What it is about.
    pub subject: Vec<Descriptor>,
    /// The type of the predicate.
    pub predicate_type: String,
    /// What it says.
    pub predicate: P,
}

/// A resource descriptor of in-toto. Numbers in annotations become doubles for some readers, so counters stand there as
/// texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Descriptor {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Digests by algorithm, in hexadecimal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// All else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, Value>,
}

impl Descriptor {
    /// A descriptor with a name and a digest.
    pub fn named(name: impl Into<String>, digest: Option<Digest>) -> Self {
        let digest = digest.map(|digest| ("sha256".to_owned(), digest.hex())).into_iter().collect();
        Self { name: Some(name.into()), digest, ..Self::default() }
    }

    /// The same, with a URI.
    #[must_use]
    pub fn at(self, uri: impl Into<String>) -> Self {
        Self { uri: Some(uri.into()), ..self }
    }

    /// The same, with an annotation.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.annotations.insert(key.to_owned(), value.into());
        self
    }

    /// Its SHA-256.
    pub fn sha256(&self) -> Option<Digest> {
        Digest::from_hex(self.digest.get("sha256")?)
    }

    /// An annotation that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.annotations.get(key)?.as_str()
    }
}

/// The predicate of the run statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TestResult {
    /// Whether the profile is met.
    pub result: Outcome,
    /// Profile, catalogue, harness, target, waivers, results, evidence and run, in this order.
    pub configuration: Vec<Descriptor>,
    /// Controls that passed.
    pub passed_tests: Vec<String>,
    /// Controls of which a SHOULD is broken.
    pub warned_tests: Vec<String>,
    /// Controls that failed, or of which nothing was proven.
    pub failed_tests: Vec<String>,
}

/// The names of the configuration's parts, in their order.
pub(super) const PARTS: [&str; 8] =
    ["profile", "catalogue", "harness", "target", "waivers", "results", "evidence", "run"];

impl TestResult {
    /// A part of the configuration, by its name.
    pub fn part(&self, name: &str) -> Option<&Descriptor> {
        self.configuration.get(PARTS.iter().position(|part| *part == name)?)
    }
}

/// The predicate of the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Vouched {
    /// Who vouches.
    pub verifier: Verifier,
    /// When, RFC 3339.
    pub time_verified: String,
    /// What for.
    pub resource_uri: String,
    /// The profile.
    pub policy: Descriptor,
    /// The run statement.
    pub input_attestations: Vec<Descriptor>,
    /// `PASSED` or `FAILED`.
    pub verification_result: String,
    /// What it shows.
    pub verified_levels: Vec<String>,
    /// Until when it may be relied on, RFC 3339. Verification summaries have no such field of their own.
    #[serde(rename = "pincer_validUntil")]
    pub valid_until: String,
}

/// Who vouches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// URI of the certifier.
    pub id: String,
    /// Versions of its tools.
    pub version: BTreeMap<String, String>,
}
