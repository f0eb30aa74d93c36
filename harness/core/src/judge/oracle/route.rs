//! Whether a request target is of an operation's route, such as `/accounts/{id}`.

use crate::observe::Change;

/// The path of a target.
pub(super) fn path(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a target is of this route: segment by segment, none of which climbs.
pub(super) fn fits(route: &str, target: &str) -> bool {
    let (wanted, seen): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path(target).split('/').collect());
    alike(&wanted, &seen, |found| !found.is_empty() && !matches!(found, "." | ".."))
}

/// Whether a target is of this route in any case, behind whatever prefix the gateway strips or adds.
pub(super) fn fits_behind(route: &str, target: &str, change: Option<&Change>) -> bool {
    let path = path(target).trim_end_matches('/').to_ascii_lowercase();
    let route = change.map_or_else(|| route.to_owned(), |change| change.apply(route)).to_ascii_lowercase();
    let wanted: Vec<&str> = route.trim_end_matches('/').split('/').skip(1).collect();
    let seen: Vec<&str> = path.split('/').collect();
    let last = seen.len().checked_sub(wanted.len()).and_then(|start| seen.get(start..));
    last.is_some_and(|last| alike(&wanted, last, |_| true))
}

/// Whether segments are those of a route, of which a parameter takes what it may hold.
fn alike(wanted: &[&str], seen: &[&str], may_hold: impl Fn(&str) -> bool) -> bool {
    let same = |(wanted, seen): (&&str, &&str)| wanted == seen || wanted.contains('{') && may_hold(seen);
    wanted.len() == seen.len() && wanted.iter().zip(seen).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_fits_segment_by_segment() {
        for (target, fit) in [
            ("/accounts/7?x", true),
            ("/accounts/", false),
            ("/accounts/..", false),
            ("/v1/accounts/7", false),
            ("/Accounts/7", false),
            ("/accounts/7/notes", false),
        ] {
            assert_eq!(fits("/accounts/{id}", target), fit, "{target}");
        }
    }

    #[test]
    fn a_route_fits_behind_a_prefix_and_in_capitals() {
        for (route, target, fit) in [
            ("/accounts/{id}", "/accounts/7", true),
            ("/accounts/{id}", "/v1/accounts/7?x", true),
            ("/accounts/{id}", "/Accounts/7", true),
            ("/accounts/{id}", "/accounts/7/", true),
            ("/accounts/{id}", "/accounts", false),
            ("/transfers", "/accounts/7", false),
        ] {
            assert_eq!(fits_behind(route, target, None), fit, "{route} {target}");
        }
        let stripped = Change { stripped: "/ledger".to_owned(), added: String::new() };
        assert!(fits_behind("/ledger/accounts/{id}", "/accounts/7", Some(&stripped)));
    }
}
