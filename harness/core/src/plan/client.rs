//! The client that a run's calls imitate: a common one, so that no target recognises a test by its headers.
//!
//! In: a call's own headers. Out: the same among those that the client adds, in its order. The values are the client's
//! defaults, except `accept`, which asks for JSON as API callers do, and codings that Pincer does not read.

use crate::vocab::{Octets, Tracer};

/// How a client library writes requests.
#[derive(Debug, PartialEq, Eq)]
pub struct Client {
    /// Its own headers before those of the call.
    before: &'static [Field],
    /// Its own headers after those of the call.
    after: &'static [Field],
    /// Whether it sorts the call's headers by name.
    sorts: bool,
    /// Whether it capitalises each word of a header's name.
    pub titled: bool,
    /// Whether `Host` is its first header; otherwise it is the last.
    pub host_first: bool,
}

/// A header: name and value.
type Field = (&'static str, &'static str);

const JSON: Field = ("accept", "application/json");

/// The headers of runs without a nonce, from older versions.
const PLAIN: Client = Client { before: &[JSON], after: &[], sorts: false, titled: false, host_first: false };

const COMMON: [Client; 8] = [
    // curl --compressed
    Client {
        before: &[("user-agent", "curl/8.17.0"), JSON, ("accept-encoding", "deflate, gzip, br, zstd")],
        after: &[],
        sorts: false,
        titled: true,
        host_first: true,
    },
    // Go's net/http
    Client {
        before: &[("user-agent", "Go-http-client/1.1"), JSON],
        after: &[("accept-encoding", "gzip")],
        sorts: true,
        titled: true,
        host_first: true,
    },
    // Python's requests
    Client {
        before: &[
            ("user-agent", "python-requests/2.32.5"),
            ("accept-encoding", "gzip, deflate, br, zstd"),
            JSON,
            ("connection", "keep-alive"),
        ],
        after: &[],
        sorts: false,
        titled: true,
        host_first: true,
    },
    // Python's aiohttp
    Client {
        before: &[],
        after: &[JSON, ("accept-encoding", "gzip, deflate, br"), ("user-agent", "Python/3.13 aiohttp/3.13.2")],
        sorts: false,
        titled: true,
        host_first: true,
    },
    // axios on Node
    Client {
        before: &[("accept", "application/json, text/plain, */*")],
        after: &[
            ("user-agent", "axios/1.13.2"),
            ("accept-encoding", "gzip, deflate, br"),
            ("connection", "keep-alive"),
        ],
        sorts: false,
        titled: true,
        host_first: false,
    },
    // fetch on Node
    Client {
        before: &[("connection", "keep-alive")],
        after: &[
            JSON,
            ("accept-language", "*"),
            ("sec-fetch-mode", "cors"),
            ("user-agent", "node"),
            ("accept-encoding", "gzip, deflate"),
        ],
        sorts: false,
        titled: false,
        host_first: true,
    },
    // okhttp
    Client {
        before: &[],
        after: &[JSON, ("connection", "Keep-Alive"), ("accept-encoding", "gzip"), ("user-agent", "okhttp/5.3.2")],
        sorts: false,
        titled: true,
        host_first: false,
    },
    // Java's HttpClient
    Client {
        before: &[("user-agent", "Java-http-client/21.0.9")],
        after: &[JSON],
        sorts: false,
        titled: true,
        host_first: true,
    },
];

impl Client {
    /// All clients that a run may imitate.
    pub fn common() -> &'static [Self] {
        &COMMON
    }

    /// The client of runs without a nonce.
    pub fn plain() -> &'static Self {
        &PLAIN
    }

    /// The client of a run.
    pub fn of(tracer: &Tracer) -> &'static Self {
        tracer.pick(b"client", &COMMON).unwrap_or(Self::plain())
    }

    /// A well-formed call's headers among the client's own.
    pub fn dressed(&self, own: Vec<(String, Octets)>) -> Vec<(String, Octets)> {
        self.dress(own, false)
    }

    /// A call's headers among the client's own. If both have a header, the call's value is used in the client's place.
    /// A hand-written call (`raw`) gets no `Connection` header, and header names as on the wire.
    pub(super) fn dress<V: for<'a> From<&'a str>>(&self, mut own: Vec<(String, V)>, raw: bool) -> Vec<(String, V)> {
        let mut place = |fields: &'static [Field]| -> Vec<(String, V)> {
            let fields = fields.iter().filter(|(name, _)| !raw || *name != "connection");
            let place =
                fields.map(|(name, value)| match own.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)) {
                    Some(at) => own.remove(at),
                    None => ((*name).to_owned(), V::from(*value)),
                });
            place.collect()
        };
        let (before, after) = (place(self.before), place(self.after));
        if self.sorts {
            own.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let all = before.into_iter().chain(own).chain(after);
        all.map(|(name, value)| (if raw && self.titled { titled(name) } else { name }, value)).collect()
    }
}

/// A header name as such clients capitalise it; names that a scenario spells specially stay.
fn titled(name: String) -> String {
    const USUAL: [&str; 8] = [
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "sec-fetch-mode",
        TRACE,
        "user-agent",
        "x-request-id",
    ];
    if USUAL.contains(&name.as_str()) { title(&name) } else { name }
}

/// The header that shows whether the names of a hand-written call are capitalised.
const TRACE: &str = "traceparent";

/// Whether these are headers of a hand-written call with capitalised names.
pub(super) fn is_titled<V>(headers: &[(String, V)]) -> bool {
    headers.iter().any(|(name, _)| *name == title(TRACE))
}

/// A name with a capital letter at the start of each word.
pub(super) fn title(name: &str) -> String {
    let mut begins = true;
    let letter = |c: char| {
        let written = if begins { c.to_ascii_uppercase() } else { c };
        begins = c == '-';
        written
    };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::vocab::Nonce;

    fn dressed(client: &Client, own: &[(&str, &str)]) -> Vec<(String, String)> {
        client.dress(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), false)
    }

    #[test]
    fn nonce_selects_the_client_and_old_runs_keep_theirs() {
        assert_eq!(Client::of(&Tracer::new(1, Nonce::default())), &PLAIN);
        let of = |nonce| Client::of(&Tracer::new(1, Nonce::new(nonce)));
        let seen: BTreeSet<usize> =
            (0..200).filter_map(|nonce| COMMON.iter().position(|client| client == of(nonce))).collect();
        assert_eq!(seen.len(), COMMON.len());
        assert_eq!(of(3), of(3));
    }

    #[test]
    fn calls_own_value_is_used_in_the_clients_place() {
        let [curl, go, ..] = &COMMON;
        let own = [("x-b", "1"), ("Accept", "text/html"), ("x-a", "2")];
        let names = |fields: Vec<(String, String)>| fields.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(dressed(curl, &own)), ["user-agent", "Accept", "accept-encoding", "x-b", "x-a"]);
        assert_eq!(names(dressed(go, &own)), ["user-agent", "Accept", "x-a", "x-b", "accept-encoding"]);
        let accept = dressed(curl, &own).into_iter().find(|(name, _)| name == "Accept");
        assert_eq!(accept, Some(("Accept".to_owned(), "text/html".to_owned())));
    }

    #[test]
    fn hand_written_call_has_the_clients_capitals() {
        let [curl, ..] = &COMMON;
        let own = [("traceparent", "1"), ("x-odd", "2"), ("X_Odd", "3")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let names: Vec<String> = curl.dress::<String>(own.to_vec(), true).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["User-Agent", "Accept", "Accept-Encoding", "Traceparent", "x-odd", "X_Odd"]);
        assert_eq!(title("x-request-id"), "X-Request-Id");
    }

    #[test]
    fn no_client_asks_for_an_unreadable_coding() {
        let codings = COMMON.iter().flat_map(|client| client.before.iter().chain(client.after));
        let codings = codings.filter(|(name, _)| *name == "accept-encoding").flat_map(|(_, value)| value.split(", "));
        assert!(codings.into_iter().all(|coding| ["gzip", "deflate", "br", "zstd"].contains(&coding)));
    }
}
