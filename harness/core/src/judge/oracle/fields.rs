//! What an answer says about its caller's quota.

use sfv::{BareItem, List, ListEntry, Parser};

use super::{Outcome, Scene, broken};
use crate::vocab::Reason;

/// `rate_fields`: `RateLimit-Policy` and `RateLimit` are lists of RFC 9651. Each policy has a quota `q` above zero.
/// Each limit has a remainder `r` that is not negative, and names a policy (draft-ietf-httpapi-ratelimit-headers-10).
///
/// A finding: expected `r` of zero or more; seen -981.
pub(super) fn rate_fields(scene: &Scene<'_>) -> Outcome {
    let Some(answer) = scene.seen.answer() else {
        return Outcome::Unresolved(Reason::NoAnswer);
    };
    weigh(answer.header("ratelimit-policy").as_deref(), answer.header("ratelimit").as_deref())
}

/// Whether the two fields are valid; none if neither is there.
#[cfg(feature = "properties")]
pub(crate) fn rate_fields_hold(policies: Option<&str>, limits: Option<&str>) -> Option<bool> {
    match weigh(policies, limits) {
        Outcome::Held => Some(true),
        Outcome::Broken(_) => Some(false),
        Outcome::Unresolved(_) => None,
    }
}

fn weigh(policies: Option<&str>, limits: Option<&str>) -> Outcome {
    match (policies.map(list), limits.map(list)) {
        (None, None) => Outcome::Unresolved(Reason::NotProvoked),
        (Some(Err(seen)), _) => broken("rate_fields", "a list in `RateLimit-Policy`", seen),
        (_, Some(Err(seen))) => broken("rate_fields", "a list in `RateLimit`", seen),
        (policies, limits) => {
            let (policies, limits) = (policies.and_then(Result::ok), limits.and_then(Result::ok));
            judge(policies.as_ref().unwrap_or(&List::new()), limits.as_ref().unwrap_or(&List::new()))
        }
    }
}

fn judge(policies: &List, limits: &List) -> Outcome {
    let name = |entry: &ListEntry| match entry {
        ListEntry::Item(item) => item.bare_item.as_string().map(|name| name.as_str().to_owned()),
        ListEntry::InnerList(_) => None,
    };
    for policy in policies {
        match number(policy, "q") {
            Some(quota) if quota > 0 => {}
            other => return broken("rate_fields", "a policy with `q` above zero", format!("{other:?}")),
        }
    }
    let known: Vec<String> = policies.iter().filter_map(name).collect();
    for limit in limits {
        match number(limit, "r") {
            Some(left) if left >= 0 => {}
            other => return broken("rate_fields", "`r` of zero or more", format!("{other:?}")),
        }
        if let Some(named) = name(limit).filter(|named| !known.is_empty() && !known.contains(named)) {
            return broken("rate_fields", format!("a limit of {known:?}"), format!("`{named}`"));
        }
    }
    Outcome::Held
}

/// An integer parameter of a list's entry.
fn number(entry: &ListEntry, key: &str) -> Option<i64> {
    let ListEntry::Item(item) = entry else { return None };
    match item.params.get(key)? {
        BareItem::Integer(number) => Some(i64::from(*number)),
        _ => None,
    }
}

/// A field as a list; the error is the invalid text.
fn list(text: &str) -> Result<List, String> {
    Parser::new(text.as_bytes()).parse().map_err(|_| format!("`{text}`"))
}
