//! From a JSON Schema to a value that meets it.
//!
//! In: a schema of an `OpenAPI` document. Out: its example, else its default, else the plainest value of its type. Of
//! `oneOf` and `anyOf` the first branch is taken, of `allOf` all; a ring of `$ref`s is cut where it closes. Patterns are
//! not generated for: whoever has one gives an example.

use pincer_core::scenario::{Diagnostic, Seg};
use serde_json::{Map, Number, Value};

use crate::node::{Document, Node};

/// Makes samples of one operation.
pub(super) struct Sampler<'d> {
    document: &'d Document<'d>,
    /// The schemas that are being sampled: one of them again is a ring.
    open: Vec<Vec<Seg>>,
    left: usize,
}

/// Schemas that one sample may visit, so that `$ref`s which double at each level end.
const MOST_SCHEMAS: usize = 2_000;
/// How deep a sample may nest: what a body of an API never does, and far below what a stack bears.
const MOST_DEPTH: usize = 32;
/// Characters of a generated text, whatever `minLength` asks for.
const MOST_TEXT: u64 = 4_096;
/// The types of JSON Schema 2020-12, section 4.2.1 of the validation vocabulary.
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
/// What stands for any free text.
const WORD: &str = "sample";

/// Valid texts of the formats of JSON Schema and of the `OpenAPI` format registry.
const FORMATS: [(&str, &str); 17] = [
    ("date", "2026-01-15"),
    ("date-time", "2026-01-15T12:00:00Z"),
    ("time", "12:00:00Z"),
    ("duration", "PT1H"),
    ("email", "someone@example.com"),
    ("idn-email", "someone@example.com"),
    ("hostname", "example.com"),
    ("idn-hostname", "example.com"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("uri", "https://example.com/"),
    ("url", "https://example.com/"),
    ("uri-reference", "/sample"),
    ("uuid", "0b8f6a3e-4c1d-4e0a-9a52-6f1f0c3d2b11"),
    ("byte", "c2FtcGxl"),
    ("json-pointer", "/sample"),
    ("regex", "sample"),
];

impl<'d> Sampler<'d> {
    /// For schemas of this document.
    pub(super) fn new(document: &'d Document<'d>) -> Self {
        Self { document, open: Vec::new(), left: MOST_SCHEMAS }
    }

    /// A value that meets the schema; nothing where it was cut, or where nothing meets it.
    pub(super) fn sample(&mut self, schema: Node<'d>) -> Result<Option<Value>, Diagnostic> {
        let schema = self.document.resolve(schema)?;
        if self.open.len() >= MOST_DEPTH || self.left == 0 || self.open.contains(&schema.at) {
            return Ok(None);
        }
        self.left -= 1;
        self.open.push(schema.at.clone());
        let value = self.whole(&schema);
        self.open.pop();
        value
    }

    fn whole(&mut self, schema: &Node<'d>) -> Result<Option<Value>, Diagnostic> {
        match schema.value {
            Value::Bool(true) => return Ok(Some(WORD.into())),
            Value::Bool(false) => return Ok(None),
            _ => {}
        }
        let schema = self.document.map(schema.clone())?;
        if let Some(value) = given(&schema) {
            return Ok(Some(value.clone()));
        }
        let mut value = None;
        for branch in schema.get("allOf").iter().flat_map(Node::items) {
            value = join(value, self.sample(branch)?);
        }
        for key in ["oneOf", "anyOf"] {
            let branches: Vec<Node<'d>> = schema.get(key).iter().flat_map(Node::items).collect();
            let none = |branch: &&Node<'d>| branch.text_at("type").as_deref() != Some("null");
            if let Some(branch) = branches.iter().find(none) {
                value = join(value, self.sample(branch.clone())?);
            }
        }
        match kind(self.document, &schema)? {
            Some(kind) => Ok(join(value, self.of_kind(&kind, &schema)?)),
            None if value.is_some() => Ok(value),
            None => Ok(Some(text(&schema).into())),
        }
    }

    fn of_kind(&mut self, kind: &str, schema: &Node<'d>) -> Result<Option<Value>, Diagnostic> {
        Ok(match kind {
            "object" => Some(self.object(schema)?),
            "array" => Some(self.array(schema)?),
            "boolean" => Some(true.into()),
            "integer" | "number" => Some(number(schema, kind == "integer")),
            "null" => Some(Value::Null),
            _ => Some(text(schema).into()),
        })
    }

    /// All properties that a caller may send, for each is a place for payloads.
    fn object(&mut self, schema: &Node<'d>) -> Result<Value, Diagnostic> {
        let mut map = Map::new();
        if let Some(properties) = schema.get("properties") {
            for (name, property) in self.document.map(properties)?.entries() {
                if self.document.resolve(property.clone())?.is("readOnly") {
                    continue;
                }
                if let Some(value) = self.sample(property)? {
                    map.insert(name.to_owned(), value);
                }
            }
        }
        let further = schema.get("additionalProperties").filter(|further| map.is_empty() && further.value.is_object());
        if let Some(value) = further.map(|further| self.sample(further)).transpose()?.flatten() {
            map.insert(WORD.to_owned(), value);
        }
        Ok(Value::Object(map))
    }

    fn array(&mut self, schema: &Node<'d>) -> Result<Value, Diagnostic> {
        let item = schema.get("items").map(|items| self.sample(items)).transpose()?.flatten();
        Ok(Value::Array(item.into_iter().collect()))
    }
}

/// The value that the schema itself names.
pub(super) fn given<'d>(schema: &Node<'d>) -> Option<&'d Value> {
    let map = schema.value.as_object()?;
    let first = |key: &str| map.get(key).and_then(Value::as_array).and_then(|values| values.first());
    map.get("example")
        .or_else(|| first("examples"))
        .or_else(|| map.get("default"))
        .or_else(|| map.get("const"))
        .or_else(|| first("enum"))
        .filter(|value| !value.is_null())
}

/// The type that the schema names, or that its other keys are about; nothing when it says nothing of it.
pub(super) fn kind(document: &Document<'_>, schema: &Node<'_>) -> Result<Option<String>, Diagnostic> {
    let stated = schema.get("type").map(|kind| {
        // OpenAPI 3.1: `type: [string, "null"]`.
        kind.items().into_iter().find(|item| item.text().as_deref() != Some("null")).unwrap_or(kind)
    });
    if let Some(stated) = stated {
        let word = stated.text().unwrap_or_default();
        return if TYPES.contains(&word.as_str()) {
            Ok(Some(word))
        } else {
            Err(document.no_word(&stated, "a type", &TYPES))
        };
    }
    let has = |keys: &[&str]| keys.iter().any(|key| schema.value.get(key).is_some());
    Ok(if has(&["properties", "additionalProperties", "required"]) {
        Some("object".to_owned())
    } else if has(&["items"]) {
        Some("array".to_owned())
    } else if has(&["minimum", "maximum", "multipleOf"]) {
        Some("number".to_owned())
    } else if has(&["format", "minLength", "maxLength", "pattern"]) {
        Some("string".to_owned())
    } else {
        None
    })
}

/// Two parts of one value: mappings are joined, of other values the first stays.
fn join(first: Option<Value>, second: Option<Value>) -> Option<Value> {
    match (first, second) {
        (Some(Value::Object(mut first)), Some(Value::Object(second))) => {
            for (key, value) in second {
                first.entry(key).or_insert(value);
            }
            Some(Value::Object(first))
        }
        (first, second) => first.or(second),
    }
}

/// A text of the schema's format and length.
fn text(schema: &Node<'_>) -> String {
    let number = |key: &str| schema.value.get(key).and_then(Value::as_u64);
    let format = schema.text_at("format");
    if let Some((_, text)) = FORMATS.iter().find(|(name, _)| Some(*name) == format.as_deref()) {
        return (*text).to_owned();
    }
    let word = WORD.len() as u64;
    let least = number("minLength").unwrap_or(0);
    let most = number("maxLength").unwrap_or(u64::MAX);
    let length = word.max(least).min(most).min(MOST_TEXT);
    WORD.chars().cycle().take(usize::try_from(length).unwrap_or(0)).collect()
}

/// 1, or the number nearest to it that the bounds allow.
fn number(schema: &Node<'_>, whole: bool) -> Value {
    let bound = |key: &str| schema.value.get(key).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0 && step.is_finite());
    let gap = step.unwrap_or(if whole { 1.0 } else { 0.5 });
    // OpenAPI 3.0 says `exclusiveMinimum: true` beside the bound, 3.1 gives the bound itself.
    let strict = |flag: &str| schema.is(flag);
    let low = bound("exclusiveMinimum")
        .map(|low| low + gap)
        .or_else(|| bound("minimum").map(|low| if strict("exclusiveMinimum") { low + gap } else { low }));
    let high = bound("exclusiveMaximum")
        .map(|high| high - gap)
        .or_else(|| bound("maximum").map(|high| if strict("exclusiveMaximum") { high - gap } else { high }));
    let mut value = 1.0_f64.max(low.unwrap_or(f64::MIN)).min(high.unwrap_or(f64::MAX));
    if let Some(step) = step {
        let up = (value / step).ceil() * step;
        value = if high.is_some_and(|high| up > high) { (value / step).floor() * step } else { up };
    } else if whole {
        value = value.ceil();
    }
    let integral = (value.fract() == 0.0).then(|| format!("{value:.0}").parse::<i64>().ok()).flatten();
    integral.map_or_else(|| Number::from_f64(value).map_or(Value::from(1), Value::Number), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pincer_core::scenario::Source;
    use serde_json::json;

    fn sampled(schema: &str) -> Result<Option<Value>, String> {
        let source = Source::new("d.yaml", format!("start: {schema}\n"));
        let document = Document::read(&source).unwrap();
        let start = document.root().get("start").unwrap();
        Sampler::new(&document).sample(start).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_value_meets_its_schema() {
        for (schema, value) in [
            ("{ type: string, example: a, default: b, enum: [c] }", json!("a")),
            ("{ type: string, default: b, enum: [c] }", json!("b")),
            ("{ enum: [c, d] }", json!("c")),
            ("{ type: [\"null\", string], format: date }", json!("2026-01-15")),
            ("{ type: string, minLength: 8, maxLength: 9 }", json!("samplesa")),
            ("{ type: string, maxLength: 3 }", json!("sam")),
            ("{ type: integer, minimum: 10 }", json!(10)),
            ("{ type: integer, minimum: 10, exclusiveMinimum: true, multipleOf: 4 }", json!(16)),
            ("{ type: integer, maximum: 0 }", json!(0)),
            ("{ type: number, exclusiveMinimum: 1, maximum: 1.75 }", json!(1.5)),
            ("{ type: array, items: { type: boolean } }", json!([true])),
            ("{ properties: { a: { type: integer }, b: { readOnly: true } } }", json!({"a": 1})),
            ("{ type: object, additionalProperties: { type: integer } }", json!({"sample": 1})),
            (
                "{ allOf: [ { properties: { a: {} } }, { properties: { b: {} } } ], properties: { c: {} } }",
                json!({"a": "sample", "b": "sample", "c": "sample"}),
            ),
            ("{ anyOf: [ { type: \"null\" }, { type: integer } ] }", json!(1)),
            ("{ oneOf: [ { type: boolean }, { type: integer } ] }", json!(true)),
            ("{}", json!("sample")),
        ] {
            assert_eq!(sampled(schema), Ok(Some(value)), "{schema}");
        }
    }

    #[test]
    fn a_ring_is_cut_where_it_closes() {
        let ring = "{ properties: { name: {}, next: { $ref: '#/start' }, all: { items: { $ref: '#/start' } } } }";
        assert_eq!(sampled(ring), Ok(Some(json!({"name": "sample", "all": []}))));
    }

    #[test]
    fn references_that_double_at_each_level_end() {
        let levels: String = (0..24)
            .map(|n| format!("s{n}: {{ properties: {{ a: {{ $ref: '#/s{0}' }}, b: {{ $ref: '#/s{0}' }} }} }}\n", n + 1))
            .collect();
        let source = Source::new("d.yaml", format!("{levels}s24: {{ type: string }}\n"));
        let document = Document::read(&source).unwrap();
        let start = document.root().get("s0").unwrap();
        assert!(Sampler::new(&document).sample(start).unwrap().is_some());
    }

    #[test]
    fn what_is_no_type_is_refused_at_its_place() {
        assert_eq!(
            sampled("{ type: strng }"),
            Err("d.yaml:1:16: `strng` is not a type (did you mean `string`?)".to_owned())
        );
    }
}
