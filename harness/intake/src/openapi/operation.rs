//! One operation of an `OpenAPI` document: its parameters, its body, its roles.
//!
//! In: a path item and one of its methods. Out: an [`OperationSpec`] whose samples come from the document, what the
//! operation looks like to the rules of [`role`](super::role), and what of it can't be sent.

use std::collections::BTreeMap;

use pincer_core::scenario::{Content, Diagnostic, OperationSpec};
use pincer_core::vocab::Upstream;
use serde_json::Value;

use super::sample::{Sampler, given, kind};
use crate::node::{Document, Node, text_of};

/// An operation before it has a name.
pub(super) struct Draft<'d> {
    pub(super) node: Node<'d>,
    pub(super) spec: OperationSpec,
    /// The query parameters that take any text.
    pub(super) free_query: Vec<String>,
    /// Whether a text of the body may be long.
    pub(super) long_text: bool,
    /// What the descriptor can't say of it.
    pub(super) notes: Vec<String>,
}

/// Where a parameter stands, `OpenAPI` 3.1 section 4.8.12.1.
const PLACES: [&str; 4] = ["cookie", "header", "path", "query"];
/// Characters from which on a text counts as long.
const LONG_TEXT: u64 = 64;

/// Reads the operation `node`, which is `method` of the path item `item`.
pub(super) fn read_operation<'d>(
    document: &'d Document<'d>,
    (path, item): (&str, &Node<'d>),
    (method, node): (&str, Node<'d>),
    upstream: Upstream,
) -> Result<Draft<'d>, Diagnostic> {
    let spec = OperationSpec {
        tool: None,
        role: None,
        text: None,
        method: method.to_uppercase(),
        path: path.to_owned(),
        sample: BTreeMap::new(),
        query: Vec::new(),
        header: Vec::new(),
        cookie: Vec::new(),
        body: None,
        content: Content::Json,
        owned: BTreeMap::new(),
        answer: None,
        upstream,
        allow: allow(document, item, &node)?,
        scopes: Vec::new(),
    };
    let mut draft = Draft { node: node.clone(), spec, free_query: Vec::new(), long_text: false, notes: Vec::new() };
    for ((place, name), parameter) in parameters(document, item, &node)? {
        draft.parameter(document, &place, name, &parameter)?;
    }
    if let Some(body) = node.get("requestBody") {
        draft.body(document, &document.resolve(body)?)?;
    }
    Ok(draft)
}

/// A parameter's place and name, which together tell it from others.
type Key = (String, String);

/// The parameters of an operation, over those of its path item, in the order of the text.
fn parameters<'d>(
    document: &'d Document<'d>,
    item: &Node<'d>,
    operation: &Node<'d>,
) -> Result<Vec<(Key, Node<'d>)>, Diagnostic> {
    let mut all: Vec<(Key, Node<'d>)> = Vec::new();
    for list in [item, operation].into_iter().filter_map(|part| part.get("parameters")) {
        for entry in document.list(list)?.items() {
            let parameter = document.map(document.resolve(entry.clone())?)?;
            let Some(name) = parameter.text_at("name") else {
                return Err(document.fault(&entry, "this parameter needs the key `name`", None));
            };
            let Some(place) = parameter.get("in") else {
                return Err(document.fault(&entry, format!("the parameter `{name}` needs the key `in`"), None));
            };
            let word = place.text().unwrap_or_default();
            if !PLACES.contains(&word.as_str()) {
                return Err(document.no_word(&place, "a valid `in` of a parameter", &PLACES));
            }
            all.retain(|(key, _)| *key != (word.clone(), name.clone()));
            all.push(((word, name), parameter));
        }
    }
    Ok(all)
}

impl<'d> Draft<'d> {
    fn parameter(
        &mut self,
        document: &'d Document<'d>,
        place: &str,
        name: String,
        parameter: &Node<'d>,
    ) -> Result<(), Diagnostic> {
        // Headers that the document may not declare (OpenAPI 3.1 section 4.8.12.1) are the driver's and the caller's.
        let reserved = ["accept", "authorization", "content-type"].contains(&name.to_lowercase().as_str());
        if place == "header" && reserved {
            return Ok(());
        }
        let schema = parameter.get("schema").or_else(|| content(parameter)?.1.get("schema"));
        let schema = schema.map(|schema| document.resolve(schema)).transpose()?;
        let value = match given_beside(document, parameter)? {
            Some(value) => Some(value),
            None => match schema.clone() {
                Some(schema) => Sampler::new(document).sample(schema)?,
                None => None,
            },
        };
        let sample = value.as_ref().and_then(in_a_url);
        if place == "header" || place == "cookie" {
            if sample.is_none() && !parameter.is("required") {
                return Ok(());
            }
            let names = if place == "header" { &mut self.spec.header } else { &mut self.spec.cookie };
            names.push(name.clone());
        }
        if place == "query" {
            if sample.is_none() && !parameter.is("required") {
                self.notes
                    .push(format!("the query parameter `{name}` is not a plain value, so Pincer does not send it"));
                return Ok(());
            }
            if schema.as_ref().is_some_and(|schema| free(document, schema)) {
                self.free_query.push(name.clone());
            }
            self.spec.query.push(name.clone());
        }
        if let (Some(sample), Some(schema)) = (&sample, &schema) {
            self.notes.extend(unmatched(schema, &name, sample));
        }
        self.spec.sample.extend(sample.map(|sample| (name, sample)));
        Ok(())
    }

    fn body(&mut self, document: &'d Document<'d>, body: &Node<'d>) -> Result<(), Diagnostic> {
        let Some((kind, media)) = content(body) else { return Ok(()) };
        self.spec.content = match kind.split(';').next().unwrap_or(kind).trim() {
            "application/x-www-form-urlencoded" => Content::Form,
            "multipart/form-data" => Content::Multipart,
            kind if is_json(kind) => Content::Json,
            kind => {
                self.notes.push(format!("takes {kind}, which Pincer cannot send"));
                return Ok(());
            }
        };
        let schema = media.get("schema").map(|schema| document.resolve(schema)).transpose()?;
        self.long_text = schema.as_ref().is_some_and(|schema| {
            let properties = schema.get("properties");
            properties.iter().flat_map(Node::entries).any(|(_, property)| {
                document.resolve(property).is_ok_and(|property| {
                    let most = property.value.get("maxLength").and_then(Value::as_u64);
                    free(document, &property) && most.is_none_or(|most| most >= LONG_TEXT)
                })
            })
        });
        self.spec.body = match given_beside(document, &media)? {
            Some(value) => Some(value),
            None => match schema {
                Some(schema) => Sampler::new(document).sample(schema)?,
                None => None,
            },
        };
        Ok(())
    }
}

/// The example of a parameter or of a media type, which stands beside its schema.
fn given_beside<'d>(document: &'d Document<'d>, node: &Node<'d>) -> Result<Option<Value>, Diagnostic> {
    if let Some(example) = node.get("example") {
        return Ok(Some(example.value.clone()));
    }
    let first = node.get("examples").and_then(|examples| examples.entries().into_iter().next());
    let Some((_, example)) = first else { return Ok(None) };
    Ok(document.resolve(example)?.get("value").map(|value| value.value.clone()))
}

/// The media type to use: JSON where there is one, else the first.
fn content<'d>(node: &Node<'d>) -> Option<(&'d str, Node<'d>)> {
    let content = node.get("content")?;
    let mut kinds = content.entries();
    let at = kinds.iter().position(|(kind, _)| is_json(kind)).unwrap_or(0);
    (at < kinds.len()).then(|| kinds.swap_remove(at))
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json") || kind == "application/*" || kind == "*/*"
}

/// Whether a schema takes any text.
fn free(document: &Document<'_>, schema: &Node<'_>) -> bool {
    let bound = ["enum", "const", "format", "pattern"].iter().any(|key| schema.value.get(key).is_some());
    !bound && kind(document, schema).is_ok_and(|kind| kind.as_deref() == Some("string"))
}

/// How a value is written into a URL: a list as its first item; a mapping has no plain form.
fn in_a_url(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.first().and_then(text_of),
        other => text_of(other),
    }
}

/// A note when a generated sample does not meet the pattern.
fn unmatched(schema: &Node<'_>, name: &str, sample: &str) -> Option<String> {
    let pattern = schema.text_at("pattern")?;
    let meets = regex::Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(sample));
    (!meets && given(schema).is_none())
        .then(|| format!("`{sample}` does not match the pattern of `{name}`: add an `example`"))
}

/// Roles that may call: what `x-roles` lists, else the scopes that `security` asks for.
fn allow(document: &Document<'_>, item: &Node<'_>, operation: &Node<'_>) -> Result<Vec<String>, Diagnostic> {
    let mut roles = Vec::new();
    if let Some(list) = operation.get("x-roles").or_else(|| item.get("x-roles")) {
        for role in document.list(list)?.items() {
            roles.push(role.text().ok_or_else(|| document.fault(&role, "a role must be a string", None))?);
        }
        return Ok(roles);
    }
    let Some(security) = operation.get("security").or_else(|| document.root().get("security")) else {
        return Ok(roles);
    };
    for requirement in document.list(security)?.items() {
        for (_, scopes) in document.map(requirement)?.entries() {
            roles.extend(document.list(scopes)?.items().iter().filter_map(Node::text));
        }
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}
