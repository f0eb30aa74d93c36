//! Tools: an API document and the names of operations come in, functions for the model and rules for their arguments
//! go out.

use std::collections::BTreeMap;

use http::{HeaderName, Method};
use serde_json::{Map, Value, json};

use super::settings::AgentSettings;
use crate::contract::{self, Rule};
use crate::settings::SettingsError;

/// Depth of nested references; deeper schemas accept anything.
const DEPTH: usize = 16;

/// An operation that the model may ask for.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) method: Method,
    /// The path with its variables in braces.
    pub(super) path: String,
    /// Whether the operator allows it.
    pub(super) listed: bool,
    /// Whether it runs only after an approval.
    pub(super) approve: bool,
    /// Where each argument goes.
    pub(super) places: BTreeMap<String, Place>,
    summary: String,
    schema: Value,
    rule: Rule,
}

/// Where an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
    /// A member of the body.
    Member,
    /// The body itself.
    Body,
}

/// All operations of the document that can be tools.
#[derive(Debug)]
pub(super) struct Tools(Vec<Tool>);

impl Tools {
    /// Fails if the document lacks a tool, or if a tool cannot be described as a function.
    pub(super) fn read(settings: &AgentSettings, api: &str) -> Result<Self, SettingsError> {
        let operations = contract::read(api)?;
        let document: Value = serde_saphyr::from_str(api).map_err(|error| fail(error.to_string()))?;
        for name in settings.tools.iter().chain(&settings.approve) {
            if !operations.iter().any(|operation| operation.name == *name) {
                return Err(fail(format!("`{name}` is no operation")));
            }
        }
        if let Some(name) = settings.approve.iter().find(|name| !settings.tools.contains(name)) {
            return Err(fail(format!("`{name}` needs an approval, but is no tool")));
        }
        let mut tools = Vec::new();
        for operation in operations {
            let item = document.get("paths").and_then(|paths| paths.get(&operation.path)).unwrap_or(&Value::Null);
            let listed = settings.tools.contains(&operation.name);
            let approve = settings.approve.contains(&operation.name);
            let reserved = &settings.upstream.header;
            match tool((operation.name, operation.method, operation.path), item, &document, reserved) {
                Ok(tool) => tools.push(Tool { listed, approve, ..tool }),
                Err(error) if listed => return Err(error),
                // Not a tool of the settings, so it does not matter.
                Err(_) => {}
            }
        }
        Ok(Self(tools))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Tool> {
        self.0.iter().find(|tool| tool.name == name)
    }

    /// The functions that the model is offered: the allowed ones.
    pub(super) fn offer(&self) -> Value {
        let function = |tool: &Tool| {
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.summary, "parameters": tool.schema}})
        };
        self.0.iter().filter(|tool| tool.listed).map(function).collect()
    }
}

impl Tool {
    /// Whether it only reads (RFC 9110 section 9.2.1).
    pub(super) fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// Whether arguments fit its schema.
    pub(super) fn takes(&self, arguments: &Map<String, Value>) -> bool {
        self.rule.is_valid(&Value::Object(arguments.clone()))
    }
}

fn tool(
    (name, method, path): (String, Method, String),
    item: &Value,
    document: &Value,
    reserved: &str,
) -> Result<Tool, SettingsError> {
    let word = method.as_str().to_ascii_lowercase();
    let part = item.get(&word).unwrap_or(&Value::Null);
    let part = contract::inline(part, item.get("parameters"), document);
    let (mut places, mut properties, mut required) = (BTreeMap::new(), Map::new(), Vec::new());
    let twice = |argument: &str| fail(format!("`{name}`: two arguments have the name `{argument}`"));
    for parameter in part.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let argument = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let place = match parameter.get("in").and_then(Value::as_str) {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("cookie") => Place::Cookie,
            _ if HeaderName::from_bytes(argument.as_bytes()).is_ok() && !argument.eq_ignore_ascii_case(reserved) => {
                Place::Header
            }
            _ => return Err(fail(format!("`{name}`: the header `{argument}` is no argument"))),
        };
        let schema = resolve(parameter.get("schema").unwrap_or(&Value::Bool(true)), document, DEPTH);
        if places.insert(argument.to_owned(), place).is_some() {
            return Err(twice(argument));
        }
        properties.insert(argument.to_owned(), schema);
        if place == Place::Path || parameter.get("required") == Some(&Value::Bool(true)) {
            required.push(argument.to_owned());
        }
    }
    if let Some(body) = part.get("requestBody") {
        let schema = body.pointer("/content/application~1json/schema");
        let schema = schema.ok_or_else(|| fail(format!("`{name}`: a tool's body must be JSON")))?;
        let schema = resolve(schema, document, DEPTH);
        let needed = body.get("required") == Some(&Value::Bool(true));
        let (members, place) = match members(&schema) {
            Some(members) => (members.clone(), Place::Member),
            None => (Map::from_iter([("body".to_owned(), schema.clone())]), Place::Body),
        };
        let own = if place == Place::Member { schema.get("required").cloned() } else { Some(json!(["body"])) };
        let own = own.filter(|_| needed).and_then(|own| serde_json::from_value::<Vec<String>>(own).ok());
        required.extend(own.unwrap_or_default());
        for (argument, schema) in members {
            if places.insert(argument.clone(), place).is_some() {
                return Err(twice(&argument));
            }
            properties.insert(argument, schema);
        }
    }
    let schema =
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let rule = contract::compile(&name, &schema, document)?;
    let summary = part.get("summary").or(part.get("description")).and_then(Value::as_str).unwrap_or_default();
    let summary = summary.to_owned();
    Ok(Tool { name, method, path, listed: false, approve: false, places, summary, schema, rule })
}

/// The members of a body that is a plain object.
fn members(schema: &Value) -> Option<&Map<String, Value>> {
    let combined = ["allOf", "anyOf", "oneOf", "not"].iter().any(|word| schema.get(word).is_some());
    schema.get("properties").and_then(Value::as_object).filter(|_| !combined)
}

/// The schema with references replaced by their targets, without extension keys.
fn resolve(schema: &Value, document: &Value, depth: usize) -> Value {
    match schema {
        _ if depth == 0 => Value::Bool(true),
        Value::Array(items) => items.iter().map(|item| resolve(item, document, depth)).collect(),
        Value::Object(from) => {
            let mut members: Map<String, Value> = from
                .iter()
                .filter(|(name, _)| *name != "$ref" && !name.starts_with("x-"))
                .map(|(name, part)| (name.clone(), resolve(part, document, depth)))
                .collect();
            let name = from.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
            let Some(target) = name.and_then(|name| document.pointer(name)) else { return Value::Object(members) };
            let target = resolve(target, document, depth - 1);
            if members.is_empty() {
                return target;
            }
            match members.get_mut("allOf").and_then(Value::as_array_mut) {
                Some(all) => all.push(target),
                None => drop(members.insert("allOf".to_owned(), json!([target]))),
            }
            Value::Object(members)
        }
        other => other.clone(),
    }
}

fn fail(why: String) -> SettingsError {
    SettingsError::Api(why)
}
