//! The kind of target that a key of a step is for.

use crate::vocab::TargetKind;

/// The kinds of target that a key applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Any.
    Both,
    /// Gateways: they have routes, limits and callers.
    Gateway,
    /// Agents: they have tasks, a model and tools.
    Agent,
}

impl Speaks {
    /// Whether a key of this sort applies to this kind of target.
    pub(super) fn of(self, kind: TargetKind) -> bool {
        match self {
            Self::Both => true,
            Self::Gateway => kind == TargetKind::Gateway,
            Self::Agent => kind == TargetKind::Agent,
        }
    }
}

/// A key: its path below the step, its kind of target, and whether the step has it.
pub(super) type Key = (&'static [&'static str], Speaks, bool);
