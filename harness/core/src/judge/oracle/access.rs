//! Who may do what.

use super::{Outcome, Scene, broken, stands};
use crate::judge::scene::throttled;
use crate::plan::{Case, Plan};
use crate::vocab::Reason;

/// `policy`: the call is served and arrives once if the operation's `allow` contains one of the caller's roles;
/// otherwise it is refused and never arrives. Over all roles and operations this checks the declared matrix exactly
/// (ASVS 8.2.1).
///
/// A finding: expected a refusal of `alice`, whose roles are `reader`; seen `POST /transfers` at `ledger`.
pub(super) fn policy(scene: &Scene<'_>) -> Outcome {
    let Some(allowed) = allowed(scene) else {
        return Outcome::Unresolved(Reason::NotDeclared);
    };
    let caller = scene.case.identity.as_ref();
    let shown = caller.and_then(|identity| scene.plan.target.identities.get(identity));
    let roles = shown.map_or(&[][..], |shown| &shown.roles);
    let name = caller.map_or("nobody", |identity| identity.as_str());
    let arrivals = if allowed { scene.seen.arrived().count() } else { scene.seen.reached().count() };
    let wanted = || format!("a refusal of `{name}` ({})", roles.join(", "));
    let Some(answer) = scene.seen.answer() else {
        // The arrivals count, whatever the answer was.
        return match arrivals {
            1.. if !allowed => stands("policy", wanted(), format!("no answer and {arrivals} arrivals")),
            _ => Outcome::Unresolved(Reason::NoAnswer),
        };
    };
    if throttled(scene) {
        return Outcome::Unresolved(Reason::Throttled);
    }
    let seen = format!("{} and {arrivals} arrivals", answer.status);
    let refused = scene.plan.target.refuses(answer.status, &answer.plain());
    if allowed {
        if (200..300).contains(&answer.status) && !refused && arrivals == 1 {
            return Outcome::Held;
        }
        if (200..300).contains(&answer.status)
            && !refused
            && arrivals == 0
            && scene.case.call.http().is_some_and(|call| call.method == "GET")
        {
            // A read may come from a cache: without an arrival it shows neither a refusal nor a right.
            return Outcome::Unresolved(Reason::NothingDelivered);
        }
        // A call that was forwarded and then failed shows nothing about rights.
        if answer.status >= 500 && arrivals == 1 {
            return Outcome::Unresolved(Reason::TwinFailed);
        }
        return broken("policy", format!("`{name}` ({}) to be served once", roles.join(", ")), seen);
    }
    match arrivals {
        // 422 refuses a call that was understood. A redirect leads to a login page.
        0 if refused || matches!(answer.status, 302 | 303 | 307 | 400 | 401 | 403 | 404 | 405 | 422) => Outcome::Held,
        0 => broken("policy", wanted(), seen),
        _ => stands("policy", wanted(), seen),
    }
}

/// Whether the descriptor allows the caller the operation, by its roles and, for a token, the token's scopes; none if
/// the operation is not declared. If an identity without a credential may call, so may an anonymous caller: their calls
/// look the same.
pub(in crate::judge) fn allowed(scene: &Scene<'_>) -> Option<bool> {
    allows(scene.plan, scene.case)
}

/// The same for a case without evidence.
pub(super) fn allows(plan: &Plan, case: &Case) -> Option<bool> {
    let target = &plan.target;
    let operation = target.operations.get(&case.operation)?;
    let Some(identity) = &case.identity else {
        let mut bare = target.identities.values().filter(|shown| shown.header.is_empty() && shown.token.is_none());
        return Some(bare.any(|shown| operation.allows(shown)));
    };
    Some(target.identities.get(identity).is_some_and(|shown| operation.allows(shown)))
}
