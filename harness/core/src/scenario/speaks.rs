//! For which kind of target a key of a step is.

use crate::vocab::TargetKind;

/// For which kinds of target a key says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Of any.
    Both,
    /// Of what is called: it has routes, limits and callers.
    Gateway,
    /// Of what is given tasks: it has a model and tools.
    Agent,
}

impl Speaks {
    /// Whether a key of this sort says something of a target of this kind.
    pub(super) fn of(self, kind: TargetKind) -> bool {
        match self {
            Self::Both => true,
            Self::Gateway => kind == TargetKind::Gateway,
            Self::Agent => kind == TargetKind::Agent,
        }
    }
}

/// A key: where it stands below the step, for whom it is, and whether the step has it.
pub(super) type Key = (&'static [&'static str], Speaks, bool);
