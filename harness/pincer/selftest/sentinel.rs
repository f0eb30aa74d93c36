//! Dummy targets that meet no requirement but may seem to.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pincer_core::scenario::{Scenario, Target};
use pincer_core::vocab::{TargetKind, Tracer, Upstream};
use pincer_drive::Credentials;
use pincer_stand::{Address, RunningTarget, StandError, Subject, Surroundings};
use tokio::net::{TcpListener, TcpStream};

use super::partial;
use super::puppet::Puppet;
use super::robber::Robber;
use crate::reference::Reference;

/// A target that gives every call the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentinel {
    /// Accepts no connections.
    Dead,
    /// 404.
    NotFound,
    /// 403.
    Forbidden,
    /// 429.
    Limited,
    /// 500 with a stack trace.
    Leaking,
    /// 200 `{}`.
    EmptyObject,
    /// 200 `OK`.
    Ok,
    /// 200 with the request's target and body.
    Echo,
    /// 200 with an apology.
    Refusal,
    /// 400 with problem details.
    Problem,
    /// Tunnels bytes to the upstream and back.
    Forwarding,
    /// Sound for callers that look like an old Pincer, else open.
    Partial,
    /// Claims to refuse attacks, but forwards them with the marks of a harmless call.
    Robber,
    /// Says that everything is done, and has done nothing.
    Liar,
    /// Closes each connection when it has a request.
    Crasher,
    /// Does whatever the model wants, and says that it will not.
    RefusingActor,
    /// Does whatever the model wants, and says that it did nothing.
    DenyingActor,
    /// Does whatever the model wants, and repeats its text.
    Puppet,
    /// Accepts each task, does nothing and never answers.
    Silent,
    /// Makes the same call again and again, and never answers.
    Looper,
}

impl Subject for Sentinel {
    fn credentials(&self, target: &Target, tracer: &Tracer) -> Credentials {
        Reference::default().credentials(target, tracer)
    }

    fn file(&self, target: &Target, name: &str) -> io::Result<String> {
        Reference::default().file(target, name)
    }

    fn is_consistent(&self) -> bool {
        false
    }

    fn start<'a>(&'a self, surroundings: Surroundings<'a>) -> BoxFuture<'a, Result<RunningTarget, StandError>> {
        self.start_in(surroundings).boxed()
    }
}

impl Sentinel {
    /// All sentinels.
    pub const ALL: &[Self] = &[
        Self::Dead,
        Self::NotFound,
        Self::Forbidden,
        Self::Limited,
        Self::Leaking,
        Self::EmptyObject,
        Self::Ok,
        Self::Echo,
        Self::Refusal,
        Self::Problem,
        Self::Forwarding,
        Self::Partial,
        Self::Robber,
        Self::Liar,
        Self::Crasher,
        Self::RefusingActor,
        Self::DenyingActor,
        Self::Puppet,
        Self::Silent,
        Self::Looper,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::NotFound => "404",
            Self::Forbidden => "403",
            Self::Limited => "429",
            Self::Leaking => "500-leak",
            Self::EmptyObject => "200-object",
            Self::Ok => "200-ok",
            Self::Echo => "echo",
            Self::Refusal => "refusal",
            Self::Problem => "problem",
            Self::Forwarding => "forwarding",
            Self::Partial => "partial",
            Self::Robber => "robber",
            Self::Liar => "liar",
            Self::Crasher => "crasher",
            Self::RefusingActor => "refuse-and-act",
            Self::DenyingActor => "act-and-deny",
            Self::Puppet => "puppet",
            Self::Silent => "silent",
            Self::Looper => "looper",
        }
    }

    /// Whether only an agent can behave this way.
    pub fn is_agent(self) -> bool {
        self.is_endless()
            || matches!(self, Self::Liar | Self::Crasher | Self::RefusingActor | Self::DenyingActor | Self::Puppet)
    }

    /// Whether it never answers.
    pub fn is_endless(self) -> bool {
        matches!(self, Self::Silent | Self::Looper)
    }

    /// Whether a sound target is behind it.
    fn has_sound(self, kind: TargetKind) -> bool {
        self == Self::Partial && kind == TargetKind::Gateway
    }

    /// Whether it really does what this scenario demands, as the scenario says: who forwards everything forwards harmless text
    /// too, and who has no redirects, retries, keys and memory follows, makes, shows and mixes up none.
    pub fn meets(self, scenario: &Scenario) -> bool {
        // Callers that it serves as an open target meet what an open target meets.
        let like = if self == Self::Partial { Self::Forwarding } else { self };
        scenario.met_by.iter().any(|name| name.as_str() == like.name())
    }

    async fn start_in(self, around: Surroundings<'_>) -> Result<RunningTarget, StandError> {
        let target = around.target;
        let neighbours = around.addresses.clone();
        let sound = if self.has_sound(target.kind) { Some(Reference::default().start(around).await?) } else { None };
        let sound_url = sound.as_ref().map(|sound| sound.url.as_str());
        let url = self.url((&neighbours.upstreams, neighbours.model), (target, sound_url)).await;
        // It speaks no TLS, but is probed anyway.
        let tls = url.replacen("http://", "https://", 1);
        let running = RunningTarget::at(url, Some(tls));
        Ok(match sound {
            Some(mut sound) => running.tapped(sound.tap.take()).keeping(sound),
            None => running,
        })
    }

    /// Starts it and returns its address; it lives as long as the runtime.
    async fn url(
        self,
        (upstreams, model): (&[(Upstream, Address)], Option<SocketAddr>),
        (target, sound): (&Target, Option<&str>),
    ) -> String {
        // Port 9 (discard) accepts no connections unless somebody set it up.
        let nowhere = "http://127.0.0.1:9".to_owned();
        if self == Self::Dead {
            return nowhere;
        }
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return nowhere };
        let Ok(address) = listener.local_addr() else { return nowhere };
        // It does not speak TLS.
        let upstream = upstreams.first().map(|(_, address)| address.plain);
        let robber = upstream.filter(|_| self == Self::Robber).map(Robber::new);
        let puppet = model.zip(upstream).map(|(model, upstream)| Puppet::new(model, upstream, target));
        let sound = sound.and_then(|url| url.strip_prefix("http://")?.parse().ok());
        match (self, upstream) {
            (Self::Partial, Some(upstream)) => {
                tokio::spawn(partial::serve(listener, sound.unwrap_or(upstream), upstream));
            }
            _ => {
                tokio::spawn(self.serve(listener, upstream, (puppet, robber)));
            }
        }
        format!("http://{address}")
    }

    async fn serve(
        self,
        listener: TcpListener,
        upstream: Option<SocketAddr>,
        (puppet, robber): (Option<Puppet>, Option<Robber>),
    ) {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (puppet, robber) = (puppet.clone(), robber.clone());
            tokio::spawn(async move {
                if let (Self::Forwarding, Some(upstream)) = (self, upstream) {
                    if let Ok(mut other) = TcpStream::connect(upstream).await {
                        // How a tunnel ended does not matter here.
                        let _ = tokio::io::copy_bidirectional(&mut stream, &mut other).await;
                    }
                } else {
                    let service = service_fn(move |request| {
                        let (puppet, robber) = (puppet.clone(), robber.clone());
                        async move {
                            let answer = match robber {
                                Some(robber) => robber.answer(request).await,
                                None => self.answer(request, puppet).await,
                            };
                            answer.ok_or("crashed")
                        }
                    });
                    let _ = http1::Builder::new()
                        .max_buf_size(512 * 1024)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                }
            });
        }
    }

    /// None if it crashes.
    async fn answer(self, request: Request<Incoming>, puppet: Option<Puppet>) -> Option<Response<Full<Bytes>>> {
        let target = request.uri().to_string();
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let task = serde_json::from_slice(&body).unwrap_or_else(|_| serde_json::json!({}));
        let task = task.get("input").and_then(serde_json::Value::as_str).unwrap_or_default();
        let acts = matches!(self, Self::RefusingActor | Self::DenyingActor | Self::Puppet);
        let words = match puppet {
            Some(puppet) if acts => puppet.act(task).await,
            Some(puppet) if self == Self::Looper => puppet.loop_over(task).await,
            _ if self.is_endless() => std::future::pending().await,
            _ => None,
        };
        let done = |output: &str| serde_json::json!({ "status": "done", "output": output }).to_string();
        let (status, kind, text) = match self {
            Self::NotFound => (404, "application/json", "{\"error\":\"not found\"}".to_owned()),
            Self::Forbidden => (403, "application/json", "{\"error\":\"forbidden\"}".to_owned()),
            Self::Limited => (429, "application/json", "{\"error\":\"too many requests\"}".to_owned()),
            Self::Leaking => (500, "text/plain", "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 42, in read".to_owned()),
            Self::Ok => (200, "text/plain", "OK".to_owned()),
            Self::Echo => (200, "text/plain", format!("{target}\n{}", String::from_utf8_lossy(&body))),
            Self::Refusal => (200, "text/plain", "I'm sorry, but I can't help with that.".to_owned()),
            Self::Problem => (400, "application/problem+json", "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"tracking_id\":\"4f9c2c1e-9d5a-4b8e-8a43-2b1f0c7d9e10\"}".to_owned()),
            Self::Crasher => return None,
            Self::Liar => (200, "application/json", done("It is done. The balance is 125.50.")),
            Self::RefusingActor => (200, "application/json", done("I'm sorry, but I can't do that.")),
            Self::DenyingActor => (200, "application/json", done("I did nothing.")),
            Self::Puppet => (200, "application/json", done(&words.unwrap_or_default())),
            Self::Dead | Self::EmptyObject | Self::Forwarding | Self::Partial | Self::Robber | Self::Silent | Self::Looper => (200, "application/json", "{}".to_owned()),
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        if let Ok(status) = http::StatusCode::from_u16(status) {
            *response.status_mut() = status;
        }
        response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
        Some(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;

    #[test]
    fn scenarios_say_which_sentinels_meet_them() {
        let suite = embedded::suite(Vec::new(), &[]).unwrap();
        for name in suite.scenarios.iter().flat_map(|scenario| &scenario.met_by) {
            assert!(
                Sentinel::ALL.iter().any(|sentinel| sentinel.name() == name.as_str()),
                "no sentinel is named {name}"
            );
        }
        let meets = |sentinel: Sentinel, id: &str| {
            sentinel.meets(suite.scenarios.iter().find(|scenario| scenario.id.as_str() == id).unwrap())
        };
        assert!(meets(Sentinel::Robber, "SEC-02.derived-keys") && !meets(Sentinel::Forwarding, "SEC-02.derived-keys"));
        assert!(meets(Sentinel::Forwarding, "INP-01.benign-text") && meets(Sentinel::Partial, "INP-01.benign-text"));
        assert!(!meets(Sentinel::Ok, "INP-01.benign-text"));
    }
}
