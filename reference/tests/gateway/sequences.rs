//! Sequences of generated requests to one gateway: what arrives, what is answered and what is recorded.
//!
//! `PROPTEST_CASES` sets the number of sequences (256 by default). A failing sequence is shortened and kept in
//! `sequences.proptest-regressions` beside this file.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::rig::{Answer, Arrival, Rig, fine, key, request};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Alice,
    Bob,
    Operator,
    Wrong,
    Nobody,
}

/// A request.
#[derive(Debug, Clone)]
struct Call {
    caller: Caller,
    /// The operation of the document, if it has one.
    operation: Option<&'static str>,
    method: &'static str,
    target: String,
    body: Option<String>,
    /// Whether path, query and body are as declared.
    valid: bool,
    /// The owner of the call's object, if that matters.
    owner: Option<Caller>,
    kind: &'static str,
    further: &'static str,
}

/// Requests, this many at a time.
#[derive(Debug, Clone)]
struct Sequence {
    calls: Vec<Call>,
    together: usize,
}

fn text() -> impl Strategy<Value = (String, bool)> {
    prop_oneof![
        // One long word could be base64.
        6 => "note [a-zA-Z0-9äß東 ]{0,20}".prop_map(|text| (text, true)),
        1 => prop::sample::select(vec!["O'Brien & sons; select sizes", "50% off", "5 > 3; 2 < 4", "Привет, мир"])
            .prop_map(|text| (text.to_owned(), true)),
        2 => prop::sample::select(vec!["' OR 1=1--", "<script>alert(1)</script>", "$(id)", "../../etc/passwd", "{{7*7}}"])
            .prop_map(|text| (text.to_owned(), false)),
    ]
}

fn call(operation: &'static str, method: &'static str, target: String) -> Call {
    Call {
        caller: Caller::Nobody,
        operation: Some(operation),
        method,
        target,
        body: None,
        valid: true,
        owner: None,
        kind: "application/json",
        further: "",
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A call without its caller.
fn bare() -> impl Strategy<Value = Call> {
    let id =
        prop_oneof![3 => "[0-9]{1,12}".prop_map(|id| (id, true)), 1 => "[0-9]{1,4}[a-z]".prop_map(|id| (id, false))];
    let profile = prop::sample::select(vec![("3001", Caller::Alice), ("3002", Caller::Bob)]);
    let amount = prop_oneof![3 => (1..1000_u32).prop_map(|n| (json!(n), true)), 1 => Just((json!("7"), false)), 1 => Just((json!(-1), false))];
    prop_oneof![
        id.clone().prop_map(|(id, valid)| Call { valid, ..call("read", "GET", format!("/accounts/{id}")) }),
        id.prop_map(|(id, valid)| Call { valid, ..call("remove", "DELETE", format!("/accounts/{id}")) }),
        text().prop_map(|(q, valid)| Call { valid, ..call("search", "GET", format!("/search?q={}", encoded(&q))) }),
        "[A-Za-z0-9-]{1,8}".prop_map(|symbol| call("quote", "GET", format!("/quotes/{symbol}"))),
        (text(), any::<bool>()).prop_map(|((text, sound), more)| {
            let body = if more { json!({ "text": text, "role": "admin" }) } else { json!({ "text": text }) };
            Call {
                body: Some(body.to_string()),
                valid: sound && !more,
                ..call("annotate", "POST", "/notes".to_owned())
            }
        }),
        (amount, text()).prop_map(|((amount, right), (note, sound))| {
            let body = json!({ "to": "acct-2", "amount": amount, "note": note }).to_string();
            Call { body: Some(body), valid: right && sound, ..call("create", "POST", "/transfers".to_owned()) }
        }),
        profile
            .clone()
            .prop_map(|(id, owner)| Call { owner: Some(owner), ..call("profile", "GET", format!("/profiles/{id}")) }),
        (profile, text()).prop_map(|((id, owner), (name, valid))| {
            let body = json!({ "profile": id, "name": name }).to_string();
            Call { body: Some(body), valid, owner: Some(owner), ..call("amend", "PUT", format!("/profiles/{id}")) }
        }),
        prop::sample::select(vec!["{", "{\"text\":\"a\",\"text\":\"b\"}", "[]", "", "nul"]).prop_map(|body| Call {
            body: Some(body.to_owned()),
            valid: false,
            ..call("annotate", "POST", "/notes".to_owned())
        }),
        Just(Call {
            body: Some("text=a".to_owned()),
            valid: false,
            kind: "text/plain",
            ..call("annotate", "POST", "/notes".to_owned())
        }),
        prop::sample::select(vec![
            ("GET", "/nowhere"),
            ("PATCH", "/notes"),
            ("GET", "/accounts/1/../2"),
            ("GET", "//search?q=a")
        ])
        .prop_map(|(method, target)| Call { operation: None, ..call("", method, target.to_owned()) }),
    ]
}

fn sequence() -> impl Strategy<Value = Sequence> {
    let caller = prop_oneof![
        4 => Just(Caller::Alice), 2 => Just(Caller::Bob), 3 => Just(Caller::Operator),
        1 => Just(Caller::Wrong), 1 => Just(Caller::Nobody),
    ];
    let further = prop::sample::select(vec![
        "",
        "x-subject: operator\r\n",
        "x-forwarded-for: 10.0.0.1\r\n",
        "x-http-method-override: DELETE\r\n",
        "accept: */*\r\nuser-agent: a\r\n",
    ]);
    let whole = (bare(), caller, further).prop_map(|(call, caller, further)| Call { caller, further, ..call });
    (prop::collection::vec(whole, 1..16), 1..=8_usize).prop_map(|(calls, together)| Sequence { calls, together })
}

impl Call {
    /// Whether the policy and the document allow it, apart from its quota.
    fn allowed(&self) -> bool {
        let role = match self.caller {
            Caller::Alice | Caller::Bob => "reader",
            Caller::Operator => "admin",
            Caller::Wrong | Caller::Nobody => return false,
        };
        let admins = ["create", "remove"];
        let granted = self.operation.is_some_and(|operation| role == "admin" || !admins.contains(&operation));
        granted && self.valid && self.owner.is_none_or(|owner| owner == self.caller)
    }

    fn bytes(&self, id: &str) -> String {
        let credential = match self.caller {
            Caller::Alice => format!("x-api-key: {}\r\n", key("alice")),
            Caller::Bob => format!("authorization: Bearer {}\r\n", key("bob")),
            Caller::Operator => format!("x-api-key: {}\r\n", key("operator")),
            Caller::Wrong => "x-api-key: no-such-key\r\n".to_owned(),
            Caller::Nobody => String::new(),
        };
        let kind = if self.body.is_some() { format!("content-type: {}\r\n", self.kind) } else { String::new() };
        let headers = format!("{credential}{kind}{}x-request-id: {id}\r\n", self.further);
        request(self.method, &self.target, &headers, self.body.as_deref().unwrap_or_default())
    }
}

/// A gateway, what it has recorded so far, and when quotes arrived.
struct World {
    rig: Arc<Rig>,
    log: BufReader<std::fs::File>,
    quotes: Arc<Mutex<Vec<(String, Instant)>>>,
    count: usize,
    seen: usize,
}

impl World {
    async fn start() -> Self {
        let quotes: Arc<Mutex<Vec<(String, Instant)>>> = Arc::default();
        let noted = quotes.clone();
        let play = move |arrival: &Arrival| {
            if arrival.target.starts_with("/quotes/") {
                let subject = arrival.headers["x-subject"].to_str().unwrap().to_owned();
                noted.lock().unwrap().push((subject, Instant::now()));
            }
            fine(arrival)
        };
        let rig = Rig::playing(play, |_| {}).await;
        let log = BufReader::new(std::fs::File::open(rig.folder.path().join("audit.jsonl")).unwrap());
        Self { rig: Arc::new(rig), log, quotes, count: 0, seen: 0 }
    }

    /// Makes the calls, this many at a time; the answers are in the order of the calls.
    async fn answers(&mut self, sequence: &Sequence) -> Vec<(String, Answer)> {
        let mut answers = Vec::new();
        for calls in sequence.calls.chunks(sequence.together) {
            let mut together = JoinSet::new();
            for (at, call) in calls.iter().enumerate() {
                self.count += 1;
                let id = format!("call-{}", self.count);
                let (rig, bytes) = (self.rig.clone(), call.bytes(&id));
                together.spawn(async move { (at, id, rig.call(&bytes).await) });
            }
            let mut done = together.join_all().await;
            done.sort_by_key(|(at, ..)| *at);
            answers.extend(done.into_iter().map(|(_, id, answer)| (id, answer)));
        }
        answers
    }

    /// The records since the last time, by their tracking ids.
    fn records(&mut self) -> BTreeMap<String, Value> {
        let mut records = BTreeMap::new();
        let mut line = String::new();
        while self.log.read_line(&mut line).unwrap() > 0 {
            let record: Value = serde_json::from_str(&line).unwrap();
            if record["event"] == "request" {
                let id = record["tracking_id"].as_str().unwrap().to_owned();
                assert!(records.insert(id, record).is_none(), "two records of one request: {line}");
            }
            line.clear();
        }
        records
    }

    async fn check(&mut self, sequence: &Sequence) {
        let answers = self.answers(sequence).await;
        let mut records = self.records();
        let all = self.rig.upstream.take();
        for (call, (id, answer)) in sequence.calls.iter().zip(&answers) {
            let arrived: Vec<&Arrival> =
                all.iter().filter(|arrival| arrival.headers["x-request-id"] == id.as_str()).collect();
            check_arrivals(call, answer, &arrived);
            let tracking = answer.header("x-tracking-id");
            let record = records.remove(tracking).unwrap_or_else(|| panic!("{call:?} has no record: {answer:?}"));
            check_record(call, answer, &record, id);
            if answer.status >= 400 {
                check_generic(answer, tracking);
            }
        }
        assert!(records.is_empty(), "records of no request: {records:?}");
        assert!(all.len() <= answers.len(), "more arrived than was sent");
        self.check_quota();
    }

    /// In no second did more than the policy's quota plus burst arrive for anybody. Calls arrive a little after the
    /// decision, so the checked window is a little shorter.
    fn check_quota(&mut self) {
        let quotes = self.quotes.lock().unwrap();
        let mut by_subject: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
        for (subject, at) in quotes.iter().skip(self.seen) {
            by_subject.entry(subject).or_default().push(*at);
        }
        for (subject, times) in by_subject {
            for (first, begun) in times.iter().enumerate() {
                let window = Duration::from_millis(900);
                let within = times.iter().skip(first).take_while(|at| at.duration_since(*begun) < window).count();
                assert!(within <= 25, "{within} quotes of {subject} in 900 ms");
            }
        }
        // Those of two sequences ago are seconds old.
        self.seen = quotes.len().saturating_sub(64);
    }
}

/// A forbidden call never arrives. An allowed one arrives exactly once and unchanged, unless its quota is used up.
fn check_arrivals(call: &Call, answer: &Answer, arrived: &[&Arrival]) {
    let throttled = answer.status == 429 && call.operation == Some("quote");
    if !call.allowed() || throttled {
        assert!(arrived.is_empty(), "{call:?} arrived: {answer:?}");
        assert!(answer.status >= 400, "{call:?} is answered {answer:?}");
        return;
    }
    let [one] = arrived else { panic!("{call:?} arrived {} times: {answer:?}", arrived.len()) };
    assert_eq!((one.method.as_str(), one.target.as_str()), (call.method, call.target.as_str()));
    assert_eq!(one.body, call.body.as_deref().unwrap_or_default(), "{call:?}");
    let subject = format!("{:?}", call.caller).to_lowercase();
    assert_eq!(one.headers["x-subject"], subject.as_str(), "{call:?}");
    assert!(!one.headers.contains_key("x-api-key") && !one.headers.contains_key("authorization"), "{call:?}");
    assert_eq!(answer.status, 200, "{call:?}: {answer:?}");
}

fn check_record(call: &Call, answer: &Answer, record: &Value, id: &str) {
    assert_eq!(record["status"], answer.status, "{call:?}: {record}");
    assert_eq!(record["request_id"], id, "{call:?}: {record}");
    let subject = match call.caller {
        Caller::Wrong | Caller::Nobody => "anonymous".to_owned(),
        known => format!("{known:?}").to_lowercase(),
    };
    // An ambiguous path is refused before authentication.
    assert!(record["subject"] == subject || answer.status == 400, "{call:?}: {record}");
    assert_eq!(record["outcome"] == "allowed", answer.status < 400, "{call:?}: {record}");
}

/// An error contains its status and its tracking id, and nothing else.
fn check_generic(answer: &Answer, tracking: &str) {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    let members: Vec<&String> = problem.as_object().unwrap().keys().collect();
    assert!(
        members.iter().all(|name| ["type", "title", "status", "tracking_id", "instance"].contains(&name.as_str())),
        "{problem}"
    );
    assert_eq!((&problem["status"], &problem["tracking_id"]), (&json!(answer.status), &json!(tracking)));
    assert_eq!(problem["title"], http::StatusCode::from_u16(answer.status).unwrap().canonical_reason().unwrap());
}

#[test]
fn only_allowed_calls_arrive_and_all_are_recorded() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = Mutex::new(runtime.block_on(World::start()));
    let config = ProptestConfig {
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        max_shrink_iters: 512,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&sequence(), |sequence| {
        // The world is still usable after a failed sequence: each one has its own calls and records.
        let mut world = world.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        runtime.block_on(async { world.check(&sequence).await });
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
