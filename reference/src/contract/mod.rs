//! The API document: `OpenAPI` 3 comes in; operations with compiled rules go out.
//!
//! The gateway reads paths, methods, `operationId`, parameters in path, query, headers and cookies, request bodies in
//! JSON, as forms and multipart, and the media types and schemas of successful answers. It adds three marks of its own.
//! `x-free-text: true` on a schema marks free text for the input filter. `x-file-name: true` marks a parameter with a
//! file name, or a part that is a file. `x-upstream` on an operation names its upstream if there are several.

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
    /// Whether a successful answer may be an event stream.
    pub(crate) streams: bool,
    /// What a successful JSON answer may contain.
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
    /// The places of free text.
    free: Vec<Vec<free::Step>>,
}

/// The media type of a body.
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

/// The type of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
}
