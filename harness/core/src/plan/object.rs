//! Whose objects a case is about: the descriptor's `owned` and `objects` come in, values of parameters go out.

use std::collections::BTreeMap;

use crate::scenario::{OperationSpec, Target};
use crate::vocab::Identity;

/// The objects that a case speaks of.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// By parameter: the object of whoever is meant.
    pub(super) values: BTreeMap<String, String>,
    /// The first of them.
    pub(super) meant: String,
    /// The caller's own in its place.
    pub(super) own: String,
}

impl Objects {
    /// The objects of a call of `operation` by `caller` that is about what `whose` owns; about the caller's own where
    /// nobody is named. A caller without an object leaves the parameter to the operation's sample.
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
