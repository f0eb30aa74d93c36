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

use pincer_core::observe::Turn;
use pincer_core::vocab::Upstream;
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::polite::seen;
use crate::{Playbook, Sensor};
use answer::Answer;
use dialect::{Dialect, Maker};
use memory::Memory;
use mind::{Said, Thought};
use reply::Reply;

/// A wiremock server that plays the model. Its streams have all their events, but come in one piece.
#[derive(Debug)]
pub struct Model(MockServer);

impl Model {
    /// Plays the model on `listener`; it goes by `model` in arrivals.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the word is a name")]
    pub async fn open(listener: TcpListener, playbook: Arc<Playbook>, sensor: Sensor) -> Self {
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        let upstream = Upstream::new("model").expect("letters only");
        Mock::given(any())
            .respond_with(Responder { upstream, playbook, sensor, memory: Memory::default() })
            .mount(&server)
            .await;
        Self(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        *self.0.address()
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
        let arrival = seen(request, &self.upstream, KEEP);
        let reply = Reply::new(&thought.said, &dialogue, &arrival.body);
        if *dialect == Dialect::Responses {
            self.memory.keep(&body, &reply);
        }
        let Thought { said, read, obeyed } = thought;
        let offered = dialogue.tools.into_iter().map(|tool| tool.name).collect();
        let said = line(&said);
        self.sensor.turned(case, Turn { request: arrival, offered, read, obeyed, said });
        dialect.write(&reply, dialogue.stream)
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

/// Bytes kept of a request: histories are long, and what was planted stands late in them.
const KEEP: usize = 64 * 1024;

/// Characters kept of what was said.
const LINE: usize = 400;
