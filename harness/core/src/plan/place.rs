//! The place of a value in a call, and how it is written there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// RFC 3986 section 2.3: unreserved characters need no escape.
pub(super) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The place of `${payload}` in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Fill(String),
    Header(String),
    Query(String),
    Member,
    Whole,
}

impl Place {
    /// Its name in plans and findings.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Fill(key) => key.clone(),
            Self::Header(key) => format!("header {key}"),
            Self::Query(key) => format!("query {key}"),
            Self::Member => "member name".to_owned(),
            Self::Whole => "request".to_owned(),
        }
    }
}

/// A path whose parameters have these values.
pub(super) fn fill_path(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        let Some((key, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        path.push_str(&value(key));
        rest = tail;
    }
    path.push_str(rest);
    path
}
