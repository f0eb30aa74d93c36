//! `OpenAPI` 3.0 and 3.1 documents as operations of a target.
//!
//! In: a document, and what the descriptor says beside it. Out: an [`OperationSpec`] for each operation that the
//! descriptor does not declare itself, and a [`Route`] for each, so that people see which plays which role.

mod operation;
mod part;
mod role;
mod sample;

use std::collections::{BTreeMap, BTreeSet};

use pincer_core::scenario::{Diagnostic, OperationSpec, ReadError, Source, UpstreamSpec, one_of};
use pincer_core::vocab::{Operation, Upstream};

use crate::node::{Document, Node};
use operation::{Draft, read_operation};

pub use role::{Named, Route};

/// What of a descriptor an API document is read onto.
pub(crate) struct Onto<'a> {
    /// The operations that the descriptor declares: they win.
    pub(crate) declared: &'a BTreeMap<Operation, OperationSpec>,
    /// The target's upstreams.
    pub(crate) upstreams: &'a BTreeMap<Upstream, UpstreamSpec>,
    /// Whether the target's URL has a path of its own, which then stands for that of the document's server.
    pub(crate) has_path: bool,
}

/// The methods of a path item, `OpenAPI` 3.1 section 4.8.9.
const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];
/// The other keys of a path item.
const BESIDE: [&str; 5] = ["$ref", "description", "parameters", "servers", "summary"];

/// Faults after which a reader stops: a document of a thousand operations would repeat the same one.
const MOST_FAULTS: usize = 20;

/// Reads an API document.
pub(crate) fn read_api(
    source: &Source,
    onto: &Onto<'_>,
) -> Result<(BTreeMap<Operation, OperationSpec>, Vec<Route>), ReadError> {
    let one = |fault| ReadError(vec![fault]);
    let document = Document::read(source).map_err(one)?;
    version(&document).map_err(one)?;
    let base = if onto.has_path { String::new() } else { server_path(&document) };
    let mut faults = Vec::new();
    let mut routes = Vec::new();
    let mut drafts = Vec::new();
    let entries = list(&document).map_err(ReadError)?;
    if entries.is_empty() && onto.declared.is_empty() {
        let (root, help) = (document.root(), "add one, such as `/accounts: { get: {} }`, or declare `operations`");
        let place = root.get("paths").unwrap_or(root);
        return Err(one(document.fault(&place, "no operations are declared", Some(help.to_owned()))));
    }
    for (path, (method, node), item) in entries {
        let path = format!("{base}{path}");
        let known = onto
            .declared
            .iter()
            .find(|(_, spec)| spec.method.eq_ignore_ascii_case(method) && without_query(&spec.path) == path);
        if let Some((name, _)) = known {
            let route = format!("{} {path}", method.to_uppercase());
            routes.push(Route { name: name.clone(), route, named: Named::Descriptor, notes: Vec::new() });
            continue;
        }
        let draft = upstream(&document, &item, &node, onto.upstreams)
            .and_then(|upstream| read_operation(&document, (&path, &item), (method, node), upstream));
        match draft {
            Ok(draft) => drafts.push(draft),
            Err(fault) => faults.push(fault),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(ReadError(faults));
    }
    let declared: BTreeSet<&str> = onto.declared.keys().map(Operation::as_str).collect();
    let named = role::name(&document, drafts, &declared).map_err(ReadError)?;
    let mut operations = BTreeMap::new();
    for (name, named, mut draft) in named {
        let route = format!("{} {}", draft.spec.method, draft.spec.path);
        let wins = !declared.contains(name.as_str());
        role::rename(&name, &mut draft);
        let Draft { spec, mut notes, .. } = draft;
        if wins {
            operations.insert(name.clone(), spec);
        } else {
            notes = vec!["not used: the descriptor already declares an operation with this name".to_owned()];
        }
        routes.push(Route { name, route, named, notes });
    }
    Ok((operations, routes))
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

/// Fails unless the document says that it is `OpenAPI` 3.0 or 3.1.
fn version(document: &Document<'_>) -> Result<(), Diagnostic> {
    let root = document.map(document.root())?;
    if let Some(swagger) = root.get("swagger") {
        let help = "convert it to OpenAPI 3, for example with `npx swagger2openapi` or editor.swagger.io".to_owned();
        let version = swagger.text().unwrap_or_default();
        return Err(document.fault(
            &swagger,
            format!("this is Swagger {version}, but Pincer reads only OpenAPI 3.0 and 3.1"),
            Some(help),
        ));
    }
    let Some(stated) = root.get("openapi") else {
        let known: Vec<&str> = root.entries().into_iter().map(|(key, _)| key).collect();
        let near = known.iter().find(|key| one_of(key, &["openapi"]).is_some_and(|help| help.starts_with("did")));
        let help = near.map(|near| format!("did you mean `openapi` instead of `{near}`?"));
        return Err(document.fault(&root, "this is not an OpenAPI document: it has no `openapi: 3.1.0`", help));
    };
    let version = stated.text().unwrap_or_default();
    if version == "3.0" || version == "3.1" || version.starts_with("3.0.") || version.starts_with("3.1.") {
        Ok(())
    } else {
        let help = Some("use OpenAPI 3.0 or 3.1".to_owned());
        Err(document.fault(&stated, format!("`{version}` is not a supported version of OpenAPI"), help))
    }
}

/// A path, one of its methods with its operation, and the path item.
type Entry<'d> = (&'d str, (&'d str, Node<'d>), Node<'d>);

/// All operations in the order of the text.
fn list<'d>(document: &'d Document<'d>) -> Result<Vec<Entry<'d>>, Vec<Diagnostic>> {
    let one = |fault| vec![fault];
    let root = document.root();
    let paths = root.get("paths").ok_or_else(|| one(document.fault(&root, "the key `paths` is missing", None)))?;
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (path, stated) in
        document.map(paths).map_err(one)?.entries().into_iter().filter(|(path, _)| !path.starts_with("x-"))
    {
        if !path.starts_with('/') {
            faults.push(document.fault(&stated, format!("the path `{path}` does not start with `/`"), None));
        }
        let item = match document.resolve(stated).and_then(|item| document.map(item)) {
            Ok(item) => item,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for (key, node) in item.entries() {
            if METHODS.contains(&key) {
                match document.map(node) {
                    Ok(node) => entries.push((path, (key, node), item.clone())),
                    Err(fault) => faults.push(fault),
                }
            } else if !BESIDE.contains(&key) && !key.starts_with("x-") {
                let valid = [METHODS.as_slice(), BESIDE.as_slice()].concat();
                faults.push(document.fault(
                    &node,
                    format!("`{key}` is not a valid key of a path"),
                    one_of(key, &valid),
                ));
            }
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// Where an operation is forwarded: what `x-upstream` names on it, its path or the document, else the only upstream.
fn upstream(
    document: &Document<'_>,
    item: &Node<'_>,
    operation: &Node<'_>,
    upstreams: &BTreeMap<Upstream, UpstreamSpec>,
) -> Result<Upstream, Diagnostic> {
    let stated = [operation, item, &document.root()].into_iter().find_map(|part| part.get("x-upstream"));
    let known: Vec<&str> = upstreams.keys().map(Upstream::as_str).collect();
    if let Some(stated) = stated {
        let word = stated.text().unwrap_or_default();
        let found = upstreams.keys().find(|name| name.as_str() == word);
        return found.cloned().ok_or_else(|| document.no_word(&stated, "an upstream of the descriptor", &known));
    }
    let (message, help) = match (upstreams.keys().next(), upstreams.len()) {
        (Some(only), 1) => return Ok(only.clone()),
        (None, _) => ("the descriptor has no upstream for this operation", "add one under its `upstreams`".to_owned()),
        _ => (
            "the descriptor has several upstreams, and this operation names none",
            format!("add `x-upstream: NAME` here or at the top; one of: {}", known.join(", ")),
        ),
    };
    Err(document.fault(operation, message, Some(help)))
}

/// The path of the first server, which stands before all paths (`OpenAPI` 3.1, section 4.8.5).
fn server_path(document: &Document<'_>) -> String {
    let server = document.root().get("servers").and_then(|servers| servers.item(0));
    let Some(mut url) = server.as_ref().and_then(|server| server.text_at("url")) else { return String::new() };
    for (name, variable) in server.and_then(|server| server.get("variables")).iter().flat_map(Node::entries) {
        url = url.replace(&format!("{{{name}}}"), &variable.text_at("default").unwrap_or_default());
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url.as_str(),
    };
    let path = without_query(path).trim_matches('/');
    if path.is_empty() || path.contains('{') { String::new() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests;
