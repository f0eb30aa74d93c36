//! How an endpoint handles every version and suite: the facts in a trace, and the questions that a judge asks about
//! them.

use serde::{Deserialize, Serialize};

use super::answer::{Answer, ServerHello, Standing};
use super::number::{Compression, Version};
use super::suite::{Class, Suite};

/// The answers of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Each version offered alone, oldest first.
    pub versions: Vec<VersionProbe>,
    /// The suites of TLS 1.2, class by class, best first. Empty if the endpoint answered no version.
    pub classes: Vec<ClassProbe>,
    /// The answer to a hello that prefers compression. None if the endpoint answered no version.
    pub compression: Option<VersionProbe>,
    /// The answer to TLS 1.1 with the fallback signal: RFC 7507. None if the endpoint answered no version.
    pub fallback: Option<VersionProbe>,
}

/// An offered version, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionProbe {
    /// The version.
    pub offered: Version,
    /// The answer.
    pub answer: Answer,
}

impl VersionProbe {
    /// Whether the version was accepted.
    pub fn standing(&self) -> Standing {
        self.answer.standing_of(self.offered)
    }
}

/// The suites of a class under TLS 1.2. Each is in one of the three lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassProbe {
    /// The class.
    pub class: Class,
    /// Suites that the endpoint chose and continued with, in its order.
    pub accepted: Vec<Suite>,
    /// Suites that it chose and then rejected with an alert.
    pub withdrawn: Vec<Suite>,
    /// Suites that it never chose.
    pub remaining: Vec<Suite>,
    /// The answer to the remaining suites. None if no suite remains.
    pub end: Option<Answer>,
}

impl ClassProbe {
    /// Whether the endpoint accepts any suite of the class; refused only if it refused every one.
    pub fn standing(&self) -> Standing {
        match &self.end {
            _ if !self.accepted.is_empty() => Standing::Accepted,
            None => Standing::Refused,
            Some(end) => match end.standing_of(Version::TLS12) {
                // It accepted what was not offered, which says nothing about the offer.
                Standing::Accepted => Standing::Undecided,
                standing => standing,
            },
        }
    }
}

impl Survey {
    /// Whether the endpoint supports this version.
    pub fn speaks(&self, version: Version) -> Standing {
        let probe = self.versions.iter().find(|probe| probe.offered == version);
        probe.map_or(Standing::Undecided, VersionProbe::standing)
    }

    /// Whether it chose a compression method other than none.
    pub fn compresses(&self) -> Standing {
        let Some(probe) = &self.compression else {
            return Standing::Undecided;
        };
        match probe.answer.hello() {
            Some(hello) if hello.compression == Compression::NULL => Standing::Refused,
            _ => probe.answer.standing(),
        }
    }

    /// Whether it accepts TLS 1.1 even from a client that signals a fallback. Undecided if it supports nothing newer:
    /// then there is no fallback.
    pub fn falls_back(&self) -> Standing {
        let newer =
            [Version::TLS12, Version::TLS13].into_iter().any(|version| self.speaks(version) == Standing::Accepted);
        self.fallback.as_ref().filter(|_| newer).map_or(Standing::Undecided, VersionProbe::standing)
    }

    /// Whether it confirms secure renegotiation, RFC 5746, in its newest version before TLS 1.3. None if it supports
    /// none.
    pub fn secures_renegotiation(&self) -> Option<bool> {
        self.newest_before_tls13().map(|hello| hello.secure_renegotiation)
    }

    /// Its choice in its newest version before TLS 1.3.
    pub fn newest_before_tls13(&self) -> Option<&ServerHello> {
        let old = |probe: &&VersionProbe| probe.offered < Version::TLS13 && probe.standing() == Standing::Accepted;
        self.versions.iter().filter(old).max_by_key(|probe| probe.offered)?.answer.hello()
    }

    /// Whether the endpoint answered at all, so that further probes are worth their time.
    pub fn answered(&self) -> bool {
        self.versions.iter().any(|probe| !matches!(probe.answer, Answer::Silent | Answer::Unreachable))
    }
}
