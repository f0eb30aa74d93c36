//! In whose name the target calls its upstream.

use super::arrives::refused;
use super::{Outcome, Scene, broken, stands};
use crate::vocab::Reason;

/// `presents`: the arrival names the caller in the headers that the identity's `presents` declares, each once and with
/// that value (ASVS 8.3.3, CWE-441). A target may also refuse the call.
///
/// A finding: expected `x-subject: alice`; seen `operator`.
pub(super) fn presents(scene: &Scene<'_>) -> Outcome {
    let caller = scene.case.identity.as_ref().and_then(|identity| scene.plan.target.identities.get(identity));
    let Some(shown) = caller.map(|shown| &shown.presents).filter(|headers| !headers.is_empty()) else {
        return Outcome::Unresolved(Reason::NotDeclared);
    };
    let mut arrivals = scene.seen.arrived().peekable();
    if arrivals.peek().is_none() {
        return if refused(scene) { Outcome::Held } else { Outcome::Unresolved(Reason::NothingDelivered) };
    }
    for arrival in arrivals {
        for (name, wanted) in shown {
            let named = arrival.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            let values: Vec<_> = named.map(|(_, value)| value.lossy()).collect();
            let expected = || format!("`{name}: {wanted}`, once");
            match values.as_slice() {
                [value] if value == wanted => {}
                [] => return broken("presents", expected(), "no such header"),
                values => return stands("presents", expected(), format!("`{}`", values.join("`, `"))),
            }
        }
    }
    Outcome::Held
}
