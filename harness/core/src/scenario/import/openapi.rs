//! `OpenAPI` 3.0 and 3.1 documents as operations of a target.
//!
//! In: a document, and what the descriptor says beside it. Out: an [`OperationSpec`] for each operation that the
//! descriptor does not declare itself, and a [`Route`] for each, so that people see which plays which role.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Document, Node};
use super::operation::{Draft, read_operation};
use super::role::{self, Named, Route};
use crate::scenario::error::{Diagnostic, ReadError};
use crate::scenario::read::{Source, one_of};
use crate::scenario::target::{OperationSpec, UpstreamSpec};
use crate::vocab::{Operation, Upstream};

/// What of a descriptor an API document is read onto.
pub(in crate::scenario) struct Onto<'a> {
    /// The operations that the descriptor declares: they win.
    pub(in crate::scenario) declared: &'a BTreeMap<Operation, OperationSpec>,
    /// The target's upstreams.
    pub(in crate::scenario) upstreams: &'a BTreeMap<Upstream, UpstreamSpec>,
    /// Whether the target's URL has a path of its own, which then stands for that of the document's server.
    pub(in crate::scenario) has_path: bool,
}

/// The methods of a path item, `OpenAPI` 3.1 section 4.8.9.
const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];
/// The other keys of a path item.
const BESIDE: [&str; 5] = ["$ref", "description", "parameters", "servers", "summary"];

/// Faults after which a reader stops: a document of a thousand operations would repeat the same one.
const MOST_FAULTS: usize = 20;

/// Reads an API document.
pub(in crate::scenario) fn read_api(
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
        return Err(one(document.fault(&place, "no operation is known", Some(help.to_owned()))));
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
            notes = vec!["left out: the descriptor declares an operation of this name".to_owned()];
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
            format!("this is Swagger {version}; OpenAPI 3.0 and 3.1 are read"),
            Some(help),
        ));
    }
    let Some(stated) = root.get("openapi") else {
        let known: Vec<&str> = root.entries().into_iter().map(|(key, _)| key).collect();
        let near = known.iter().find(|key| one_of(key, &["openapi"]).is_some_and(|help| help.starts_with("did")));
        let help = near.map(|near| format!("is `{near}` meant to be `openapi`?"));
        return Err(document.fault(&root, "this is not an OpenAPI document: it has no `openapi: 3.1.0`", help));
    };
    let version = stated.text().unwrap_or_default();
    if version == "3.0" || version == "3.1" || version.starts_with("3.0.") || version.starts_with("3.1.") {
        Ok(())
    } else {
        let help = Some("OpenAPI 3.0 and 3.1 are read".to_owned());
        Err(document.fault(&stated, format!("`{version}` is not a version of OpenAPI that Pincer reads"), help))
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
        if !(path.starts_with('/') || cfg!(planted) && path.contains('/')) {
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
                faults.push(document.fault(&node, format!("`{key}` is not a key of a path"), one_of(key, &valid)));
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
        (None, _) => ("the descriptor has no upstream to forward this to", "add one under its `upstreams`".to_owned()),
        _ => (
            "the descriptor has several upstreams, and none is named here",
            format!("add `x-upstream: NAME` here or at the top; valid here: {}", known.join(", ")),
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
mod tests {
    use super::*;
    use serde_json::json;

    const SOUND: &str = r##"openapi: 3.0.3
info: { title: Bank, version: "1" }
servers: [ { url: "https://bank.example/{stage}/", variables: { stage: { default: v1 } } } ]
security: [ { oauth: [ read:all ] } ]
paths:
  /accounts/{accountId}:
    parameters: [ { name: accountId, in: path, required: true, schema: { type: integer, minimum: 1000 } } ]
    get: { operationId: get account, responses: { 200: { description: ok } } }
    delete: { operationId: close, x-roles: [ admin ] }
  /search:
    get:
      parameters:
        - { name: term, in: query, schema: { type: string } }
        - { name: sort, in: query, schema: { enum: [ up, down ] } }
        - { name: filter, in: query, schema: { type: object } }
        - { name: X-Tenant, in: header, required: true, schema: { type: string } }
  /transfers:
    post:
      operationId: create
      security: []
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Transfer" } } } }
  /notes:
    post:
      x-pincer-role: annotate
      requestBody: { content: { application/json: { example: { title: a, text: b } } } }
  /quotes/{pair}:
    get: { parameters: [ { name: pair, in: path, required: true, example: EURUSD, schema: { pattern: "^[A-Z]+$" } } ] }
  /upload:
    post: { requestBody: { content: { multipart/form-data: { schema: { type: object } } } } }
components:
  schemas:
    Transfer: { properties: { to: { type: string, example: acct-2 }, amount: { type: number }, id: { readOnly: true } } }
"##;

    type Read = Result<(BTreeMap<Operation, OperationSpec>, Vec<Route>), ReadError>;

    fn read_onto(text: &str, upstreams: &[&str], declared: &str) -> Read {
        let upstreams = upstreams.iter().map(|name| (Upstream::new(*name).unwrap(), UpstreamSpec::default())).collect();
        let declared: BTreeMap<Operation, OperationSpec> = serde_saphyr::from_str(declared).unwrap();
        let onto = Onto { declared: &declared, upstreams: &upstreams, has_path: false };
        read_api(&Source::new("api.yaml", text), &onto)
    }

    fn faults(text: &str, upstreams: &[&str]) -> Vec<String> {
        let read = read_onto(text, upstreams, "{}");
        read.err().map_or_else(Vec::new, |error| error.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn operations_take_their_roles_and_samples() {
        let (operations, routes) = read_onto(SOUND, &["ledger"], "{}").unwrap();
        let table: Vec<String> =
            routes.iter().map(|route| format!("{} {} {:?}", route.name, route.route, route.named)).collect();
        assert_eq!(
            table,
            [
                "read GET /v1/accounts/{accountId} Word(\"operationId\", \"get\")",
                "remove DELETE /v1/accounts/{accountId} Word(\"operationId\", \"close\")",
                "search GET /v1/search Word(\"path\", \"search\")",
                "create POST /v1/transfers OperationId",
                "annotate POST /v1/notes Role",
                "quote GET /v1/quotes/{pair} Word(\"path\", \"quote\")",
                "upload POST /v1/upload Word(\"path\", \"upload\")",
            ]
        );
        let operations = serde_json::to_value(operations).unwrap();
        assert_eq!(
            operations["read"],
            json!({"method": "GET", "path": "/v1/accounts/{id}", "sample": {"id": "1000"}, "upstream": "ledger",
                   "allow": ["read:all"]})
        );
        assert_eq!(
            operations["search"],
            json!({"method": "GET", "path": "/v1/search?term={q}", "sample": {"q": "sample", "sort": "up", "X-Tenant": "sample"},
                   "query": ["sort"], "header": ["X-Tenant"], "upstream": "ledger", "allow": ["read:all"]})
        );
        assert_eq!(operations["create"]["body"], json!({"to": "acct-2", "amount": 1}));
        assert_eq!(operations["upload"]["content"], json!("multipart"));
        assert_eq!(operations["create"]["allow"], json!([]));
        assert_eq!(operations["remove"]["allow"], json!(["admin"]));
        assert_eq!(operations["annotate"]["body"], json!({"title": "a", "text": "b"}));
        assert_eq!(operations["quote"]["sample"], json!({"symbol": "EURUSD"}));
        let notes: Vec<&String> = routes.iter().flat_map(|route| &route.notes).collect();
        for note in [
            "`accountId` is `id` to scenarios",
            "`term` is `q` to scenarios",
            "the query parameter `filter` has no plain value and is left out",
        ] {
            assert!(notes.iter().any(|known| *known == note), "{note}: {notes:?}");
        }
    }

    /// The roles of operations in the form of a list of paths.
    fn roles(paths: &str) -> Vec<String> {
        let text = format!("openapi: 3.1.0\npaths:\n{paths}");
        let (_, routes) = read_onto(&text, &["ledger"], "{}").unwrap();
        let said = |route: &Route| format!("{}={}", route.route, route.name);
        routes.iter().filter(|route| route.named != Named::Nothing).map(said).collect()
    }

    #[test]
    fn a_role_that_words_speak_against_is_not_given() {
        // A list with a cursor looks for nothing; who may see a calendar is no note; a search is no creation.
        let paths = r#"  /v1/accounts:
    get: { operationId: GetAccounts, parameters: [ { name: starting_after, in: query, schema: { type: string } } ] }
  "/calendars/{calendarId}/acl":
    post:
      operationId: calendar.acl.insert
      requestBody: { content: { application/json: { schema: { properties: { role: { type: string }, text: { type: string } } } } } }
  /documents/search:
    post: { requestBody: { content: { application/json: { schema: { properties: { term: { type: string } } } } } } }
  "/orders/{id}/cancel":
    post: { requestBody: { content: { application/json: { schema: { properties: { reason: { type: string } } } } } } }
"#;
        assert_eq!(roles(paths), Vec::<String>::new());
    }

    #[test]
    fn names_come_before_shapes() {
        let json =
            "requestBody: { content: { application/json: { schema: { properties: { text: { type: string } } } } } }";
        let paths = format!(
            "  /things:\n    post: {{ {json} }}\n  /remarks:\n    post: {{ {json} }}\n  /v2/orders:\n    post: {{ \
             operationId: placeOrder, {json} }}\n  \"/a/{{id}}\":\n    get: {{}}\n  \"/b/{{id}}\":\n    get: {{ summary: \
             Retrieves a b }}\n  \"/c/{{id}}\":\n    get: {{ operationId: fetchC }}\n"
        );
        assert_eq!(roles(&paths), ["POST /remarks=annotate", "POST /v2/orders=create", "GET /c/{id}=read"]);
    }

    #[test]
    fn what_the_descriptor_declares_wins() {
        let declared = "{ read: { method: GET, path: /a, upstream: ledger }, \
                        find: { method: get, path: /v1/search, upstream: ledger } }";
        let (operations, routes) = read_onto(SOUND, &["ledger"], declared).unwrap();
        assert!(!operations.keys().any(|name| name.as_str() == "read" || name.as_str() == "search"));
        assert!(operations.keys().any(|name| name.as_str() == "get-account"));
        assert!(routes.iter().any(|route| route.name.as_str() == "find" && route.named == Named::Descriptor));
    }

    #[test]
    fn json_is_read_too() {
        let value: serde_json::Value = serde_saphyr::from_str(SOUND).unwrap();
        let (operations, _) = read_onto(&value.to_string(), &["ledger"], "{}").unwrap();
        assert_eq!(operations, read_onto(SOUND, &["ledger"], "{}").unwrap().0);
        // What JSON allows and YAML writes otherwise: tabs between tokens, escaped slashes, surrogate pairs.
        let odd = "{\n\t\"openapi\":\t\"3.1.0\",\n\t\"paths\": { \"\\/a\": { \"get\": { \"summary\": \"\\ud83d\\ude00\" } } }\n}";
        let (operations, _) = read_onto(odd, &["ledger"], "{}").unwrap();
        assert!(operations.values().all(|spec| spec.path == "/a") && operations.len() == 1);
    }

    #[test]
    fn each_fault_names_its_place_and_a_way_out() {
        for (right, wrong, message) in [
            (
                "openapi: 3.0.3",
                "swagger: \"2.0\"",
                "api.yaml:1:10: this is Swagger 2.0; OpenAPI 3.0 and 3.1 are read (convert",
            ),
            ("openapi: 3.0.3", "openapi: 4.0.0", "api.yaml:1:10: `4.0.0` is not a version of OpenAPI"),
            (
                "openapi: 3.0.3",
                "openpai: 3.0.3",
                "api.yaml:1:1: this is not an OpenAPI document: it has no `openapi: 3.1.0` (is `openpai`",
            ),
            ("paths:", "path:", "the key `paths` is missing"),
            ("    delete:", "    delte:", "api.yaml:9:12: `delte` is not a key of a path (did you mean `delete`?)"),
            ("in: query", "in: querry", "`querry` is not a place of a parameter (did you mean `query`?)"),
            ("x-pincer-role: annotate", "x-pincer-role: anotate", "`anotate` is not a role (did you mean `annotate`?)"),
            ("x-pincer-role: annotate", "x-pincer-role: create", "another operation has this role already"),
            (
                "schemas/Transfer\"",
                "schemas/Tranfer\"",
                "nothing stands at `#/components/schemas/Tranfer` (did you mean `Transfer`?)",
            ),
            ("#/components/schemas/Transfer", "types.yaml#/Transfer", "leads out of the document (bundle"),
            ("type: integer", "type: intger", "`intger` is not a type (did you mean `integer`?)"),
            ("/upload:", "upload:", "the path `upload` does not start with `/`"),
            ("x-roles: [ admin ]", "x-roles: admin", "api.yaml:9:44: a list is expected here"),
            ("name: term, ", "", "the key `name` of this parameter is missing"),
        ] {
            assert!(SOUND.contains(right), "{right}");
            let found = faults(&SOUND.replacen(right, wrong, 1), &["ledger"]);
            assert!(found.iter().any(|fault| fault.contains(message)), "{wrong}: {found:?}");
        }
    }

    #[test]
    fn a_document_without_an_operation_is_told_where_none_is_declared() {
        let text = "openapi: 3.1.0\npaths: { /a: { summary: x } }\n";
        let found = faults(text, &["ledger"]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("api.yaml:2:8: no operation is known (add one, such as"), "{found:?}");
        let declared = "{ read: { method: GET, path: /b, upstream: ledger } }";
        assert!(read_onto(text, &["ledger"], declared).is_ok());
    }

    #[test]
    fn an_upstream_is_named_where_there_are_several() {
        let found = faults(SOUND, &["ledger", "market"]);
        let message =
            "api.yaml:8:10: the descriptor has several upstreams, and none is named here (add `x-upstream: NAME`";
        assert!(found.iter().any(|fault| fault.contains(message)), "{found:?}");
        let named = SOUND.replacen("paths:", "x-upstream: market\npaths:", 1);
        let (operations, _) = read_onto(&named, &["ledger", "market"], "{}").unwrap();
        assert!(operations.values().all(|spec| spec.upstream.as_str() == "market"));
        let wrong = faults(&named.replace("x-upstream: market", "x-upstream: markt"), &["ledger", "market"]);
        assert!(wrong.iter().any(|fault| fault.contains("(did you mean `market`?)")), "{wrong:?}");
        assert!(faults(SOUND, &[]).iter().any(|fault| fault.contains("no upstream to forward this to")));
    }
}
