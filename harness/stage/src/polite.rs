//! Upstreams that keep to the standard: wiremock, with arrivals taken from our own responder.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use pincer_core::observe::{Arrival, Capture, Extent};
use pincer_core::vocab::{Octets, Upstream};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::{Playbook, Sensor};

/// Bytes kept of an arriving body.
pub(crate) const KEEP: usize = 16 * 1024;

/// A wiremock server that plays one upstream.
#[derive(Debug)]
pub struct Polite(Option<MockServer>);

impl Polite {
    /// Plays `upstream` on `listener`.
    pub async fn open(upstream: Upstream, listener: TcpListener, playbook: Arc<Playbook>, sensor: Sensor) -> Self {
        // The journal is the trace's: wiremock's own would grow with every request.
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        Mock::given(any()).respond_with(Responder { upstream, playbook, sensor }).mount(&server).await;
        Self(Some(server))
    }

    /// Plays a host that the target's owner does not know: it goes by `stranger` in arrivals, and answers by its sample
    /// whatever a case's own upstream does.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the word is a name")]
    pub async fn stranger(listener: TcpListener, sensor: Sensor) -> Self {
        let name = Upstream::new("stranger").expect("letters only");
        Self::open(name, listener, Arc::default(), sensor).await
    }

    /// Where it listens.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "only its end takes the server out")]
    pub fn address(&self) -> SocketAddr {
        *self.0.as_ref().expect("it runs").address()
    }
}

struct Responder {
    upstream: Upstream,
    playbook: Arc<Playbook>,
    sensor: Sensor,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let arrival = seen(request, &self.upstream);
        let owner = self.sensor.attribute(&arrival);
        let play = self.playbook.play(owner.map(|owner| owner.case));
        self.sensor.arrived(owner, arrival);
        let answer = ResponseTemplate::new(play.status).set_body_bytes(play.body.0.clone());
        play.headers.iter().fold(answer, |answer, (name, value)| answer.insert_header(name.as_str(), value.as_str()))
    }
}

impl Drop for Polite {
    /// wiremock waits for a lock of tokio's when it ends. In a task whose turn is used up that lock is never had, so it
    /// ends on a thread that is no task.
    fn drop(&mut self) {
        let server = self.0.take();
        // A panic of wiremock's at its end is none of the run's.
        let _ = std::thread::spawn(move || drop(server)).join();
    }
}

/// The request as an arrival.
fn seen(request: &Request, upstream: &Upstream) -> Arrival {
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
        body: Capture::of(&request.body, KEEP),
        extent: Extent::Whole,
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;
    use std::time::Duration;

    use pincer_core::vocab::{Lane, Nonce, Tracer};

    use super::*;
    use crate::{Clock, bind};

    #[test]
    fn it_ends_in_a_task_whose_turn_is_used_up() {
        let (done, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async {
                let sensor =
                    Sensor::new(Clock::start(), Lane::default(), Tracer::new(1, Nonce::default()), Arc::new(|_| {}));
                let listener = bind("stranger", ([127, 0, 0, 1], 0).into()).unwrap();
                let mut server = Some(Polite::stranger(listener, sensor).await);
                let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
                (0..10_000).for_each(|n| sender.send(n).unwrap());
                let task = tokio::spawn(poll_fn(move |context| {
                    while receiver.poll_recv(context).is_ready() {}
                    assert!(!receiver.is_empty(), "the turn ended before the channel did");
                    drop(server.take());
                    Poll::Ready(())
                }));
                task.await.unwrap();
            });
            done.send(()).unwrap();
        });
        ended.recv_timeout(Duration::from_secs(20)).expect("the server ended");
    }
}
