//! Properties of every request to the model and of every answer: each takes any bytes and panics if it is broken.

mod hear;
mod say;

use std::sync::{Arc, Mutex, OnceLock};

use arbitrary::{Arbitrary, Unstructured};
use hyper::Request;
use hyper::body::Bytes;
use pincer_core::observe::{Event, Turn, What};
use pincer_core::plan::{Mind, Order, ToolCall};
use pincer_core::scenario::{Behaviour, Told};
use pincer_core::vocab::{CaseId, Lane, Nonce, Part, Tracer, Upstream};
use serde_json::{Value, json};

use super::answer::Answer;
use super::memory::Memory;
use super::{Playbook, Responder};
use crate::{Clock, Sensor};
use hear::{Heard, hear};
use say::Talk;

/// A request's body, or a conversation that every dialect can express.
#[derive(Debug, Arbitrary)]
enum Given<'a> {
    Body(Dialect, &'a [u8]),
    Talk { behaviour: u8, order: u8, dialect: Dialect, flow: u8, split: u8, refers: bool, talk: Talk<'a> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
enum Dialect {
    Chat,
    Responses,
    Messages,
    Gemini,
}

/// How an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Plain,
    Events,
    /// Gemini's list of chunks.
    List,
}

/// Any body is answered or refused, the same way twice. An answer assembled from its events, as its dialect defines,
/// equals the plain one. A conversation with its offered tools is understood and answered alike in every dialect. And
/// items that a client of Responses only names count as sent.
pub fn model_wire(data: &[u8]) {
    match Given::arbitrary_take_rest(Unstructured::new(data)) {
        Ok(Given::Body(dialect, body)) => any_body(dialect, body),
        Ok(Given::Talk { behaviour, order, dialect, flow, split, refers, talk }) => {
            let orders = u32::try_from(orders().len()).unwrap();
            let behaviour = u32::from(behaviour) % u32::try_from(Behaviour::ALL.len()).unwrap();
            let case = CaseId { scenario: SCENARIO, index: behaviour * orders + u32::from(order) % orders };
            let flow = flows(dialect).cycle().nth(flow.into()).unwrap();
            translated(&talk, case, dialect, flow);
            if dialect == Dialect::Responses {
                remembered(&talk, case, usize::from(split), refers);
            }
        }
        Err(_) => {}
    }
}

fn any_body(dialect: Dialect, bytes: &[u8]) {
    let (answer, _) = Asked::new().bytes(dialect, Flow::Plain, bytes.to_vec());
    let (again, _) = Asked::new().bytes(dialect, Flow::Plain, bytes.to_vec());
    assert_eq!(answer.pieces, again.pieces, "the same request, another answer");
    let Ok(body @ Value::Object(_)) = serde_json::from_slice(bytes) else {
        assert_eq!(answer.status, 400, "what is no request is answered");
        return;
    };
    let mut all = flows(dialect).map(|flow| Asked::new().heard(dialect, flow, body.clone()));
    let first = all.next().unwrap();
    all.for_each(|other| same(&other, &first));
}

/// Asks in one dialect and flow, and in Chat Completions.
fn translated(talk: &Talk<'_>, case: CaseId, dialect: Dialect, flow: Flow) {
    let turns = talk.turns(&words(case));
    let ask = |dialect, flow| Asked::new().heard(dialect, flow, talk.body(dialect, &turns));
    let plain = ask(dialect, Flow::Plain);
    same(&ask(dialect, flow), &plain);
    let (heard, turn) = &plain;
    assert!(heard.status != 200 || heard.model == talk.model(dialect), "another model answers");
    assert!(turn.as_ref().is_none_or(|turn| turn.offered == talk.offered()), "other tools are offered");
    // Each dialect has its own words for why an answer ended and for the model.
    let unnamed = |(heard, turn)| (Heard { end: String::new(), model: String::new(), ..heard }, turn);
    same(&unnamed(plain), &unnamed(ask(Dialect::Chat, Flow::Plain)));
}

/// Asks with all turns at once, and with the last ones after an answer to the first.
fn remembered(talk: &Talk<'_>, case: CaseId, split: usize, refers: bool) {
    let turns = talk.turns(&words(case));
    let (before, after) = turns.split_at(1 + split % turns.len());
    let asked = Asked::new();
    let (answer, _) = asked.ask(Dialect::Responses, Flow::Plain, talk.body(Dialect::Responses, before));
    if answer.status != 200 {
        return;
    }
    let answer: Value = serde_json::from_str(&answer.pieces.concat()).expect("an answer is JSON");
    let items = |turns| talk.body(Dialect::Responses, turns)["input"].as_array().cloned().unwrap();
    let output = answer["output"].as_array().expect("an answer has output");
    let named = output.iter().map(|item| json!({ "type": "item_reference", "id": item["id"] }));
    let mut short = talk.body(Dialect::Responses, &[]);
    if refers {
        short["input"] = items(before).into_iter().chain(named).chain(items(after)).collect();
    } else {
        short["previous_response_id"] = answer["id"].clone();
        short["input"] = items(after).into();
    }
    let mut whole = talk.body(Dialect::Responses, &[]);
    whole["input"] = items(before).into_iter().chain(output.iter().cloned()).chain(items(after)).collect();
    let short = asked.heard(Dialect::Responses, Flow::Plain, short);
    same(&short, &Asked::new().heard(Dialect::Responses, Flow::Plain, whole));
}

fn same((heard, turn): &(Heard, Option<Turn>), (as_heard, as_turn): &(Heard, Option<Turn>)) {
    assert_eq!(heard, as_heard, "another answer is heard");
    let seen = |turn: &Turn| (turn.offered.clone(), turn.read, turn.obeyed, turn.said.clone(), turn.told.clone());
    assert_eq!(turn.as_ref().map(seen), as_turn.as_ref().map(seen), "something else is understood");
}

/// A model whose requests are all reported.
struct Asked {
    responder: Responder,
    turns: Arc<Mutex<Vec<Turn>>>,
}

impl Asked {
    fn new() -> Self {
        static WORLD: OnceLock<Arc<Playbook>> = OnceLock::new();
        let turns: Arc<Mutex<Vec<Turn>>> = Arc::default();
        let out = turns.clone();
        let report = move |event: Event| {
            if let What::ModelTurn(turn) = event.what {
                out.lock().unwrap().push(*turn);
            }
        };
        let responder = Responder {
            upstream: Upstream::new("model").unwrap(),
            elsewhere: "http://localhost:9".to_owned(),
            playbook: WORLD.get_or_init(minds).clone(),
            sensor: Sensor::new(Clock::start(), Lane::default(), tracer().clone(), Arc::new(report)),
            memory: Memory::default(),
        };
        Self { responder, turns }
    }

    fn heard(&self, dialect: Dialect, flow: Flow, body: Value) -> (Heard, Option<Turn>) {
        let (answer, turn) = self.ask(dialect, flow, body);
        (hear(dialect, &answer), turn)
    }

    fn ask(&self, dialect: Dialect, flow: Flow, mut body: Value) -> (Answer, Option<Turn>) {
        if dialect != Dialect::Gemini {
            body["stream"] = json!(flow == Flow::Events);
        }
        self.bytes(dialect, flow, body.to_string().into_bytes())
    }

    fn bytes(&self, dialect: Dialect, flow: Flow, body: Vec<u8>) -> (Answer, Option<Turn>) {
        let path = match (dialect, flow) {
            (Dialect::Chat, _) => "/v1/chat/completions",
            (Dialect::Responses, _) => "/v1/responses",
            (Dialect::Messages, _) => "/v1/messages",
            (Dialect::Gemini, Flow::Plain) => "/v1beta/models/m-1:generateContent",
            (Dialect::Gemini, Flow::Events) => "/v1beta/models/m-1:streamGenerateContent?alt=sse",
            (Dialect::Gemini, Flow::List) => "/v1beta/models/m-1:streamGenerateContent",
        };
        let request = Request::post(path).body(Bytes::from(body)).unwrap();
        let answer = self.responder.answer(&request);
        (answer, self.turns.lock().unwrap().pop())
    }
}

fn flows(dialect: Dialect) -> impl Iterator<Item = Flow> + Clone {
    let list = (dialect == Dialect::Gemini).then_some(Flow::List);
    [Flow::Plain, Flow::Events].into_iter().chain(list)
}

fn tracer() -> &'static Tracer {
    static TRACER: OnceLock<Tracer> = OnceLock::new();
    TRACER.get_or_init(|| Tracer::new(7, Nonce::default()))
}

/// The canaries of a case: that of its task, and that of the planted text.
fn words(case: CaseId) -> [String; 2] {
    [Part::REQUEST, Part::ANSWER].map(|part| tracer().canary(case, part).to_string())
}

/// A case for each behaviour with each order.
fn minds() -> Arc<Playbook> {
    let playbook = Playbook::default();
    let all = Behaviour::ALL.into_iter().flat_map(|behaviour| orders().map(|order| (behaviour, order)));
    for (index, (behaviour, order)) in (0..).zip(all) {
        let case = CaseId { scenario: SCENARIO, index };
        let [_, sign] = words(case);
        let task = ToolCall { name: "get_account".to_owned(), arguments: arguments(&json!({ "id": "1001" })) };
        playbook.set_mind(case, Mind { behaviour, task, script: Vec::new(), order, touches: None, sign });
    }
    Arc::new(playbook)
}

fn orders() -> [Option<Order>; 5] {
    let transfer =
        ToolCall { name: "transfer".to_owned(), arguments: arguments(&json!({ "to": "acct-9", "amount": 10 })) };
    [
        None,
        Some(Order::Call(transfer)),
        Some(Order::Say("obeyed".to_owned())),
        Some(Order::Tell(Told::Instructions)),
        Some(Order::Tell(Told::Tools)),
    ]
}

fn arguments(object: &Value) -> serde_json::Map<String, Value> {
    object.as_object().cloned().unwrap()
}

const SCENARIO: u32 = 9;
