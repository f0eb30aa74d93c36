//! Plays the model behind an agent: it decides nothing itself, but does what the mind of the case says.
//!
//! In: requests in the dialects that agents speak (Chat Completions, Responses, Anthropic's Messages, Gemini's
//! generateContent), plain or streamed. Out: an answer of the dialect's whole shape, because what one client overlooks
//! another needs, and a turn at the sensor. The same request gives the same answer.

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
mod reply;
mod responses;
#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use memchr::memmem;
use pincer_core::observe::Turn;
use pincer_core::vocab::{CaseId, Upstream};
use serde_json::Value;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::polite::{Server, seen};
use crate::{Playbook, Sensor};
use answer::Answer;
use dialect::{Dialect, Maker};
use dialogue::Dialogue;
use memory::Memory;
use mind::{Said, Thought};
use reply::Reply;

/// A wiremock server that plays the model. Its streams have all their events, but come in one piece.
#[derive(Debug)]
pub struct Model(Server);

impl Model {
    /// Plays the model on `listener`; it goes by `model` in arrivals.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the word is a name")]
    pub async fn open(listener: TcpListener, playbook: Arc<Playbook>, sensor: Sensor) -> Self {
        let upstream = Upstream::new("model").expect("letters only");
        Self(Server::open(listener, Responder { upstream, playbook, sensor, memory: Memory::default() }).await)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }
}

struct Responder {
    upstream: Upstream,
    playbook: Arc<Playbook>,
    sensor: Sensor,
    memory: Memory,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.answer(request).into()
    }
}

impl Responder {
    fn answer(&self, request: &Request) -> Answer {
        let path = request.url.path();
        if request.method.as_str() == "GET"
            && let Some(list) = dialect::models(path, Maker::of(request))
        {
            return Answer::json(200, &list);
        }
        let dialect = Dialect::of(path, request.url.query().unwrap_or_default());
        match dialect.filter(|_| request.method.as_str() == "POST") {
            Some(dialect) => self.talk(&dialect, request),
            None => Answer::refusal(404, &format!("Invalid URL ({} {path})", request.method)),
        }
    }

    fn talk(&self, dialect: &Dialect, request: &Request) -> Answer {
        if request.body.len() > LONG {
            return self.skim(dialect, request);
        }
        let mut body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        if *dialect == Dialect::Responses {
            self.memory.recall(&mut body);
        }
        let Some(mut dialogue) = dialect.read(&body) else {
            return Answer::refusal(400, "We could not parse the JSON body of your request.");
        };
        let case = attribution::attribute(&self.sensor, &mut dialogue, &request.body);
        let thought = match case.and_then(|case| self.playbook.mind(case)) {
            Some(mind) => mind::think(&mind, &dialogue),
            None => Thought::idle(&dialogue),
        };
        let reply = self.say(request, case, &dialogue, &thought);
        if *dialect == Dialect::Responses {
            self.memory.keep(&body, &reply);
        }
        dialect.write(&reply, dialogue.stream)
    }

    /// Answers a request that is too long to be read: how long it is is known, and more is not asked of it.
    fn skim(&self, dialect: &Dialect, request: &Request) -> Answer {
        let is = |name: &str| {
            let stands = |form: &str| memmem::find(&request.body, form.as_bytes()).is_some();
            stands(&format!("\"{name}\":true")) || stands(&format!("\"{name}\": true"))
        };
        let dialogue = Dialogue { stream: is("stream"), wants_usage: is("include_usage"), ..Dialogue::default() };
        let case = self.sensor.cases(&request.body).next();
        let said = Said::Text("Here is what I found: more than I can tell.".to_owned());
        let reply = self.say(request, case, &dialogue, &Thought { said, read: false, obeyed: false });
        dialect.write(&reply, dialogue.stream)
    }

    /// Reports the turn, and makes a reply of it.
    fn say(&self, request: &Request, case: Option<CaseId>, dialogue: &Dialogue, thought: &Thought) -> Reply {
        let arrival = seen(request, &self.upstream, KEEP);
        let reply = Reply::new(&thought.said, dialogue, &arrival.body);
        let offered = dialogue.tools.iter().map(|tool| tool.name.clone()).collect();
        let (read, obeyed, said) = (thought.read, thought.obeyed, line(&thought.said));
        self.sensor.turned(case, Turn { request: arrival, offered, read, obeyed, said });
        reply
    }
}

/// What was said in a line.
fn line(said: &Said) -> String {
    let call = |name: &str, arguments: &str| format!("{name}({arguments})");
    let whole = match said {
        Said::Calls(calls) => {
            calls.iter().map(|one| call(&one.name, &reply::written(&one.arguments))).collect::<Vec<_>>().join(", ")
        }
        Said::Closing(one) => call(&one.name, &reply::written(&one.arguments)),
        Said::Raw { name, arguments } => call(name, arguments),
        Said::Text(text) => text.clone(),
    };
    whole.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect()
}

/// A request that is longer is not read: an agent that takes in what it should not costs this much memory a few times.
const LONG: usize = 4 << 20;

/// Bytes kept of a request: histories are long, and what was planted stands late in them.
const KEEP: usize = 64 * 1024;

/// Characters kept of what was said.
const LINE: usize = 400;
