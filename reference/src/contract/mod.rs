//! The API document: `OpenAPI` 3 comes in, operations with compiled rules go out.
//!
//! Of the document the gateway reads paths, methods, `operationId`, parameters in path, query, headers and cookies,
//! request bodies in JSON, as forms and in parts, and the media types and schemas of successful answers. Three marks are its own:
//! `x-free-text: true` on a schema of free text, which then goes through the input filter, `x-file-name: true` on a
//! parameter that names a file or on a part that is one, and `x-upstream` on an operation when there are several
//! upstreams.

mod answer;
mod carried;
mod check;
mod form;
mod free;
mod read;
mod rule;

pub(crate) use answer::Answer;
pub(crate) use check::{Values, pairs};
pub(crate) use form::{Fields, form, parts};
use http::Method;
pub(crate) use read::{compile, inline, read};
pub(crate) use rule::Rule;

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// `operationId`.
    pub(crate) name: String,
    pub(crate) method: Method,
    /// The path with its variables in braces.
    pub(crate) path: String,
    pub(crate) upstream: Option<String>,
    pub(crate) body: Option<Body>,
    /// Whether a successful answer may be a stream of events.
    pub(crate) streams: bool,
    /// What a successful answer in JSON may hold.
    pub(crate) answer: Answer,
    parameters: Vec<Parameter>,
}

/// What a body must be.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) media: Media,
    rule: Rule,
    /// The parts that are files.
    files: Vec<String>,
    /// Where free text stands.
    free: Vec<Vec<free::Step>>,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Form,
    Multipart,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: Place,
    required: bool,
    kind: Kind,
    rule: Rule,
    free: bool,
    file_name: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// What the text of a parameter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
}
