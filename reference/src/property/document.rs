//! Properties of the API document's rules and of JSON.

use std::fmt;
use std::sync::OnceLock;

use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::contract::{Operation, Rule, Values, pairs, read};
use crate::json;
use crate::weakness::Weaknesses;

const API: &str = r##"
openapi: 3.1.0
paths:
  /things/{id}:
    put:
      operationId: put
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }
        - { name: q, in: query, schema: { type: string, maxLength: 3, x-free-text: true } }
        - { name: flag, in: query, required: true, schema: { type: boolean } }
        - { name: X-Kind, in: header, schema: { type: string, pattern: "^[a-z]+$" } }
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } }
components:
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: { type: string, minLength: 1, maxLength: 5, x-free-text: true }
        size: { type: number, exclusiveMinimum: 0, maximum: 100, multipleOf: 0.5 }
        count: { type: integer, minimum: -2 }
        kind: { enum: [a, b, 1, null] }
        when: { type: string, format: date }
        mail: { type: string, format: email }
        code: { type: string, pattern: "^[A-Z]{2}[0-9]*$" }
        tags: { type: array, maxItems: 3, uniqueItems: true, items: { $ref: "#/components/schemas/Tag" } }
        below: { $ref: "#/components/schemas/Thing" }
        either: { oneOf: [{ type: string }, { type: object, required: [x], properties: { x: { const: 1 } } }] }
    Tag: { anyOf: [{ type: string, maxLength: 2 }, { type: integer }], not: { const: no } }
"##;

/// A request to the document's operation: five lines, then the body.
#[derive(Debug)]
struct Given<'a> {
    id: &'a str,
    query: [Option<&'a str>; 3],
    header: Option<&'a str>,
    body: &'a str,
}

impl<'a> Given<'a> {
    /// A line `~` means that the value is missing; as the body it means a valid one.
    fn read(data: &'a [u8]) -> Option<Self> {
        let mut lines = str::from_utf8(data).ok()?.splitn(6, '\n');
        let id = lines.next()?;
        let mut line = || lines.next().map(|line| (line != "~").then_some(line));
        let (query, header) = ([line()?, line()?, line()?], line()?);
        let body = lines.next()?;
        Some(Self { id, query, header, body: if body == "~" { r#"{"name":"a"}"# } else { body } })
    }
}

/// The contract accepts exactly what the compiled schema and hand-written rules accept, and returns the free texts.
pub fn contract(data: &[u8]) {
    static WORLD: OnceLock<(Operation, Rule)> = OnceLock::new();
    let Some(given) = Given::read(data) else { return };
    let Ok(body) = json::read(given.body.as_bytes()) else { return };
    let (operation, schema) = WORLD.get_or_init(|| {
        let mut document: Value = serde_saphyr::from_str(API).unwrap();
        document["$ref"] = json!("#/components/schemas/Thing");
        (read(API).unwrap().remove(0), Rule::new(document).unwrap())
    });
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let path = format!("/things/{}", encode(given.id));
    let [q, flag, other] = given.query.map(|text| text.map(str::to_owned));
    let query: Vec<(String, String)> = [("q", &q), ("flag", &flag), ("other", &other)]
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)))
        .collect();
    let written: Vec<String> = query.iter().map(|(name, text)| format!("{name}={}", encode(text))).collect();
    assert_eq!(pairs(&written.join("&")), Ok(query.clone()), "a query is read otherwise than it was written");
    let mut headers = HeaderMap::new();
    let header = given.header.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok());
    headers.extend(header.clone().map(|value| (http::HeaderName::from_static("x-kind"), value)));
    let values = Values { path: &path, query: &query, headers: &headers, body: Some(&body), files: &[] };
    let weak = Weaknesses::default();
    let told = operation.check_path(&path, &weak).and_then(|()| operation.check_values(&values, &weak));
    let kind = header.is_none_or(|kind| !kind.is_empty() && kind.as_bytes().iter().all(u8::is_ascii_lowercase));
    let sound = is_positive(given.id)
        && q.as_ref().is_none_or(|text| text.chars().count() <= 3)
        && flag.is_some_and(|flag| flag == "true" || flag == "false")
        && other.is_none()
        && kind
        && schema.is_valid(&body);
    assert_eq!(told.is_ok(), sound, "{given:?}");
    if let Ok(texts) = told {
        let name = body["name"].as_str().map(str::to_owned);
        let missing = q.into_iter().chain(name).find(|text| !texts.contains(text));
        assert_eq!(missing, None, "a free text is not filtered");
    }
}

/// A positive whole number that fits, in its canonical form.
fn is_positive(text: &str) -> bool {
    let digits = text.starts_with(|c: char| ('1'..='9').contains(&c)) && text.bytes().all(|b| b.is_ascii_digit());
    digits && text.parse::<i64>().is_ok()
}

/// JSON that keeps the order of members, and duplicates.
#[derive(Debug)]
enum Tree {
    Leaf,
    List(Vec<Tree>),
    Members(Vec<(String, Tree)>),
}

/// The JSON reader accepts what `serde_json` accepts, except duplicate members, and finds the correct depth.
pub fn json(data: &[u8]) {
    let ours = json::read(data);
    let Ok(tree) = serde_json::from_slice::<Tree>(data) else {
        assert!(ours.is_err(), "what is no JSON is read");
        return;
    };
    let depth = json::depth(data);
    assert_eq!(depth, tree.depth(), "the depth of the text is not that of the value");
    let theirs: Value = serde_json::from_slice(data).unwrap();
    match ours {
        Ok(value) => {
            assert!(!tree.repeats(), "a member stands twice");
            assert_eq!(value, theirs, "another value is read");
            assert_eq!(json::read(value.to_string().as_bytes()).ok(), Some(value), "a value reads back as another");
        }
        Err(error) => assert!(tree.repeats(), "JSON is refused: {error}"),
    }
}

impl Tree {
    fn depth(&self) -> usize {
        match self {
            Self::Leaf => 0,
            Self::List(items) => items.iter().map(Self::depth).max().unwrap_or(0) + 1,
            Self::Members(members) => members.iter().map(|(_, member)| member.depth()).max().unwrap_or(0) + 1,
        }
    }

    fn repeats(&self) -> bool {
        match self {
            Self::Leaf => false,
            Self::List(items) => items.iter().any(Self::repeats),
            Self::Members(members) => members.iter().enumerate().any(|(at, (name, member))| {
                member.repeats() || members.iter().skip(at + 1).any(|(other, _)| other == name)
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Tree;
            fn expecting(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
                form.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(member) = members.next_entry()? {
                    list.push(member);
                }
                Ok(Tree::Members(list))
            }
        }
        source.deserialize_any(Reader)
    }
}
