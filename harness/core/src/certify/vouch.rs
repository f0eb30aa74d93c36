//! The certificate: a certifier vouches for a run statement, for a time.

use std::fmt;
use std::str::FromStr;

use super::score::Outcome;
use super::statement::{Descriptor, STATEMENT, Statement, TestResult, VOUCHED, Verifier, Vouched};
use super::{Envelope, Subject};
use crate::scenario::Profile;
use crate::vocab::Digest;

/// A second, in UTC: `2026-11-30T12:00:00Z`. Moments compare as their texts do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(String);

impl Moment {
    /// The earliest that can be written.
    pub fn earliest() -> Self {
        Self("0000-00-00T00:00:00Z".to_owned())
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "0000-00-00T00:00:00Z";
        let fits = |(given, wanted): (u8, u8)| if wanted == b'0' { given.is_ascii_digit() } else { given == wanted };
        let valid = text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits);
        valid.then(|| Self(text.to_owned())).ok_or_else(|| format!("`{text}` is no time such as 2026-11-30T12:00:00Z"))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a certifier says about itself.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Its URI.
    pub verifier: String,
    /// Version of Pincer.
    pub pincer: String,
    /// Now.
    pub time: Moment,
    /// Until when the certificate may be relied on.
    pub until: Moment,
}

/// The certificate for a run statement in its envelope.
pub fn vouch(
    run: &Envelope,
    statement: &Statement<TestResult>,
    profile: &Profile,
    terms: &Terms,
) -> Statement<Vouched> {
    let subject = statement.subject.first().cloned().unwrap_or_default();
    let met = statement.predicate.result != Outcome::Failed;
    let uri = subject.name.clone().unwrap_or_default();
    Statement {
        kind: STATEMENT.to_owned(),
        subject: vec![subject],
        predicate_type: VOUCHED.to_owned(),
        predicate: Vouched {
            verifier: Verifier {
                id: terms.verifier.clone(),
                version: [("pincer".to_owned(), terms.pincer.clone())].into_iter().collect(),
            },
            time_verified: terms.time.to_string(),
            resource_uri: uri,
            policy: policy(profile),
            input_attestations: vec![Descriptor::named("run statement", Some(run.digest()))],
            verification_result: if met { "PASSED" } else { "FAILED" }.to_owned(),
            verified_levels: if met { vec![profile.level()] } else { Vec::new() },
            valid_until: terms.until.to_string(),
        },
    }
}

fn policy(profile: &Profile) -> Descriptor {
    let policy = Descriptor::named(&profile.name, Some(profile.digest));
    policy.at(format!("urn:pincer:profile:{}", profile.name))
}

impl Vouched {
    /// Whether it is about this run statement.
    pub(super) fn is_of(&self, run: &Envelope) -> bool {
        matches!(self.input_attestations.as_slice(), [one] if one.sha256() == Some(run.digest()))
    }

    /// Whether it names this profile.
    pub(super) fn is_by(&self, profile: &Profile) -> bool {
        self.policy == policy(profile)
    }
}

impl Statement<TestResult> {
    /// What it is about.
    pub fn about(&self) -> Option<Subject> {
        let [one] = self.subject.as_slice() else { return None };
        Some(Subject { name: one.name.clone()?, digest: one.sha256()? })
    }

    /// Name and digest of the profile.
    pub fn profile(&self) -> Option<(&str, Digest)> {
        let part = self.predicate.part("profile")?;
        Some((part.name.as_deref()?, part.sha256()?))
    }
}
