//! Upstreams that keep to the standard: wiremock, with arrivals taken from our own responder.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use pincer_core::observe::{Arrival, Capture};
use pincer_core::vocab::{Octets, Upstream};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::{Playbook, Sensor};

/// Bytes kept of an arriving body.
pub(crate) const KEEP: usize = 16 * 1024;

/// A wiremock server that plays one upstream.
#[derive(Debug)]
pub struct Polite(MockServer);

impl Polite {
    /// Plays `upstream` on `listener`.
    pub async fn open(upstream: Upstream, listener: TcpListener, playbook: Arc<Playbook>, sensor: Sensor) -> Self {
        // The journal is the trace's: wiremock's own would grow with every request.
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        Mock::given(any()).respond_with(Responder { upstream, playbook, sensor }).mount(&server).await;
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
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let arrival = seen(request, &self.upstream, KEEP);
        let case = self.sensor.attribute(&arrival);
        let play = self.playbook.play(case.map(|(case, _)| case));
        self.sensor.arrived(case, arrival);
        let answer = ResponseTemplate::new(play.status).set_body_bytes(play.body.0.clone());
        play.headers.iter().fold(answer, |answer, (name, value)| answer.insert_header(name.as_str(), value.as_str()))
    }
}

/// The request as an arrival that keeps so many bytes of its body.
pub(crate) fn seen(request: &Request, upstream: &Upstream, keep: usize) -> Arrival {
    let target = match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    let headers = request.headers.iter();
    Arrival {
        upstream: upstream.clone(),
        method: request.method.to_string(),
        target: Octets(target.into_bytes()),
        headers: headers.map(|(name, value)| (name.to_string(), Octets(value.as_bytes().to_vec()))).collect(),
        body: Capture::of(&request.body, keep),
    }
}
