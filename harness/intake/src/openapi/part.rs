//! The roles that scenarios speak of, and what makes an operation fit for each: words of its names, and its shape.

use pincer_core::scenario::{Content, OperationSpec};

use super::operation::Draft;

/// The name of a role.
pub(super) type Role = &'static str;

/// A role, and how it is told.
pub(super) struct Part {
    /// Its name in scenarios.
    pub(super) role: Role,
    /// The parameter that scenarios fill.
    pub(super) fills: Option<&'static str>,
    /// Words that name it.
    words: &'static [&'static str],
    /// How many of them, from the first, speak against another role where they stand.
    own: usize,
    /// What every operation in this role is.
    fits: Fits,
    /// What is enough where no word names it; nothing where only words do.
    shape: Option<Fits>,
}

/// Whether an operation is of this sort.
type Fits = fn(&Draft<'_>) -> bool;

/// The roles in the order in which they are given away: those that few operations fit come first.
pub(super) const PARTS: [Part; 11] = [
    Part {
        role: "upload",
        fills: None,
        words: &["upload", "file", "attachment", "image", "media", "document"],
        own: 1,
        fits: |draft| writes(draft, Content::Multipart),
        shape: Some(|draft| writes(draft, Content::Multipart)),
    },
    Part {
        role: "submit",
        fills: None,
        words: &["submit", "form", "contact"],
        own: 1,
        fits: |draft| writes(draft, Content::Form),
        shape: Some(|draft| writes(draft, Content::Form)),
    },
    Part {
        role: "document",
        fills: Some("name"),
        words: &["document", "attachment", "download", "file", "report"],
        own: 4,
        fits: reads_one,
        shape: None,
    },
    Part {
        role: "quote",
        fills: Some("symbol"),
        words: &["quote", "ticker", "price", "rate"],
        own: 2,
        fits: reads_one,
        shape: None,
    },
    Part {
        role: "search",
        fills: Some("q"),
        words: &["search", "query", "find", "lookup", "filter"],
        own: 3,
        fits: |draft| is(draft, "GET") && variables(&draft.spec) == 0 && text_query(draft).is_some(),
        shape: Some(|draft| {
            let texts = draft.free_query.iter().any(|name| SEARCHED.contains(&plain(name).as_str()));
            is(draft, "GET") && variables(&draft.spec) == 0 && texts
        }),
    },
    Part {
        role: "read",
        fills: Some("id"),
        words: &["get", "read", "retrieve", "fetch", "show", "view", "describe"],
        own: 0,
        fits: reads_one,
        shape: Some(reads_one),
    },
    Part {
        role: "prefer",
        fills: None,
        words: &["preference", "setting"],
        own: 2,
        fits: |draft| is(draft, "GET") && !(draft.spec.header.is_empty() && draft.spec.cookie.is_empty()),
        shape: Some(|draft| is(draft, "GET") && !(draft.spec.header.is_empty() && draft.spec.cookie.is_empty())),
    },
    Part {
        role: "annotate",
        fills: None,
        words: &["annotate", "annotation", "note", "comment", "remark", "memo"],
        own: 6,
        fits: |draft| writes(draft, Content::Json) && draft.long_text,
        shape: Some(|draft| writes(draft, Content::Json) && draft.long_text && has_prose(&draft.spec)),
    },
    Part {
        role: "ingest",
        fills: None,
        words: &["ingest", "batch", "batche", "bulk", "import", "load"],
        own: 5,
        fits: |draft| writes(draft, Content::Json),
        shape: Some(|draft| {
            writes(draft, Content::Json) && draft.spec.body.as_ref().is_some_and(serde_json::Value::is_array)
        }),
    },
    Part {
        role: "create",
        fills: None,
        words: &["create", "add", "new", "insert", "make", "open", "register", "post", "place"],
        own: 0,
        fits: |draft| writes(draft, Content::Json),
        shape: Some(|draft| writes(draft, Content::Json)),
    },
    Part {
        role: "remove",
        fills: Some("id"),
        words: &["remove", "delete", "destroy", "close", "drop"],
        own: 3,
        fits: |draft| is(draft, "DELETE") && variables(&draft.spec) > 0,
        shape: Some(|draft| is(draft, "DELETE") && variables(&draft.spec) > 0),
    },
];

/// Words of rights, credentials and turns in an object's life: what they name is in none of these roles, whatever shape
/// it has.
const OTHER: [&str; 41] = [
    "acl",
    "access",
    "activate",
    "approve",
    "archive",
    "auth",
    "authorize",
    "cancel",
    "capture",
    "confirm",
    "credential",
    "disable",
    "enable",
    "execute",
    "grant",
    "health",
    "hook",
    "invite",
    "key",
    "lock",
    "login",
    "logout",
    "merge",
    "password",
    "permission",
    "ping",
    "refund",
    "reject",
    "reset",
    "restore",
    "revoke",
    "role",
    "run",
    "secret",
    "session",
    "share",
    "subscription",
    "token",
    "unlock",
    "verify",
    "webhook",
];

/// Query parameters that hold what is looked for.
const SEARCHED: [&str; 14] = [
    "q",
    "query",
    "search",
    "searchquery",
    "searchterm",
    "searchtext",
    "term",
    "terms",
    "text",
    "keyword",
    "keywords",
    "phrase",
    "name",
    "filter",
];

/// Query parameters that hold a place in a list or the form of an answer, and no text that anybody looks for.
const PLACES: [&str; 22] = [
    "after",
    "before",
    "cursor",
    "endingbefore",
    "expand",
    "fields",
    "format",
    "include",
    "lang",
    "language",
    "limit",
    "locale",
    "marker",
    "offset",
    "order",
    "orderby",
    "page",
    "pagetoken",
    "sort",
    "sortby",
    "startingafter",
    "nextpagetoken",
];

/// Members of a body that hold prose.
const PROSE: [&str; 8] = ["annotation", "comment", "content", "memo", "message", "note", "remark", "text"];

/// Where a word stands, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stands {
    /// In the `operationId`.
    Id,
    /// In the path.
    Path,
    /// In the summary.
    Summary,
}

impl Stands {
    /// For messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id => "operationId",
            Self::Path => "path",
            Self::Summary => "summary",
        }
    }
}

/// The first word of an operation's names that says that it plays this part, with where it stands; nothing where it does
/// not fit, or where a word speaks of something else.
pub(super) fn says(part: &Part, draft: &Draft<'_>) -> Option<(Stands, String)> {
    if !(part.fits)(draft) || names(draft).iter().any(|(_, word)| OTHER.contains(&word.as_str())) {
        return None;
    }
    // A word of another role in a stronger place wins: `GET /documents/search` with `q` is a search.
    let said = names(draft).into_iter().find(|(_, word)| part.words.contains(&word.as_str()))?;
    let weak = said.0 == Stands::Summary && part.is_denied(draft);
    (!weak).then_some(said)
}

impl Part {
    /// Whether an operation may be guessed to play it: it has the shape, and no word speaks of something else.
    pub(super) fn may_be(&self, draft: &Draft<'_>) -> bool {
        let other = names(draft).iter().any(|(_, word)| OTHER.contains(&word.as_str()));
        self.shape.is_some_and(|shape| shape(draft)) && !other && !self.is_denied(draft)
    }

    /// Whether a word of the `operationId` or the path is another role's own.
    fn is_denied(&self, draft: &Draft<'_>) -> bool {
        let others = PARTS.iter().filter(|part| part.role != self.role);
        let mut others =
            others.flat_map(|part| part.words.iter().take(part.own)).filter(|word| !self.words.contains(*word));
        let names = names(draft);
        others.any(|own| names.iter().any(|(stands, word)| *stands < Stands::Summary && word == own))
    }
}

/// The words of an operation's names, in the singular, the strongest first.
fn names(draft: &Draft<'_>) -> Vec<(Stands, String)> {
    let id = draft.node.text_at("operationId").unwrap_or_default();
    let path = draft.spec.path.split('/').filter(|part| !part.contains('{')).collect::<Vec<_>>().join("/");
    let summary = draft.node.text_at("summary").unwrap_or_default();
    let parts = [(Stands::Id, id), (Stands::Path, path), (Stands::Summary, summary)];
    let words = parts.into_iter().flat_map(|(stands, text)| words(&text).into_iter().map(move |word| (stands, word)));
    words.collect()
}

/// The words of a name: `getAccountById`, `accounts.list`, `add-note`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && lower) {
            words.push(String::new());
        }
        lower = letter.is_lowercase() || letter.is_numeric();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words.iter().map(|word| singular(word)).collect()
}

/// A word without the `s` of its plural.
fn singular(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => word.to_owned(),
    }
}

/// A parameter's name without its case and its separators.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The query parameter that takes what is looked for: one that is called so, else the first that may.
pub(super) fn text_query<'a>(draft: &'a Draft<'_>) -> Option<&'a String> {
    let named = draft.free_query.iter().find(|name| SEARCHED.contains(&plain(name).as_str()));
    named.or_else(|| draft.free_query.iter().find(|name| !PLACES.contains(&plain(name).as_str())))
}

fn is(draft: &Draft<'_>, method: &str) -> bool {
    draft.spec.method == method
}

fn writes(draft: &Draft<'_>, content: Content) -> bool {
    is(draft, "POST") && draft.spec.body.is_some() && draft.spec.content == content
}

fn variables(spec: &OperationSpec) -> usize {
    spec.path.matches('{').count()
}

fn reads_one(draft: &Draft<'_>) -> bool {
    is(draft, "GET") && variables(&draft.spec) == 1
}

fn has_prose(spec: &OperationSpec) -> bool {
    let members = spec.body.as_ref().and_then(serde_json::Value::as_object);
    members.is_some_and(|members| {
        members.iter().any(|(name, value)| value.is_string() && PROSE.contains(&plain(name).as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_into_words() {
        for (text, expected) in [
            ("getAccountById", vec!["get", "account", "by", "id"]),
            ("calendar.acl.insert", vec!["calendar", "acl", "insert"]),
            ("/v1/quotes/search", vec!["v1", "quote", "search"]),
            ("add-notes", vec!["add", "note"]),
            ("PostTransfers", vec!["post", "transfer"]),
            ("address", vec!["address"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn each_role_s_own_words_are_nobody_else_s() {
        for part in &PARTS {
            for word in part.words.iter().take(part.own) {
                assert!(!OTHER.contains(word), "{word}");
            }
        }
    }
}
