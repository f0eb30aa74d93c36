//! The objects that a case is about: turns the descriptor's `owned` and `objects` into parameter values.

use std::collections::BTreeMap;

use crate::scenario::{OperationSpec, Target};
use crate::vocab::Identity;

/// The objects of a case.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// By parameter: the object of the meant owner.
    pub(super) values: BTreeMap<String, String>,
    /// The first of them.
    pub(super) meant: String,
    /// The caller's own object instead.
    pub(super) own: String,
}

impl Objects {
    /// The objects of a call of `operation` by `caller`, owned by `whose`, or by the caller if nobody is named. For a
    /// caller without an object the operation's sample value is used.
    pub(super) fn of(
        target: &Target,
        operation: &OperationSpec,
        caller: Option<&Identity>,
        whose: Option<&Identity>,
    ) -> Self {
        let object = |identity: Option<&Identity>, kind: &String| -> Option<String> {
            target.identities.get(identity?)?.objects.get(kind).cloned()
        };
        let whose = whose.or(caller);
        let values = operation.owned.iter();
        let values: BTreeMap<_, _> =
            values.filter_map(|(name, kind)| Some((name.clone(), object(whose, kind)?))).collect();
        let first = |identity| operation.owned.values().next().and_then(|kind| object(identity, kind));
        Self { values, meant: first(whose).unwrap_or_default(), own: first(caller).unwrap_or_default() }
    }
}
