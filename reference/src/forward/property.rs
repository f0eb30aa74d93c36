//! Properties of answers on their way back.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a property says by a panic that it is broken"
)]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};

use super::Forward;
use crate::contract::{Operation, read};
use crate::given::given;
use crate::problem::dress;
use crate::settings::Settings;
use crate::weakness::Weaknesses;

const API: &str = r##"
openapi: 3.1.0
paths:
  /profiles:
    get:
      operationId: profile
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                additionalProperties: false
                properties:
                  id: {}
                  city: { $ref: "#/components/schemas/City" }
                  cities: { type: array, items: { $ref: "#/components/schemas/City" } }
components:
  schemas:
    City: { type: object, additionalProperties: false, properties: { name: {}, twin: { $ref: "#/components/schemas/City" } } }
"##;

/// An upstream's answer, with secrets in any place.
#[derive(Debug, Arbitrary)]
struct Given {
    status: u16,
    secret: u64,
    headers: Vec<Field>,
    body: Shape,
}

#[derive(Debug, Arbitrary)]
enum Field {
    Server,
    Cookie,
    Location,
    Debug,
    Via,
    Language,
}

/// JSON; each leaf says whether it is a planted secret.
#[derive(Debug, Arbitrary)]
enum Shape {
    Plain(u8),
    Planted,
    List(Vec<Shape>),
    Members(Vec<(Member, Shape)>),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Member {
    Id,
    City,
    Cities,
    Name,
    Twin,
    Hash,
    /// A member named like a secret.
    Planted,
}

/// An error answer contains nothing that the upstream wrote. A successful answer contains only allowed headers and
/// declared members.
pub fn answer_cleaning(data: &[u8]) {
    static WORLD: OnceLock<(Forward, Operation)> = OnceLock::new();
    let Some(given) = given::<Given>(data) else { return };
    let (forward, operation) = WORLD.get_or_init(|| {
        let settings = "{ listen: '127.0.0.1:0', upstreams: { ledger: { url: 'http://127.0.0.1:9' } } }";
        let operations = read(API).unwrap();
        let forward = Forward::new(&Settings::from_yaml(settings).unwrap(), &operations, &Weaknesses::default());
        (forward.unwrap(), operations.into_iter().next().unwrap())
    });
    let Ok(status) = StatusCode::from_u16(200 + given.status % 400) else { return };
    let secret = format!("{:016x}", given.secret);
    let body = given.body.json(&secret, 0);
    let headers = given.headers.iter().take(8).map(|field| field.write(&secret)).collect::<HeaderMap>();
    let (parts, ()) = {
        let mut response = http::Response::new(());
        *response.status_mut() = status;
        response.into_parts()
    };
    let whole = Bytes::from(body.to_string());
    let answer =
        forward.declared(operation, &parts, whole).and_then(|whole| forward.answer(status, &headers, whole.into()));
    match answer {
        Ok(answer) => {
            assert!(status.is_success(), "the upstream's {status} is passed on");
            let (head, text) = shown(answer);
            hides(&head, &secret);
            assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(declared(&body)), "another value is shown");
        }
        Err(refusal) => {
            assert!(!status.is_success(), "a success is refused as {refusal:?}");
            assert!(refusal.status.is_client_error() || refusal.status.is_server_error(), "{refusal:?}");
            let mut answer = Response::new(Body::from(body.to_string()));
            *answer.headers_mut() = HeaderMap::new();
            dress(&mut answer, refusal, ("an-id", &[]), &Weaknesses::default());
            let (head, text) = shown(answer);
            hides(&head, &secret);
            hides(&text, &secret);
        }
    }
}

/// An answer's head and body.
fn shown(answer: Response) -> (String, String) {
    let (parts, body) = answer.into_parts();
    let body = body.collect().now_or_never().expect("it is there").expect("it is whole").to_bytes();
    (format!("{:?}", parts.headers), String::from_utf8_lossy(&body).into_owned())
}

/// No eight consecutive characters of a secret occur in a text.
fn hides(text: &str, secret: &str) {
    let run = (0..=secret.len() - 8).filter_map(|at| secret.get(at..at + 8)).find(|run| text.contains(run));
    assert_eq!(run, None, "what the upstream wrote is shown: {text}");
}

/// The declared part of a body, by hand.
fn declared(body: &Value) -> Value {
    let Value::Object(members) = body else { return Value::Null };
    let kept = members.iter().filter_map(|(name, value)| match name.as_str() {
        "id" => Some((name.clone(), value.clone())),
        "city" => Some((name.clone(), city(value))),
        "cities" => {
            let items = value.as_array().map(|items| items.iter().map(city).collect());
            Some((name.clone(), items.unwrap_or(Value::Null)))
        }
        _ => None,
    });
    Value::Object(kept.collect())
}

fn city(value: &Value) -> Value {
    let Value::Object(members) = value else { return Value::Null };
    let kept = members.iter().filter_map(|(name, value)| match name.as_str() {
        "name" => Some((name.clone(), value.clone())),
        "twin" => Some((name.clone(), city(value))),
        _ => None,
    });
    Value::Object(kept.collect())
}

impl Field {
    fn write(&self, secret: &str) -> (HeaderName, HeaderValue) {
        let (name, value) = match self {
            Self::Server => ("server", format!("Ledger/{secret}")),
            Self::Cookie => ("set-cookie", format!("session={secret}")),
            Self::Location => ("location", format!("http://10.0.0.7/{secret}")),
            Self::Debug => ("x-debug", secret.to_owned()),
            Self::Via => ("via", format!("1.1 {secret}")),
            Self::Language => ("content-language", "en".to_owned()),
        };
        (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap())
    }
}

impl Shape {
    fn json(&self, secret: &str, depth: usize) -> Value {
        match self {
            _ if depth > 8 => Value::Null,
            Self::Plain(number) => json!(number),
            Self::Planted => json!(secret),
            Self::List(items) => items.iter().take(8).map(|item| item.json(secret, depth + 1)).collect(),
            Self::Members(members) => {
                let members = members.iter().take(8);
                members
                    .map(|(name, value)| (name.text(secret), value.json(secret, depth + 1)))
                    .collect::<Map<_, _>>()
                    .into()
            }
        }
    }
}

impl Member {
    fn text(self, secret: &str) -> String {
        match self {
            Self::Id => "id",
            Self::City => "city",
            Self::Cities => "cities",
            Self::Name => "name",
            Self::Twin => "twin",
            Self::Hash => "hash",
            Self::Planted => secret,
        }
        .to_owned()
    }
}
