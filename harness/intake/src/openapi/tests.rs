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
        "scenarios call this parameter `id`, not `accountId`",
        "scenarios call this parameter `q`, not `term`",
        "the query parameter `filter` is not a plain value, so Pincer does not send it",
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
    let json = "requestBody: { content: { application/json: { schema: { properties: { text: { type: string } } } } } }";
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
    let odd =
        "{\n\t\"openapi\":\t\"3.1.0\",\n\t\"paths\": { \"\\/a\": { \"get\": { \"summary\": \"\\ud83d\\ude00\" } } }\n}";
    let (operations, _) = read_onto(odd, &["ledger"], "{}").unwrap();
    assert!(operations.values().all(|spec| spec.path == "/a") && operations.len() == 1);
}

#[test]
fn each_fault_names_its_place_and_a_way_out() {
    for (right, wrong, message) in [
        (
            "openapi: 3.0.3",
            "swagger: \"2.0\"",
            "api.yaml:1:10: this is Swagger 2.0, but Pincer reads only OpenAPI 3.0 and 3.1 (convert",
        ),
        ("openapi: 3.0.3", "openapi: 4.0.0", "api.yaml:1:10: `4.0.0` is not a supported version of OpenAPI"),
        (
            "openapi: 3.0.3",
            "openpai: 3.0.3",
            "api.yaml:1:1: this is not an OpenAPI document: it has no `openapi: 3.1.0` (did you mean `openapi`",
        ),
        ("paths:", "path:", "the key `paths` is missing"),
        ("    delete:", "    delte:", "api.yaml:9:12: `delte` is not a valid key of a path (did you mean `delete`?)"),
        ("in: query", "in: querry", "`querry` is not a valid `in` of a parameter (did you mean `query`?)"),
        ("x-pincer-role: annotate", "x-pincer-role: anotate", "`anotate` is not a role (did you mean `annotate`?)"),
        ("x-pincer-role: annotate", "x-pincer-role: create", "another operation already has this role"),
        (
            "schemas/Transfer\"",
            "schemas/Tranfer\"",
            "nothing exists at `#/components/schemas/Tranfer` (did you mean `Transfer`?)",
        ),
        ("#/components/schemas/Transfer", "types.yaml#/Transfer", "points outside the document (bundle"),
        ("type: integer", "type: intger", "`intger` is not a type (did you mean `integer`?)"),
        ("/upload:", "upload:", "the path `upload` does not start with `/`"),
        ("x-roles: [ admin ]", "x-roles: admin", "api.yaml:9:44: a list is expected here"),
        ("name: term, ", "", "this parameter needs the key `name`"),
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
    assert!(found[0].starts_with("api.yaml:2:8: no operations are declared (add one, such as"), "{found:?}");
    let declared = "{ read: { method: GET, path: /b, upstream: ledger } }";
    assert!(read_onto(text, &["ledger"], declared).is_ok());
}

#[test]
fn an_upstream_is_named_where_there_are_several() {
    let found = faults(SOUND, &["ledger", "market"]);
    let message =
        "api.yaml:8:10: the descriptor has several upstreams, and this operation names none (add `x-upstream: NAME`";
    assert!(found.iter().any(|fault| fault.contains(message)), "{found:?}");
    let named = SOUND.replacen("paths:", "x-upstream: market\npaths:", 1);
    let (operations, _) = read_onto(&named, &["ledger", "market"], "{}").unwrap();
    assert!(operations.values().all(|spec| spec.upstream.as_str() == "market"));
    let wrong = faults(&named.replace("x-upstream: market", "x-upstream: markt"), &["ledger", "market"]);
    assert!(wrong.iter().any(|fault| fault.contains("(did you mean `market`?)")), "{wrong:?}");
    assert!(faults(SOUND, &[]).iter().any(|fault| fault.contains("no upstream for this operation")));
}
