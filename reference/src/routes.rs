//! The routes, who may use them and what their parameters look like.

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::problem::Refusal;
use crate::weakness::{Weakness, Weaknesses};

/// A route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// The path in front of its variable, or the whole path.
    prefix: &'static str,
    /// The rule of the variable, if there is one.
    variable: Option<fn(&str) -> bool>,
    pub(crate) roles: &'static [&'static str],
    pub(crate) takes_body: bool,
}

const READERS: &[&str] = &["reader", "admin"];
const ADMINS: &[&str] = &["admin"];

/// All routes of the ledger API.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        operation: "read",
        method: Method::GET,
        prefix: "/accounts/",
        variable: Some(is_number),
        roles: READERS,
        takes_body: false,
    },
    Route {
        operation: "remove",
        method: Method::DELETE,
        prefix: "/accounts/",
        variable: Some(is_number),
        roles: ADMINS,
        takes_body: false,
    },
    Route {
        operation: "create",
        method: Method::POST,
        prefix: "/transfers",
        variable: None,
        roles: ADMINS,
        takes_body: true,
    },
    Route {
        operation: "search",
        method: Method::GET,
        prefix: "/search",
        variable: None,
        roles: READERS,
        takes_body: false,
    },
    Route {
        operation: "annotate",
        method: Method::POST,
        prefix: "/notes",
        variable: None,
        roles: READERS,
        takes_body: true,
    },
    Route {
        operation: "document",
        method: Method::GET,
        prefix: "/documents/",
        variable: Some(is_file_name),
        roles: READERS,
        takes_body: false,
    },
    Route {
        operation: "quote",
        method: Method::GET,
        prefix: "/quotes/",
        variable: Some(is_symbol),
        roles: READERS,
        takes_body: false,
    },
    Route {
        operation: "ingest",
        method: Method::POST,
        prefix: "/batches",
        variable: None,
        roles: READERS,
        takes_body: true,
    },
];

/// The route of a request; 404 for an unknown path, 405 for a known one with another method.
pub(crate) fn find(method: &Method, path: &str) -> Result<&'static Route, Refusal> {
    let mut known = false;
    for route in ROUTES {
        let fits = match route.variable {
            Some(_) => path.strip_prefix(route.prefix).is_some_and(|rest| !rest.is_empty()),
            None => path == route.prefix,
        };
        if fits && route.method == *method {
            return Ok(route);
        }
        known |= fits;
    }
    Err(if known {
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method")
    } else {
        Refusal::new(StatusCode::NOT_FOUND, "route")
    })
}

/// A path that can be read in one way only: no dot segments, no empty segments, no escapes of separators or of
/// escapes, valid UTF-8 without controls.
pub(crate) fn guard(path: &str) -> Result<(), Refusal> {
    let refusal = Refusal::new(StatusCode::BAD_REQUEST, "path");
    let lower = path.to_ascii_lowercase();
    let odd = ["%2f", "%5c", "%2e", "%25", "%00", "\\", "//", "/./", "/../", ";"];
    if odd.iter().any(|odd| lower.contains(odd)) || lower.ends_with("/..") || lower.ends_with("/.") {
        return Err(refusal);
    }
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| refusal)?;
    if decoded.chars().any(char::is_control) { Err(refusal) } else { Ok(()) }
}

impl Route {
    /// Checks the path variable.
    pub(crate) fn check_variable(&self, path: &str, weak: &Weaknesses) -> Result<(), Refusal> {
        let Some(rule) = self.variable else { return Ok(()) };
        // A file name is a matter of the path, a number one of the schema.
        let off = if self.operation == "document" { Weakness::NoPathGuard } else { Weakness::NoSchemaValidation };
        let text = path.strip_prefix(self.prefix).unwrap_or_default();
        let text = percent_decode_str(text).decode_utf8_lossy();
        if weak.has(off) || rule(&text) {
            Ok(())
        } else {
            Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "parameter"))
        }
    }

    /// Checks query and body and gives the free texts among them.
    pub(crate) fn check_values(
        &self,
        query: &[(String, String)],
        body: Option<&Value>,
        weak: &Weaknesses,
    ) -> Result<Vec<String>, Refusal> {
        let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "parameter");
        let strict = !weak.has(Weakness::NoSchemaValidation);
        let text = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_str).map(str::to_owned);
        let members = |keys: &[&str]| {
            body.and_then(Value::as_object).is_some_and(|body| body.keys().all(|key| keys.contains(&key.as_str())))
        };
        let (valid, free) = match self.operation {
            "search" => {
                let q = query.iter().find(|(key, _)| key == "q").map(|(_, value)| value.clone());
                let valid = query.len() == 1 && q.as_ref().is_some_and(|q| (1..=500).contains(&q.chars().count()));
                (valid, vec![q])
            }
            "annotate" => {
                let (title, note) = (text("title"), text("text"));
                let short = |text: &Option<String>, most| text.as_ref().is_none_or(|t| t.chars().count() <= most);
                (
                    members(&["title", "text"]) && note.is_some() && short(&title, 200) && short(&note, 4000),
                    vec![title, note],
                )
            }
            "create" => {
                let to = text("to");
                let amount = body.and_then(|body| body.get("amount")).and_then(Value::as_f64);
                let note = text("note");
                let valid = members(&["to", "amount", "note"])
                    && to.as_deref().is_some_and(is_symbol)
                    && amount.is_some_and(|amount| amount > 0.0 && amount <= 1e6)
                    && note.as_ref().is_none_or(|note| note.chars().count() <= 500);
                (valid, vec![note])
            }
            "ingest" => (true, Vec::new()),
            _ => (query.is_empty(), Vec::new()),
        };
        if valid || !strict { Ok(free.into_iter().flatten().collect()) } else { Err(refusal) }
    }
}

fn is_number(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_symbol(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_file_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.contains("..")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_in_one_way_only() {
        for odd in ["/a/../b", "/a/%2e%2e/b", "//a", "/a%2fb", "/a/..", "/a;b", "/a%00", "/a%252e", "/a\\b", "/a%c0%af"]
        {
            assert!(guard(odd).is_err(), "{odd}");
        }
        assert!(guard("/accounts/1001").is_ok() && guard("/documents/a%20b.pdf").is_ok());
    }

    #[test]
    fn routes_match_exactly() {
        let status = |path| find(&Method::GET, path).map(|route| route.operation).map_err(|r| r.status.as_u16());
        assert_eq!(status("/accounts/1"), Ok("read"));
        assert_eq!(status("/Accounts/1"), Err(404));
        assert_eq!(status("/transfers"), Err(405));
        assert_eq!(status("/search/"), Err(404));
    }
}
