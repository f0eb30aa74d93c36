//! What an endpoint does with every version and suite: facts only, as they stand in a trace, and the questions that a
//! judge asks of them.

use serde::{Deserialize, Serialize};

use super::answer::{Answer, ServerHello, Standing};
use super::number::{Compression, Version};
use super::suite::{Class, Suite};

/// The answers of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Each version offered alone, oldest first.
    pub versions: Vec<VersionProbe>,
    /// The suites of TLS 1.2, class by class, best first. Empty if the endpoint answered to no version.
    pub classes: Vec<ClassProbe>,
    /// The answer to a hello that prefers compression. Nothing if the endpoint answered to no version.
    pub compression: Option<VersionProbe>,
    /// The answer to TLS 1.1 with the word that something newer failed before: RFC 7507. Nothing if the endpoint
    /// answered to no version.
    pub fallback: Option<VersionProbe>,
}

/// A version that was offered, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionProbe {
    /// The version.
    pub offered: Version,
    /// What came back.
    pub answer: Answer,
}

impl VersionProbe {
    /// Whether the version was taken.
    pub fn standing(&self) -> Standing {
        self.answer.standing_of(self.offered)
    }
}

/// What became of a class's suites under TLS 1.2. Each stands in one of the three lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassProbe {
    /// The class.
    pub class: Class,
    /// Suites that the endpoint chose and spoke on with, in its order.
    pub accepted: Vec<Suite>,
    /// Suites that it chose, to break off with an alert.
    pub withdrawn: Vec<Suite>,
    /// Suites that it never chose.
    pub remaining: Vec<Suite>,
    /// The answer to the remaining suites. Nothing if none remain.
    pub end: Option<Answer>,
}

impl ClassProbe {
    /// Whether the endpoint takes any suite of the class; refused only if it refused every one of them.
    pub fn standing(&self) -> Standing {
        match &self.end {
            _ if !self.accepted.is_empty() => Standing::Accepted,
            None => Standing::Refused,
            Some(end) => match end.standing_of(Version::TLS12) {
                // It took what was not offered: that says nothing of what was.
                Standing::Accepted => Standing::Undecided,
                standing => standing,
            },
        }
    }
}

impl Survey {
    /// Whether the endpoint speaks this version.
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

    /// Whether it speaks TLS 1.1 even with a client that could do better. Undecided if it does not do better itself:
    /// then there is nothing to fall back from.
    pub fn falls_back(&self) -> Standing {
        let newer =
            [Version::TLS12, Version::TLS13].into_iter().any(|version| self.speaks(version) == Standing::Accepted);
        self.fallback.as_ref().filter(|_| newer).map_or(Standing::Undecided, VersionProbe::standing)
    }

    /// Whether it promises secure renegotiation, RFC 5746, in the newest version before TLS 1.3 that it speaks. Nothing
    /// if it speaks none.
    pub fn secures_renegotiation(&self) -> Option<bool> {
        self.newest_before_tls13().map(|hello| hello.secure_renegotiation)
    }

    /// What it chose in the newest version before TLS 1.3 that it speaks.
    pub fn newest_before_tls13(&self) -> Option<&ServerHello> {
        let old = |probe: &&VersionProbe| probe.offered < Version::TLS13 && probe.standing() == Standing::Accepted;
        self.versions.iter().filter(old).max_by_key(|probe| probe.offered)?.answer.hello()
    }

    /// Whether the endpoint said anything at all, so that more questions are worth their time.
    pub fn answered(&self) -> bool {
        self.versions.iter().any(|probe| !matches!(probe.answer, Answer::Silent | Answer::Unreachable))
    }
}
