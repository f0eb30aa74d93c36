//! What the target recorded.

use super::super::evidence::own_ids;
use super::{Holding, Scene, broken};
use crate::vocab::Reason;

/// `audited`: the call has exactly one audit record, found by its canary or by the answer's tracking id (ASVS 16.3).
///
/// A finding: expected one audit record; seen none.
pub(super) fn audited(scene: &Scene<'_>, wanted: bool) -> Holding {
    let Some(answer) = scene.seen.answer() else {
        return Holding::Unresolved(Reason::NoAnswer);
    };
    if !scene.ledger.tapped {
        return Holding::Unresolved(Reason::NoAuditLog);
    }
    // A target that does not record the caller's trace is asked by its own tracking id.
    let by_id = || {
        let ids = own_ids(scene.plan, scene.case, answer);
        ids.iter().map(|id| scene.ledger.records.get(id).copied().unwrap_or(0)).max().unwrap_or(0)
    };
    let by_canary = u64::try_from(scene.seen.records.len()).unwrap_or(u64::MAX);
    let records = if by_canary == 0 { by_id() } else { by_canary };
    if records == u64::from(wanted) {
        Holding::Held
    } else {
        broken("audited", format!("{} audit record", u64::from(wanted)), format!("{records}"))
    }
}
