//! Turns arguments into a request. Each is encoded so that it stays in its place.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization as _;

use super::tools::{Place, Tool};
use crate::weakness::{Weakness, Weaknesses};

/// Everything that is not unreserved (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Tells the API which user a call is for.
const SUBJECT: HeaderName = HeaderName::from_static("x-subject");

/// A call that is ready to be made.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Draft {
    /// The same call with the user's name; with a weakness, also with the caller's own credential.
    pub(super) fn told(&self, user: Option<&str>, lent: Option<&HeaderValue>) -> Self {
        let mut headers = self.headers.clone();
        // An argument must not set this header too.
        headers.remove(SUBJECT);
        if let Some(user) = user.and_then(|user| HeaderValue::from_str(user).ok()) {
            headers.insert(SUBJECT, user);
        }
        if let Some(caller) = lent {
            headers.insert(header::AUTHORIZATION, caller.clone());
        }
        Self { method: self.method.clone(), target: self.target.clone(), headers, body: self.body.clone() }
    }
}

impl Tool {
    /// The call with these arguments; none if one of them would not stay in its place.
    pub(super) fn draft(&self, arguments: &Map<String, Value>, weak: &Weaknesses) -> Option<Draft> {
        let raw = weak.has(Weakness::AgentRawArguments);
        let folds = weak.has(Weakness::AgentFoldsArguments);
        let written = |text: &str| if raw { text.to_owned() } else { utf8_percent_encode(text, RESERVED).to_string() };
        let mut segments = Vec::new();
        for segment in self.path.split('/') {
            let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
                segments.push(segment.to_owned());
                continue;
            };
            let value = text(arguments.get(name)?);
            if !raw && !is_segment(&value) {
                return None;
            }
            segments.push(written(&if folds { folded(&value) } else { value }));
        }
        let (mut query, mut cookies, mut members) = (Vec::new(), Vec::new(), Map::new());
        let (mut headers, mut body) = (HeaderMap::new(), None);
        for (name, value) in arguments {
            match self.places.get(name) {
                Some(Place::Query) => query.push(format!("{}={}", written(name), written(&text(value)))),
                Some(Place::Cookie) => {
                    cookies.push(format!("{name}={}", utf8_percent_encode(&text(value), RESERVED)));
                }
                Some(Place::Header) => {
                    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                    headers.insert(name, HeaderValue::from_str(&text(value)).ok()?);
                }
                Some(Place::Member) => {
                    let text = value.as_str().filter(|_| folds).map(|text| Value::String(folded(text)));
                    members.insert(name.clone(), text.unwrap_or_else(|| value.clone()));
                }
                Some(Place::Body) => body = Some(value.clone()),
                Some(Place::Path) | None => {}
            }
        }
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, HeaderValue::from_str(&cookies.join("; ")).ok()?);
        }
        let whole = self.places.values().any(|place| *place == Place::Member);
        let body = body.or_else(|| whole.then_some(Value::Object(members)));
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let mut target = segments.join("/");
        if !query.is_empty() {
            target = format!("{target}?{}", query.join("&"));
        }
        let pasted = weak.has(Weakness::AgentPastesBody);
        let body =
            body.map(|body| Bytes::from(if pasted { paste(&body) } else { body.to_string() })).unwrap_or_default();
        Some(Draft { method: self.method.clone(), target, headers, body })
    }
}

/// The text without control characters, in compatibility form. Only a weakness sends this instead of the checked text.
fn folded(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_control()).collect()
}

/// A body built by pasting strings, as nobody should.
fn paste(body: &Value) -> String {
    let member = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("\"{name}\":\"{text}\""),
        other => format!("\"{name}\":{other}"),
    };
    let members = body.as_object().into_iter().flatten().map(member).collect::<Vec<_>>();
    format!("{{{}}}", members.join(","))
}

/// Whether a text stays one segment, even if a peer decodes it twice.
fn is_segment(text: &str) -> bool {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let climbs = |text: &str| text.split(['/', '\\']).any(|part| matches!(part, "." | ".."));
    !text.is_empty() && !climbs(text) && !climbs(&decoded) && !decoded.chars().any(char::is_control)
}

/// A value as written in a target or a header.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::settings::AgentConfig;
    use crate::agent::tools::Tools;

    const API: &str = include_str!("../../../scenarios/targets/reference/openapi.yaml");

    fn tools() -> Tools {
        let settings = "listen: 127.0.0.1:0\nmodel: { url: \"http://m/v1\", name: m, key: k }\n\
                        upstream: { url: \"http://u\", key: k }\ntools: [document, search, create, prefer]\n";
        let config = AgentConfig::read(settings, API).unwrap();
        Tools::read(&config.settings, API).unwrap()
    }

    fn draft(name: &str, arguments: &Value) -> Option<Draft> {
        tools().find(name).unwrap().draft(arguments.as_object().unwrap(), &Weaknesses::default())
    }

    #[test]
    fn each_argument_stays_in_its_place() {
        let search = draft("search", &json!({"q": "a&b=c #d"})).unwrap();
        assert_eq!(search.target, "/search?q=a%26b%3Dc%20%23d");
        assert_eq!(draft("document", &json!({"name": "a/b?c"})).unwrap().target, "/documents/a%2Fb%3Fc");
        let create = draft("create", &json!({"to": "bob", "amount": 5})).unwrap();
        assert_eq!((create.method, &create.body[..]), (Method::POST, &br#"{"to":"bob","amount":5}"#[..]));
        let prefer = draft("prefer", &json!({"X-Note": "n", "theme": "a;b"})).unwrap();
        assert_eq!(
            (&prefer.headers["x-note"], &prefer.headers["cookie"]),
            (&"n".parse().unwrap(), &"theme=a%3Bb".parse().unwrap())
        );
    }

    #[test]
    fn argument_cannot_leave_its_path_segment() {
        for name in ["..", ".", "", "../transfers", "a/../b", "%2e%2e/a", "..\\a", "a\nb"] {
            assert!(draft("document", &json!({ "name": name })).is_none(), "{name}");
        }
    }

    #[test]
    fn model_is_offered_allowed_tools_with_references_resolved() {
        let offer = tools().offer();
        assert_eq!(offer.as_array().unwrap().len(), 4);
        assert!(!offer.to_string().contains("$ref") && !offer.to_string().contains("x-free-text"));
        let tools = tools();
        let create = tools.find("create").unwrap();
        let fits = |arguments: Value| create.takes(arguments.as_object().unwrap());
        assert!(fits(json!({"to": "bob", "amount": 5})));
        assert!(!fits(json!({"to": "bob"})) && !fits(json!({"to": "bob", "amount": 5, "from": "eve"})));
    }
}
