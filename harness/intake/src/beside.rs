//! What stands beside a descriptor, and fills what it leaves open.

use pincer_core::scenario::{Descriptor, Diagnostic, ReadError, Source, Target};

use crate::auth::read_auth;
use crate::openapi::{Onto, Route, read_api};

/// Texts of other tools that fill a descriptor.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// An `OpenAPI` document, for the operations that the descriptor does not declare.
    pub api: Option<&'a Source>,
    /// An authentication file of Web Fuzzing Commons, for the headers of identities that the descriptor gives none.
    pub auth: Option<&'a Source>,
}

/// A target and how its operations came by their names.
#[derive(Debug, Clone)]
pub struct Described {
    /// The target.
    pub target: Target,
    /// The operations of the API document; none without one.
    pub routes: Vec<Route>,
    /// What may not be meant as it is written: a fault that only a check tells, or a warning.
    pub doubts: Vec<Diagnostic>,
}

/// The API document that a descriptor names, seen from its folder.
pub fn api_of(source: &Source) -> Result<Option<String>, ReadError> {
    source.read("target/v1").map(|target: Target| target.api).map_err(|fault| ReadError(vec![fault]))
}

/// Reads a target descriptor and what stands beside it.
pub fn describe(source: &Source, beside: Beside<'_>) -> Result<Described, ReadError> {
    let mut descriptor = Descriptor::read(source)?;
    let mut routes = Vec::new();
    if let Some(api) = beside.api {
        let Target { operations: declared, upstreams, url, .. } = descriptor.target();
        let has_path =
            url.to_string().split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'));
        let (operations, found) = read_api(api, &Onto { declared, upstreams, has_path })?;
        descriptor.add_operations(operations);
        routes = found;
    }
    if let Some(auth) = beside.auth {
        for (identity, headers) in read_auth(auth)? {
            descriptor.add_headers(identity, headers);
        }
    }
    let (target, doubts) = descriptor.check()?;
    Ok(Described { target, routes, doubts })
}

#[cfg(test)]
mod tests;
