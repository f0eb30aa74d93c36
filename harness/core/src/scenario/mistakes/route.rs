//! Methods and paths of operations.

use crate::scenario::error::Diagnostic;
use crate::scenario::read::{Source, one_of};
use crate::scenario::seg::Seg;
use crate::scenario::{HttpTask, Target};

/// The methods of the IANA registry of HTTP methods (April 2026) without `CONNECT`, `PRI` and `*`, which no route has,
/// and with `PURGE`, which caches use.
const METHODS: [&str; 38] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "VERSION-CONTROL",
];

/// What is wrong with the methods and paths that a descriptor names.
pub(super) fn faults(source: &Source, target: &Target) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut method = |path: &[Seg], method: &str| {
        if !METHODS.contains(&method) {
            let help = one_of(&method.to_uppercase(), &COMMON);
            faults.push(source.fault(path, format!("`{method}` is not an HTTP method"), help));
        }
    };
    for (name, operation) in &target.operations {
        method(&["operations".into(), name.as_str().into(), "method".into()], &operation.method);
    }
    if let Some(http) = target.task.as_ref().and_then(|task| task.http.as_ref()) {
        let HttpTask { method: given, approval, end, .. } = http;
        let path = |keys: &[&str]| {
            [&["task".into(), "http".into()][..], &keys.iter().map(|key| Seg::from(*key)).collect::<Vec<_>>()].concat()
        };
        method(&path(&["method"]), given);
        if let Some(approval) = approval {
            method(&path(&["approval", "method"]), &approval.method);
        }
        if let Some(end) = end {
            method(&path(&["end", "method"]), &end.method);
        }
    }
    for (name, operation) in &target.operations {
        let key = |key: &str| [Seg::from("operations"), name.as_str().into(), key.into()];
        if let Some((message, help)) = braces(&operation.path) {
            faults.push(source.fault(&key("path"), message, Some(help.to_owned())));
        } else {
            let wrong = operation.owned.keys().filter(|parameter| !operation.takes(parameter));
            let known: Vec<String> = operation.texts().collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            for parameter in wrong {
                let at = [&key("owned")[..], &[parameter.as_str().into()]].concat();
                faults.push(source.fault(
                    &at,
                    format!("no parameter is named `{parameter}`"),
                    one_of(parameter, &known),
                ));
            }
        }
    }
    faults
}

/// The common methods.
const COMMON: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// What is wrong with the variables of a path, and a remedy.
fn braces(path: &str) -> Option<(String, &'static str)> {
    const WRITTEN: &str = "write each variable as `{name}`";
    let mut names: Vec<&str> = Vec::new();
    let mut open: Option<usize> = None;
    for (at, letter) in path.char_indices() {
        match (letter, open) {
            ('{', Some(_)) => return Some((format!("the path `{path}` has a `{{` inside another"), WRITTEN)),
            ('{', None) if path.get(..at).is_some_and(|before| before.ends_with('$')) => {
                return Some((
                    format!("the path `{path}` contains `${{`"),
                    "write a variable as `{name}`, without `$`",
                ));
            }
            ('{', None) => open = Some(at),
            ('}', None) => return Some((format!("the path `{path}` has a `}}` without a `{{`"), WRITTEN)),
            ('}', Some(from)) => {
                let name = path.get(from + 1..at).unwrap_or_default();
                if name.is_empty() {
                    return Some((format!("the path `{path}` has a variable without a name"), WRITTEN));
                }
                if names.contains(&name) {
                    return Some((
                        format!("the path `{path}` has the variable `{name}` twice"),
                        "give each variable its own name",
                    ));
                }
                names.push(name);
                open = None;
            }
            _ => {}
        }
    }
    open.map(|_| (format!("the path `{path}` has a `{{` without a `}}`"), WRITTEN))
}

/// The variables of a path whose braces match.
pub(super) fn variables(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// RFC 9110 section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_match_or_the_fault_is_named() {
        for (path, message) in [
            ("/a/{id}/b/{n}.json?x={q}", None),
            ("/a", None),
            ("/a/{id", Some("has a `{` without a `}`")),
            ("/a/id}", Some("has a `}` without a `{`")),
            ("/a/{i{d}}", Some("has a `{` inside another")),
            ("/a/{}", Some("without a name")),
            ("/a/${id}", Some("contains `${`")),
            ("/a/{id}/{id}", Some("has the variable `id` twice")),
        ] {
            let found = braces(path).map(|(message, _)| message);
            assert_eq!(found.is_some(), message.is_some(), "{path}: {found:?}");
            assert!(message.is_none_or(|part| found.unwrap().contains(part)), "{path}");
        }
    }
}
