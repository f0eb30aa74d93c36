//! Reads an API document.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::carried::RESERVED;
use super::{Answer, Body, Kind, Media, Operation, Parameter, Place, Rule, free};
use crate::settings::SettingsError;

/// The methods of `OpenAPI` 3.1 that the gateway serves. Callers of an API need no HEAD, OPTIONS or TRACE.
const METHODS: [(&str, Method); 5] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("patch", Method::PATCH),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationDoc {
    operation_id: String,
    #[serde(default)]
    parameters: Vec<ParameterDoc>,
    request_body: Option<BodyDoc>,
    #[serde(default)]
    responses: BTreeMap<String, BodyDoc>,
    #[serde(rename = "x-upstream")]
    upstream: Option<String>,
}

#[derive(Deserialize)]
struct ParameterDoc {
    name: String,
    r#in: Place,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    schema: Map<String, Value>,
    #[serde(default, rename = "x-file-name")]
    file_name: bool,
}

#[derive(Deserialize)]
struct BodyDoc {
    #[serde(default)]
    required: bool,
    #[serde(default)]
    content: BTreeMap<String, MediaDoc>,
}

#[derive(Deserialize)]
struct MediaDoc {
    #[serde(default)]
    schema: Map<String, Value>,
}

/// The operations of a document; fails if the gateway could not enforce something in it.
pub(crate) fn read(text: &str) -> Result<Vec<Operation>, SettingsError> {
    let document: Value = serde_saphyr::from_str(text).map_err(|error| fail(error.to_string()))?;
    if !document.get("openapi").and_then(Value::as_str).is_some_and(|version| version.starts_with("3.")) {
        return Err(fail("`openapi` is not 3.x".to_owned()));
    }
    let paths = document.get("paths").and_then(Value::as_object).ok_or_else(|| fail("it has no `paths`".to_owned()))?;
    let mut operations = Vec::new();
    let (mut names, mut shapes) = (BTreeSet::new(), BTreeMap::new());
    for (path, item) in paths {
        let variables = variables(path)?;
        if let Some(twin) = shapes.insert(shape(path), path) {
            return Err(fail(format!("`{twin}` and `{path}` can't be told apart")));
        }
        for (word, method) in METHODS {
            let Some(part) = item.get(word) else { continue };
            let part = inline(part, item.get("parameters"), &document);
            let read: OperationDoc =
                serde_json::from_value(part).map_err(|error| fail(format!("{word} {path}: {error}")))?;
            if !is_name(&read.operation_id) || !names.insert(read.operation_id.clone()) {
                return Err(fail(format!("`{}` is no operation name, or stands twice", read.operation_id)));
            }
            operations.push(operation(read, method, path, &variables, &document)?);
        }
    }
    Ok(operations)
}

/// An operation with the parameters of its path. References, except in schemas, are replaced by their targets.
pub(crate) fn inline(operation: &Value, shared: Option<&Value>, document: &Value) -> Value {
    let target = |part: &Value| {
        let name = part.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        name.and_then(|name| document.pointer(name)).unwrap_or(part).clone()
    };
    let mut operation = operation.clone();
    let own = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let shared = shared.and_then(Value::as_array).into_iter().flatten();
    let parameters: Vec<_> = shared.chain(own).map(target).collect();
    if let Some(members) = operation.as_object_mut() {
        members.insert("parameters".to_owned(), parameters.into());
        if let Some(body) = members.get_mut("requestBody") {
            *body = target(body);
        }
        for response in members.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten() {
            *response.1 = target(response.1);
        }
    }
    operation
}

fn operation(
    read: OperationDoc,
    method: Method,
    path: &str,
    variables: &[&str],
    document: &Value,
) -> Result<Operation, SettingsError> {
    let name = read.operation_id;
    let declared: BTreeSet<_> = read.parameters.iter().filter(|p| p.r#in == Place::Path).map(|p| &*p.name).collect();
    if declared != variables.iter().copied().collect() {
        return Err(fail(format!("`{name}`: the parameters in its path and those that it declares differ")));
    }
    let body = match read.request_body {
        None => None,
        Some(body) => Some(self::body(&name, body, document)?),
    };
    let streams =
        read.responses.iter().any(|(code, r)| code.starts_with('2') && r.content.contains_key("text/event-stream"));
    let mut sound = read.responses.iter().filter(|(code, _)| code.starts_with('2'));
    let json = sound.find_map(|(_, response)| response.content.get("application/json"));
    let answer = json.map_or(Answer::Open, |media| Answer::read(&Value::Object(media.schema.clone()), document));
    let parameters = read.parameters.into_iter().map(|p| parameter(&name, p, document)).collect::<Result<_, _>>()?;
    Ok(Operation { name, method, path: path.to_owned(), upstream: read.upstream, body, streams, answer, parameters })
}

/// The media types of bodies.
const MEDIA: [(&str, Media); 3] = [
    ("application/json", Media::Json),
    ("application/x-www-form-urlencoded", Media::Form),
    ("multipart/form-data", Media::Multipart),
];

fn body(operation: &str, read: BodyDoc, document: &Value) -> Result<Body, SettingsError> {
    let known = |kind: &str| MEDIA.iter().find(|(known, _)| *known == kind).map(|(_, media)| *media);
    let mut content = read.content.into_iter();
    let (Some((kind, doc)), None) = (content.next(), content.next()) else {
        return Err(fail(format!("`{operation}`: the body must have one media type")));
    };
    let media = known(&kind).ok_or_else(|| {
        let all = MEDIA.map(|(kind, _)| kind).join(", ");
        fail(format!("`{operation}`: the body is {kind}, and must be one of {all}"))
    })?;
    let schema = Value::Object(doc.schema);
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let marked = properties.filter(|(_, schema)| schema.get("x-file-name") == Some(&Value::Bool(true)));
    let files = marked.map(|(name, _)| name.clone()).collect();
    let (free, rule) = (free::places(&schema, document), compile(operation, &schema, document)?);
    Ok(Body { required: read.required, media, rule, files, free })
}

fn parameter(operation: &str, read: ParameterDoc, document: &Value) -> Result<Parameter, SettingsError> {
    let kind = match read.schema.get("type").and_then(Value::as_str) {
        Some("string") => Kind::Text,
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        _ => return Err(fail(format!("`{operation}`: the parameter `{}` has no simple type", read.name))),
    };
    if read.r#in == Place::Header && RESERVED.contains(&read.name.to_ascii_lowercase().as_str()) {
        return Err(fail(format!("`{operation}`: the header `{}` is no parameter", read.name)));
    }
    let free = read.schema.get("x-free-text") == Some(&Value::Bool(true));
    let rule = compile(operation, &Value::Object(read.schema), document)?;
    Ok(Parameter {
        name: read.name,
        place: read.r#in,
        required: read.required,
        kind,
        rule,
        free,
        file_name: read.file_name,
    })
}

/// The rule of a schema, which may refer to the document's components.
pub(crate) fn compile(operation: &str, schema: &Value, document: &Value) -> Result<Rule, SettingsError> {
    let mut schema = schema.clone();
    if let (Some(members), Some(components)) = (schema.as_object_mut(), document.get("components")) {
        members.insert("components".to_owned(), components.clone());
    }
    Rule::new(schema).map_err(|error| fail(format!("`{operation}`: {error}")))
}

/// The variables of a path; each must be a whole segment.
fn variables(path: &str) -> Result<Vec<&str>, SettingsError> {
    let mut variables = Vec::new();
    let segments = path.strip_prefix('/').ok_or_else(|| fail(format!("`{path}` does not begin with a slash")))?;
    for segment in segments.split('/') {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if is_name(name) => variables.push(name),
            None if segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b)) => {}
            _ => return Err(fail(format!("`{path}`: `{segment}` is neither plain text nor one variable"))),
        }
    }
    Ok(variables)
}

/// The path without its variables' names: paths of one shape match the same requests.
fn shape(path: &str) -> String {
    path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect::<Vec<_>>().join("/")
}

/// Names are used unescaped in header fields and log records.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

fn fail(why: String) -> SettingsError {
    SettingsError::Api(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(paths: &str) -> String {
        read(&format!("openapi: 3.1.0\npaths:\n{paths}")).unwrap_err().to_string()
    }

    #[test]
    fn references_and_shared_parameters_are_followed() {
        let operations = read(
            r##"{"openapi": "3.0.3", "paths": {"/a/{id}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": {"operationId": "get", "responses": {"200": {"$ref": "#/components/responses/Events"}}}}},
            "components": {
                "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
                "responses": {"Events": {"content": {"text/event-stream": {}}}}}}"##,
        )
        .unwrap();
        assert!(operations.len() == 1 && operations[0].streams && operations[0].parameters.len() == 1);
    }

    #[test]
    fn documents_that_cannot_be_enforced_are_errors() {
        for (paths, word) in [
            ("  /a/{id}: { get: { operationId: a } }", "differ"),
            ("  /a{id}: { get: { operationId: a } }", "neither"),
            ("  a: { get: { operationId: a } }", "slash"),
            ("  /a: { get: { operationId: a }, put: { operationId: a } }", "twice"),
            ("  /a: { get: { operationId: a b } }", "no operation name"),
            ("  /a: { get: {} }", "operationId"),
            (
                "  /a: { get: { operationId: a, parameters: [{ name: Authorization, in: header, schema: { type: string } }] } }",
                "header",
            ),
            (
                "  /a: { get: { operationId: a, parameters: [{ name: x, in: query, schema: { type: array } }] } }",
                "simple",
            ),
            (
                "  /a: { get: { operationId: a, parameters: [{ name: x, in: query, schema: { type: string, pattern: '(?=a)' } }] } }",
                "`a`",
            ),
            ("  /a: { put: { operationId: a, requestBody: { content: { text/plain: {} } } } }", "application/json"),
        ] {
            assert!(error(paths).contains(word), "{paths}: {}", error(paths));
        }
        let id = |name| {
            format!(
                "  /a/{{{name}}}: {{ get: {{ operationId: {name}, parameters: [{{ name: {name}, in: path, schema: {{ type: string }} }}] }} }}"
            )
        };
        assert!(error(&format!("{}\n{}", id("x"), id("y"))).contains("told apart"));
        assert!(read("openapi: 2.0.0\npaths: {}").is_err());
    }

    #[test]
    fn the_embedded_document_is_read() {
        let text = include_str!("../../../scenarios/targets/reference/openapi.yaml");
        let names: Vec<_> = read(text).unwrap().into_iter().map(|operation| operation.name).collect();
        assert_eq!(
            names,
            [
                "read", "remove", "create", "search", "annotate", "document", "quote", "ingest", "submit", "upload",
                "prefer", "profile", "amend", "stream"
            ]
        );
    }
}
