//! The request of a rule test as a call of an operation.
//!
//! In: a stage's `input`. Out: a [`Send`] that carries the one value which the rule is to see: a query value in a search,
//! a body value in a note, a header with a read, a path as the name of a document. The paths of the tests' own server
//! mean nothing to a target, whose routes would answer 404 to all of them, which proves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use pincer_core::scenario::{Diagnostic, Send, Wire};
use pincer_core::vocab::Operation;
use serde_json::Value;

use super::{known, plain};
use crate::node::{Document, Node};

/// The keys of an `input`.
const INPUT: [&str; 17] = [
    "autocomplete_headers",
    "data",
    "dest_addr",
    "encoded_data",
    "encoded_request",
    "follow_redirect",
    "headers",
    "method",
    "port",
    "protocol",
    "raw_request",
    "response",
    "save_cookie",
    "stop_magic",
    "uri",
    "version",
    "virtual_host_mode",
];
/// Headers that a test sends only to be a complete request.
const USUAL: [&str; 8] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "host",
];
/// Words that a scenario fills in: in a test they stand for themselves, and could not.
const OURS: [&str; 4] = ["${payload}", "${canary}", "${case}", "${planted}"];

/// The parts of a request that a rule may look at.
#[derive(Debug, Default)]
struct Request {
    uri: String,
    headers: Vec<(String, String)>,
    data: Option<String>,
}

/// Where a value stands in a request.
enum Place {
    Query,
    Body,
    Header(String),
}

/// The call that carries what this input carries; fails with why there is none.
pub(super) fn send(document: &Document<'_>, input: &Node<'_>) -> Result<Send, Diagnostic> {
    known(document, input, &INPUT)?;
    let refuse = |message: &str| document.fault(input, message, None);
    if input.get("response").is_some() {
        return Err(refuse("the rule tests an upstream's response"));
    }
    if input.is("save_cookie") || input.is("follow_redirect") {
        return Err(refuse("the stage depends on an earlier response"));
    }
    let request = request(input).map_err(refuse)?;
    let send = place(&request).map_err(refuse)?;
    fits(&send).map_err(refuse)?;
    Ok(send)
}

/// The one value of a request in the operation that has a place for it.
fn place(request: &Request) -> Result<Send, &'static str> {
    let mut values = values(request)?;
    if values.len() > 1 {
        return Err("it sends several values and does not say which one the rule tests");
    }
    let send = match values.pop() {
        Some((Place::Query, value)) => filled("search", "q", value),
        Some((Place::Body, value)) => filled("annotate", "text", value),
        Some((Place::Header(name), value)) => operation("read").map(|op| {
            let mut send = plain(op);
            send.headers.insert(name, value);
            send
        }),
        None => {
            let path = request.uri.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
            if path.is_empty() || ["get", "post", "anything"].contains(&path) {
                return Err("the request has no value to test: the rule is about its method, version or framing");
            }
            filled("document", "name", path.to_owned()).map(|send| Send { wire: Wire::Raw, ..send })
        }
    };
    send.ok_or("no operation fits this request")
}

/// Fails where a value would be sent otherwise than it stands here.
fn fits(send: &Send) -> Result<(), &'static str> {
    let raw = send.wire == Wire::Raw;
    let mut carried = send.fill.values().chain(send.headers.values());
    if carried.any(|value| OURS.iter().any(|word| value.contains(word))) {
        return Err("the value contains `${…}`, which a scenario would replace");
    }
    let mut on_a_line = send.headers.values().chain(send.fill.values().filter(|_| raw));
    if on_a_line.any(|value| value.chars().any(|letter| letter.is_control() || (raw && letter == ' '))) {
        return Err("the value contains a line break");
    }
    Ok(())
}

fn operation(name: &str) -> Option<Operation> {
    Operation::new(name).ok()
}

fn filled(op: &str, key: &str, value: String) -> Option<Send> {
    let mut send = plain(operation(op)?);
    send.fill.insert(key.to_owned(), value);
    Some(send)
}

/// The request that an input describes, in parts or whole in base64.
fn request(input: &Node<'_>) -> Result<Request, &'static str> {
    if let Some(whole) = input.get("encoded_request").or_else(|| input.get("raw_request")) {
        let text = decoded(&whole.text().unwrap_or_default()).ok_or("the encoded request is not base64 of text")?;
        return parse(&text).ok_or("the encoded request is malformed on purpose");
    }
    let mut request = Request { uri: input.text_at("uri").unwrap_or_default(), ..Request::default() };
    for (name, value) in input.get("headers").iter().flat_map(Node::entries) {
        request.headers.push((name.to_owned(), value.text().unwrap_or_default()));
    }
    request.data = input.text_at("data");
    if let Some(data) = input.text_at("encoded_data") {
        request.data = Some(decoded(&data).ok_or("the encoded data is not base64 of text")?);
    }
    if request.data.as_ref().is_some_and(|data| data.contains("{{") && data.contains("repeat")) {
        return Err("the data is a template");
    }
    Ok(request)
}

fn decoded(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// A well-formed HTTP/1 request taken apart.
fn parse(text: &str) -> Option<Request> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (_, uri, version) = (first.next()?, first.next()?, first.next()?);
    if first.next().is_some() || !version.starts_with("HTTP/1.") || !uri.starts_with('/') {
        return None;
    }
    let headers =
        lines.map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())));
    let headers: Vec<(String, String)> = headers.collect::<Option<_>>()?;
    // Framing is what such a test is about when it has more than a length.
    let framed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
    let data = (!body.is_empty()).then(|| body.to_owned());
    (!framed).then(|| Request { uri: uri.to_owned(), headers, data })
}

/// All values of a request that a rule may be about.
fn values(request: &Request) -> Result<Vec<(Place, String)>, &'static str> {
    let mut values = Vec::new();
    if let Some((_, query)) = request.uri.split_once('?') {
        for value in form(query)? {
            values.push((Place::Query, value));
        }
    }
    if let Some(data) = request.data.as_ref().filter(|data| !data.is_empty()) {
        for value in body(data, &request.headers)? {
            values.push((Place::Body, value));
        }
    }
    for (name, value) in &request.headers {
        let usual = USUAL.contains(&name.to_ascii_lowercase().as_str());
        let agent = name.eq_ignore_ascii_case("user-agent") && (value.contains("CRS") || value.contains("ModSecurity"));
        if !usual && !agent && !value.is_empty() {
            values.push((Place::Header(name.clone()), value.clone()));
        }
    }
    Ok(values)
}

/// The values of a body, by its kind; a form where none is named.
fn body(data: &str, headers: &[(String, String)]) -> Result<Vec<String>, &'static str> {
    let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.map_or_else(String::new, |(_, value)| value.to_ascii_lowercase());
    if kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
        form(data)
    } else if kind.starts_with("application/json") {
        let value: Value =
            serde_json::from_str(data).map_err(|_| "the body is not valid JSON, though its content type says so")?;
        let mut texts = Vec::new();
        leaves(&value, &mut texts);
        Ok(texts)
    } else if kind.starts_with("text/plain") {
        Ok(vec![data.to_owned()])
    } else {
        Err("no operation accepts a body of this type")
    }
}

fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
        Value::Object(map) => map.values().for_each(|value| leaves(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The values of a form or a query; name and value together where the name is no plain word.
fn form(text: &str) -> Result<Vec<String>, &'static str> {
    let mut values = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            let decoded = percent_decode_str(&spaced).decode_utf8().map(std::borrow::Cow::into_owned);
            decoded.map_err(|_| "the value is not UTF-8")
        };
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.[]".contains(letter));
        let whole = if plain { value } else { decode(pair)? };
        if !whole.is_empty() {
            values.push(whole);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pincer_core::scenario::Source;

    fn sent(input: &str) -> Result<(String, String, bool), String> {
        let source = Source::new("i.yaml", input);
        let document = Document::read(&source).unwrap();
        let send = send(&document, &document.root()).map_err(|fault| fault.message)?;
        let value = send.fill.values().chain(send.headers.values()).next().cloned().unwrap_or_default();
        let op = send.operations.named().first().unwrap();
        Ok((op.to_string(), value, send.wire == Wire::Raw))
    }

    #[test]
    fn the_one_value_is_placed_in_an_operation() {
        for (input, op, value, raw) in [
            ("{ uri: '/get?x=%3Cb%3E' }", "search", "<b>", false),
            ("{ uri: '/get?<b>' }", "search", "<b>", false),
            ("{ uri: '/get?x=%2527' }", "search", "%27", false),
            ("{ data: 'a=b%20c' }", "annotate", "b c", false),
            ("{ data: '{\"a\": [\"x\"]}', headers: { Content-Type: application/json } }", "annotate", "x", false),
            ("{ data: 'a=b&c', headers: { content-type: text/plain } }", "annotate", "a=b&c", false),
            ("{ encoded_data: YT1iYw== }", "annotate", "bc", false),
            ("{ uri: /, headers: { User-Agent: sqlmap } }", "read", "sqlmap", false),
            ("{ uri: /.git/config, headers: { User-Agent: OWASP CRS } }", "document", ".git/config", true),
            ("{ encoded_request: R0VUIC9nZXQ/eD1hYiBIVFRQLzEuMQ0KSG9zdDogYQ0KDQo= }", "search", "ab", false),
        ] {
            assert_eq!(sent(input), Ok((op.to_owned(), value.to_owned(), raw)), "{input}");
        }
    }

    #[test]
    fn what_has_no_place_is_refused_with_the_reason() {
        for (input, message) in [
            ("{ uri: '/get?a=1&b=2' }", "it sends several values"),
            ("{ uri: /get, method: TRACE }", "the request has no value to test"),
            ("{ uri: '/get?a=%ff' }", "the value is not UTF-8"),
            ("{ data: <a/>, headers: { Content-Type: text/xml } }", "no operation accepts a body of this type"),
            ("{ data: x, headers: { Content-Type: application/json } }", "the body is not valid JSON"),
            ("{ encoded_request: R0VUIFwgSFRUUA0KDQoK }", "the encoded request is malformed on purpose"),
            ("{ encoded_request: '*' }", "the encoded request is not base64 of text"),
            ("{ response: { status: 200 } }", "the rule tests an upstream's response"),
            ("{ uri: /a, save_cookie: true }", "the stage depends on an earlier response"),
            ("{ data: 'a={{ \"x\" | repeat 10 }}' }", "the data is a template"),
            ("{ uri: '/get?a=${payload}' }", "which a scenario would replace"),
            ("{ uri: '/a b' }", "the value contains a line break"),
            ("{ uri: /, headers: { X: \"a\\r\\nb\" } }", "the value contains a line break"),
            ("{ url: /a }", "`url` is not a valid key here"),
        ] {
            assert!(sent(input).is_err_and(|fault| fault.contains(message)), "{input}: {:?}", sent(input));
        }
    }
}
