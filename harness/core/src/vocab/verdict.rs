//! Verdicts, levels, reasons and exit codes: the API that programs read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The benign calls worked, the attack was delivered and every expectation held.
    Pass,
    /// An expectation of a MUST control broke.
    Fail,
    /// An expectation of a SHOULD control broke.
    Warn,
    /// Nothing could be proven; the reason says why.
    Inconclusive,
    /// The target does not declare what the scenario needs.
    NotApplicable,
    /// An error in Pincer.
    Error,
}

impl Verdict {
    /// Every verdict, in the order of summaries.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Fail, Self::Warn, Self::Inconclusive, Self::NotApplicable, Self::Error];

    /// The word that outputs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable => "not_applicable",
            Self::Error => "error",
        }
    }
}

/// Why a verdict is neither pass nor fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The target does not claim the capability that the scenario tests.
    NotClaimed,
    /// The descriptor lacks an operation, identity or limit that the scenario needs.
    NotDeclared,
    /// A benign call failed: the same call without the attack.
    TwinFailed,
    /// No attack reached the place where it should act.
    NothingDelivered,
    /// The case did not provoke what it tests, such as an error.
    NotProvoked,
    /// The target gave no response that can be judged.
    NoAnswer,
    /// The response could not be read to its end.
    AnswerTruncated,
    /// A request arrived at an upstream that belongs to no known call.
    UnattributedArrival,
    /// The target refused calls because of its own rate limit.
    Throttled,
    /// The load generator could not keep its schedule.
    GeneratorSaturated,
    /// There were too few responses to decide.
    TooFewAnswers,
    /// No audit log is declared, or it could not be read.
    NoAuditLog,
    /// The run ended before the scenario did.
    Interrupted,
    /// The run failed because of an error in Pincer.
    HarnessFault,
}

impl Reason {
    /// The reason in words; programs read its kebab-case word.
    pub fn text(self) -> &'static str {
        match self {
            Self::NotClaimed => "the descriptor does not claim this capability",
            Self::NotDeclared => "the descriptor does not declare what this scenario needs",
            Self::TwinFailed => "a benign call failed",
            Self::NothingDelivered => "no attack reached its destination",
            Self::NotProvoked => "the attacks did not provoke what this scenario tests",
            Self::NoAnswer => "the target gave no response that can be judged",
            Self::AnswerTruncated => "a response could not be read to its end",
            Self::UnattributedArrival => "a request arrived that belongs to no known call",
            Self::Throttled => "the target's rate limit refused the calls",
            Self::GeneratorSaturated => "the load generator could not keep its schedule",
            Self::TooFewAnswers => "there were too few responses to decide",
            Self::NoAuditLog => "no audit log is declared, or it could not be read",
            Self::Interrupted => "the run ended before this scenario did",
            Self::HarnessFault => "an error in Pincer",
        }
    }
}

/// How strong a control's requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Breaking it fails.
    Must,
    /// Breaking it warns.
    Should,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Helps an attacker.
    Medium,
    /// Breaks a control that protects data or money.
    High,
    /// Gives the attacker the target.
    Critical,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// It is between callers and APIs.
    Gateway,
    /// Consumes APIs by itself.
    Agent,
}

/// The process exit codes: an API of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u8", try_from = "u8")]
#[schemars(with = "u8")]
pub enum Exit {
    /// Pass or warn only.
    Green,
    /// Some scenario failed.
    Failed,
    /// Bad input or usage.
    Usage,
    /// No fail, but something is inconclusive.
    Inconclusive,
    /// An error in Pincer.
    Fault,
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Green => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
            Exit::Fault => 4,
        }
    }
}

impl TryFrom<u8> for Exit {
    type Error = String;
    fn try_from(code: u8) -> Result<Self, String> {
        [Self::Green, Self::Failed, Self::Usage, Self::Inconclusive, Self::Fault]
            .into_iter()
            .find(|exit| u8::from(*exit) == code)
            .ok_or_else(|| format!("{code} is not an exit code of pincer"))
    }
}

impl Exit {
    /// The exit code of several runs: bad input, then an error in Pincer, then a fail, then inconclusive.
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let order = [Self::Usage, Self::Fault, Self::Failed, Self::Inconclusive];
        let exits: Vec<Self> = exits.into_iter().collect();
        order.into_iter().find(|exit| exits.contains(exit)).unwrap_or(Self::Green)
    }

    /// The exit code of a set of verdicts; a run that tested nothing is inconclusive.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let exits: Vec<Self> = verdicts
            .into_iter()
            .filter_map(|verdict| match verdict {
                Verdict::Error => Some(Self::Fault),
                Verdict::Fail => Some(Self::Failed),
                Verdict::Inconclusive => Some(Self::Inconclusive),
                Verdict::Pass | Verdict::Warn => Some(Self::Green),
                Verdict::NotApplicable => None,
            })
            .collect();
        let untested = (!exits.contains(&Self::Green)).then_some(Self::Inconclusive);
        Self::worst(exits.into_iter().chain(untested))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_rank_as_documented() {
        assert_eq!(Exit::of([Verdict::Pass, Verdict::Warn]), Exit::Green);
        assert_eq!(Exit::of([Verdict::Pass, Verdict::Inconclusive, Verdict::Fail]), Exit::Failed);
        assert_eq!(Exit::of([Verdict::Error, Verdict::Fail]), Exit::Fault);
        assert_eq!(Exit::of([Verdict::Pass, Verdict::Inconclusive]), Exit::Inconclusive);
        assert_eq!(Exit::of([Verdict::NotApplicable]), Exit::Inconclusive);
        assert_eq!(Exit::of([]), Exit::Inconclusive);
    }
}
