//! The texts of test runs, as users write them.

pub(super) const TARGET: &str = r#"
pincer: target/v1
name: made
kind: gateway
url: http://127.0.0.1:8080
tls: { url: "https://127.0.0.1:8443" }
upstreams: { ledger: {} }
identities:
  alice: { header: { X-Api-Key: "${env:ALICE}" }, roles: [reader], objects: { note: a-1 }, presents: { x-subject: alice } }
  bob: { header: { X-Api-Key: "${env:BOB}" }, roles: [reader], objects: { note: b-1 }, presents: { x-subject: bob } }
operations:
  read: { method: GET, path: "/accounts/{id}", upstream: ledger, allow: [reader] }
  search: { method: GET, path: /search, query: [q], upstream: ledger, allow: [reader] }
  amend: { method: PUT, path: "/notes/{id}", body: { note: n }, owned: { id: note, note: note }, upstream: ledger }
  annotate: { method: POST, path: /notes, body: { text: paid }, upstream: ledger, allow: [reader] }
limits:
  request_time: 1s
  rate: { quota: 20, window: 1s, burst: 5, tolerance: 10% }
audit:
  file: audit.jsonl
  loss: closed
  alerts: { field: kind, forbidden: denials, enumeration: not-found, after: 3, window: 10s, within: 1s }
claims: [audit]
"#;

pub(super) const AGENT: &str = r#"
pincer: target/v1
name: made
kind: agent
url: http://127.0.0.1:8080
task:
  within: 5s
  http:
    path: /invoke
    body: { input: "${task}", session: "${session}" }
    end: { path: "/sessions/${session}" }
    done: { field: status, value: done }
    approval: { id: waits.id, arguments: waits.with, path: "/approve/${approval}", body: { id: "${approval}", ok: true, with: "${arguments}" } }
audit: { file: actions.jsonl, fields: { refused: refused } }
upstreams: { ledger: { tls: true } }
identities:
  ann: { header: { X-Api-Key: "${env:ANN}" }, presents: { x-subject: ann } }
  ben: { header: { X-Api-Key: "${env:BEN}" }, presents: { x-subject: ben } }
operations:
  read:
    method: GET
    path: "/accounts/{id}"
    upstream: ledger
    tool: { name: get, args: { id: "${id}" }, ask: "What about ${id}?" }
  sensitive:
    method: POST
    path: /transfers
    upstream: ledger
    tool: { name: pay, args: { to: ["${id}"], amount: 2 }, touches: "/tmp/${id}", ask: "Pay ${id}." }
limits: { calls: 3, retries: 1, response: 1 KiB }
"#;

pub(super) const CATALOGUE: &str = r#"
pincer: controls/v1
families: { INP: "Input" }
controls:
  - { id: INP-01, level: MUST, applies: both, statement: "S", test: "T" }
  - { id: INP-02, level: SHOULD, applies: both, statement: "S", test: "T" }
"#;

pub(super) const PAYLOADS: &str = r#"
pincer: payloads/v1
name: traces
about: "What crashed programs print"
payloads:
  - { text: "Traceback (most recent call last):\n  File \"/srv/app.py\", line 88, in read\nKeyError: 'id'", note: "n" }
"#;

/// Texts that a shell, a URL or a terminal would interpret.
pub(super) const PROBES: &str = r#"
pincer: payloads/v1
name: probes
about: "What must reach a shell unharmed"
payloads:
  - { text: "it's \"quoted\" $HOME ${HOME} $(id) `id` \\ %s !! # ; | & * ?", note: "n" }
  - { text: "two\r\nlines\tand \e[2J, Straße 東京 \u202e", note: "n" }
  - { text: "@/etc/hostname", note: "n" }
"#;
