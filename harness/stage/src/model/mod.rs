//! Plays the model behind an agent: it does what the case's script says.
//!
//! In: requests in the dialects of agents (Chat Completions, Responses, Anthropic's Messages, Gemini's
//! generateContent), plain or streamed. Out: a complete answer of the dialect, because clients need different parts of
//! it, and a turn for the sensor. The same request gives the same answer.

mod answer;
mod attribution;
mod chat;
mod content;
mod dialect;
mod dialogue;
mod disguise;
mod gemini;
mod memory;
mod messages;
mod mind;
#[cfg(feature = "properties")]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a property says by a panic that it is broken"
)]
pub(crate) mod property;
mod reply;
mod responses;
mod said;
mod server;
#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use hyper::Request;
use hyper::body::Bytes;
use memchr::memmem;
use pincer_core::observe::{Arrival, Capture, Extent, Turn};
use pincer_core::vocab::{CaseId, Octets, Upstream};
use serde_json::Value;

use crate::{Playbook, Sensor, StageError};
use answer::Answer;
use dialect::{Dialect, Maker};
use dialogue::Dialogue;
use memory::Memory;
use reply::Reply;
use said::{Said, Thought};
use server::{Longer, Server};

/// A listener that plays the model. Streams are sent event by event.
#[derive(Debug)]
pub struct Model(Server);

impl Model {
    /// Plays the model on `listener`; its name in arrivals is `model`. A model that redirects its callers uses the
    /// address `elsewhere`.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the word is a name")]
    pub fn open(
        listener: TcpListener,
        elsewhere: String,
        playbook: Arc<Playbook>,
        sensor: Sensor,
    ) -> Result<Self, StageError> {
        let upstream = Upstream::new("model").expect("letters only");
        let responder = Responder { upstream, elsewhere, playbook, sensor, memory: Memory::default() };
        let watched = (responder.upstream.clone(), responder.sensor.clone());
        Server::open(listener, watched, move |request| responder.answer(request)).map(Self)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }
}

struct Responder {
    upstream: Upstream,
    elsewhere: String,
    playbook: Arc<Playbook>,
    sensor: Sensor,
    memory: Memory,
}

impl Responder {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let path = request.uri().path();
        if request.method() == "GET"
            && let Some(list) = dialect::models(path, Maker::of(request))
        {
            return Answer::json(200, &list);
        }
        let dialect = Dialect::of(path, request.uri().query().unwrap_or_default());
        match dialect.filter(|_| request.method() == "POST") {
            Some(dialect) => self.talk(&dialect, request),
            None => Answer::refusal(404, &format!("Invalid URL ({} {path})", request.method())),
        }
    }

    fn talk(&self, dialect: &Dialect, request: &Request<Bytes>) -> Answer {
        if request.body().len() > LONG {
            return self.skim(dialect, request);
        }
        let mut body = serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
        if *dialect == Dialect::Responses {
            self.memory.recall(&mut body);
        }
        let Some(mut dialogue) = dialect.read(&body) else {
            return Answer::refusal(400, "We could not parse the JSON body of your request.");
        };
        let case = attribution::attribute(&self.sensor, &mut dialogue, request.body());
        let mind = case.and_then(|case| self.playbook.mind(case));
        let thought = match &mind {
            Some(mind) => {
                dialogue.settle(|text| mind::own_words(mind, text));
                mind::think(mind, &dialogue)
            }
            None => Thought::idle(&dialogue),
        };
        let reply = self.say(request, case, &dialogue, &thought);
        if *dialect == Dialect::Responses {
            self.memory.keep(&body, &reply);
        }
        let answer = dialect.write(&reply, dialogue.stream);
        match mind {
            Some(mind) => {
                let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
                let elsewhere = format!("{}{target}", self.elsewhere);
                answer.by(mind::manner(&mind, &dialogue), &elsewhere, &mind.sign)
            }
            None => answer,
        }
    }

    /// Answers a request that is too long to read; only its length is used.
    fn skim(&self, dialect: &Dialect, request: &Request<Bytes>) -> Answer {
        let is = |name: &str| {
            let stands = |form: &str| memmem::find(request.body(), form.as_bytes()).is_some();
            stands(&format!("\"{name}\":true")) || stands(&format!("\"{name}\": true"))
        };
        let dialogue = Dialogue { stream: is("stream"), wants_usage: is("include_usage"), ..Dialogue::default() };
        let case = self.sensor.cases(request.body()).next();
        let said = Said::Text("Here is what I found: more than I can tell.".to_owned());
        let reply = self.say(
            request,
            case,
            &dialogue,
            &Thought { said, read: false, obeyed: false, decisive: false, told: None },
        );
        dialect.write(&reply, dialogue.stream)
    }

    /// Reports the turn and makes the reply.
    fn say(&self, request: &Request<Bytes>, case: Option<CaseId>, dialogue: &Dialogue, thought: &Thought) -> Reply {
        let arrival = seen(request, &self.upstream);
        let reply = Reply::new(&thought.said, dialogue, &arrival.body);
        let offered = dialogue.tools.iter().map(|tool| tool.name.clone()).collect();
        let Thought { read, obeyed, decisive, .. } = *thought;
        let (said, told) = (line(&thought.said), thought.told.clone());
        self.sensor.turned(case, Turn { request: arrival, offered, read, obeyed, decisive, said, told });
        reply
    }
}

/// The request as an arrival.
fn seen(request: &Request<Bytes>, upstream: &Upstream) -> Arrival {
    let headers = request.headers().iter();
    let mut body = Capture::of(request.body(), KEEP);
    if let Some(whole) = request.extensions().get::<Longer>() {
        (body.length, body.sha256) = (whole.length, whole.sha256.clone());
    }
    Arrival {
        upstream: upstream.clone(),
        method: request.method().to_string(),
        target: Octets::from(request.uri().path_and_query().map_or("/", |target| target.as_str())),
        headers: headers.map(|(name, value)| (name.to_string(), Octets(value.as_bytes().to_vec()))).collect(),
        body,
        extent: Extent::Whole,
    }
}

/// The answer in one line.
fn line(said: &Said) -> String {
    let call = |name: &str, arguments: &str| format!("{name}({arguments})");
    let whole = match said {
        Said::Calls(calls) => {
            calls.iter().map(|one| call(&one.name, &reply::written(&one.arguments))).collect::<Vec<_>>().join(", ")
        }
        Said::Closing(one) => call(&one.name, &reply::written(&one.arguments)),
        Said::Raw { name, arguments } => call(name, arguments),
        Said::Text(text) | Said::Stopped(text, _) => text.clone(),
    };
    whole.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect()
}

/// Longest request that is read. An agent that accepts too much costs this much memory a few times.
const LONG: usize = 4 << 20;

/// Bytes kept of a request: histories are long, and the planted text comes late in them.
const KEEP: usize = 64 * 1024;

/// Characters kept of an answer.
const LINE: usize = 400;
