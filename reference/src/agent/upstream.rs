//! The API's side: sends a call with the credential of the API's origin and returns a bounded answer. Only reads are
//! retried.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use ring::rand::SystemRandom;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::antique;
use super::origin::{Origin, location};
use super::pace;
use super::request::Draft;
use super::settings::{AgentLimits, BoundSettings};
use crate::client::{Client, Trust, client};
use crate::settings::{SettingsError, read};
use crate::weakness::{Weakness, Weaknesses};

/// Redirects that are followed within the origin.
const HOPS: u32 = 3;
/// The bound that remains if a weakness removes the bound.
const UNBOUNDED: usize = 256 << 20;
const LONGEST: Duration = Duration::from_mins(1);
const TRIES: u32 = 50;

/// Why a call gave no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A status that is not success.
    Status,
    /// No answer, or an incomplete one: the effect of the call is unknown.
    Silent,
    /// Too many bytes, or an encoded body.
    Body,
    /// A redirect that is not followed.
    Redirect,
    /// The API asks for a longer wait than allowed.
    Wait,
}

/// The result of a call.
#[derive(Debug)]
pub(super) struct Reply {
    /// Status of the last answer, if any.
    pub(super) status: Option<StatusCode>,
    pub(super) body: Bytes,
    pub(super) fault: Option<Fault>,
    /// Attempts so far.
    pub(super) attempts: u32,
    /// How long the API asks to wait.
    wait: Option<Duration>,
}

impl Reply {
    /// The result of a call that was not sent to the API.
    pub(super) fn done(body: Bytes) -> Self {
        Self { status: Some(StatusCode::OK), body, fault: None, attempts: 0, wait: None }
    }
}

/// The API.
pub(super) struct Upstream {
    client: Client,
    base: String,
    origin: Origin,
    header: HeaderName,
    key: HeaderValue,
    limits: AgentLimits,
    /// No task calls before this time.
    pause: Mutex<Option<Instant>>,
    random: SystemRandom,
    /// Answers by path prefix; only a weakness fills it.
    cache: Mutex<HashMap<String, Bytes>>,
    weak: Weaknesses,
}

impl Upstream {
    pub(super) fn new(api: &BoundSettings, limits: &AgentLimits, weak: &Weaknesses) -> Result<Self, SettingsError> {
        let fail = || SettingsError::Upstream("upstream".to_owned());
        let address: Uri = api.url.parse().map_err(|_| fail())?;
        let origin = Origin::of(&address).filter(|_| address.query().is_none()).ok_or_else(fail)?;
        let mut key = HeaderValue::from_str(&api.key.0).map_err(|_| fail())?;
        key.set_sensitive(true);
        let authority = api.authority.as_deref().map(read).transpose()?;
        let trust = match &authority {
            _ if weak.has(Weakness::AgentTrustsAnybody) => Trust::Anybody,
            Some(pem) => Trust::Only(pem.as_bytes()),
            None => Trust::of(address.scheme_str()),
        };
        Ok(Self {
            client: client(Duration::from_millis(limits.upstream_ms), trust)?,
            base: api.url.trim_end_matches('/').to_owned(),
            origin,
            header: HeaderName::from_bytes(api.header.as_bytes()).map_err(|_| fail())?,
            key,
            limits: limits.clone(),
            pause: Mutex::new(None),
            random: SystemRandom::new(),
            cache: Mutex::default(),
            weak: weak.clone(),
        })
    }

    /// Makes a call, at the latest until `until`.
    pub(super) async fn call(&self, draft: &Draft, until: Instant) -> Reply {
        if !self.weak.has(Weakness::AgentSharedCache) || draft.method != Method::GET {
            return self.tried(draft, until).await;
        }
        let kept = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let path = draft.target.rsplit_once('/').map_or("", |(before, _)| before);
        if let Some(body) = kept().get(path) {
            return Reply::done(body.clone());
        }
        let reply = self.tried(draft, until).await;
        if reply.fault.is_none() {
            kept().insert(path.to_owned(), reply.body.clone());
        }
        reply
    }

    /// Makes a call, and repeats a read if that may help.
    async fn tried(&self, draft: &Draft, until: Instant) -> Reply {
        let mut attempts = 0;
        loop {
            let open = self.opens();
            if open >= until {
                return Reply { attempts, ..nothing(Fault::Wait) };
            }
            sleep_until(open).await;
            attempts += 1;
            let mut reply = Reply { attempts, ..self.once(draft, until, self.weak.has(Weakness::AgentKeyInUrl)).await };
            if self.weak.has(Weakness::AgentKeyFallback) && matches!(reply.status, Some(StatusCode::UNAUTHORIZED)) {
                reply = self.once(draft, until, true).await;
            }
            let Some(pause) = self.again(draft, &reply) else {
                let long = reply.wait.is_some_and(|wait| wait > Duration::from_millis(self.limits.retry_after_ms));
                return if long { Reply { fault: Some(Fault::Wait), ..reply } } else { reply };
            };
            if Instant::now() + pause >= until && !self.weak.has(Weakness::AgentTrustsRetryAfter) {
                return reply;
            }
            sleep(pause).await;
        }
    }

    /// When any task may call the API again.
    fn opens(&self) -> Instant {
        let pause = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        pause.unwrap_or_else(Instant::now)
    }

    /// How long to wait before the next attempt; none if there is none.
    fn again(&self, draft: &Draft, reply: &Reply) -> Option<Duration> {
        let may_help = match reply.fault? {
            Fault::Status => reply.status.is_some_and(|status| matches!(status.as_u16(), 429 | 500 | 502..=504)),
            Fault::Silent => true,
            Fault::Body | Fault::Redirect | Fault::Wait => false,
        };
        let reads = draft.method == Method::GET;
        if !may_help || !(reads || self.weak.has(Weakness::AgentRetriesWrites)) {
            return None;
        }
        if reads && self.weak.has(Weakness::AgentEndlessRetries) {
            return (reply.attempts < TRIES).then_some(Duration::ZERO);
        }
        if reply.attempts > self.limits.retries {
            return None;
        }
        let pause = pace::pause(reply.attempts, &self.random);
        match reply.wait {
            Some(_) if self.weak.has(Weakness::AgentIgnoresRetryAfter) => Some(Duration::ZERO),
            Some(wait) if self.weak.has(Weakness::AgentTrustsRetryAfter) => Some(wait.min(LONGEST)),
            Some(wait) if wait > Duration::from_millis(self.limits.retry_after_ms) => None,
            Some(wait) => Some(wait.max(pause)),
            None => Some(pause),
        }
    }

    /// One attempt, including redirects within the origin.
    async fn once(&self, draft: &Draft, until: Instant, key_in_url: bool) -> Reply {
        let patience = if self.weak.has(Weakness::AgentNoDeadline) {
            LONGEST
        } else {
            Duration::from_millis(self.limits.upstream_ms)
        };
        let until = until.min(Instant::now() + patience);
        let (mut method, mut body) = (draft.method.clone(), draft.body.clone());
        let mut target = draft.target.clone();
        if key_in_url {
            let gap = if target.contains('?') { '&' } else { '?' };
            target = format!("{target}{gap}api_key={}", self.key.to_str().unwrap_or_default());
        }
        let Ok(mut address) = format!("{}{target}", self.base).parse::<Uri>() else {
            return nothing(Fault::Silent);
        };
        for _ in 0..=HOPS {
            let request = self.request(draft, &method, &address, &body);
            let Ok(Ok(response)) = timeout_at(until, self.client.request(request)).await else {
                if self.weak.has(Weakness::AgentOldTls) {
                    antique::greet(&address).await;
                }
                if self.weak.has(Weakness::AgentWeakSuites) {
                    antique::offer(&address).await;
                }
                return nothing(Fault::Silent);
            };
            let status = response.status();
            if !matches!(status.as_u16(), 301..=303 | 307 | 308) {
                return self.read(response, until).await;
            }
            let stop = Reply { status: Some(status), ..nothing(Fault::Redirect) };
            let Some(next) = location(&address, response.headers()) else { return stop };
            let anywhere =
                self.weak.has(Weakness::AgentKeyFollowsRedirect) || self.weak.has(Weakness::AgentFollowsRedirects);
            if !anywhere && (draft.method != Method::GET || Origin::of(&next).as_ref() != Some(&self.origin)) {
                return stop;
            }
            if status.as_u16() <= 303 {
                (method, body) = (Method::GET, Bytes::new());
            }
            address = next;
        }
        nothing(Fault::Redirect)
    }

    fn request(&self, draft: &Draft, method: &Method, address: &Uri, body: &Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = address.clone();
        let headers = request.headers_mut();
        let own = Origin::of(address).as_ref() == Some(&self.origin);
        if own {
            headers.clone_from(&draft.headers);
        }
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        // Encoded answers are not read, because nothing is decompressed here.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("pincer-agent"));
        if own || self.weak.has(Weakness::AgentKeyFollowsRedirect) {
            headers.insert(self.header.clone(), self.key.clone());
        }
        request
    }

    async fn read(&self, response: http::Response<hyper::body::Incoming>, until: Instant) -> Reply {
        let (parts, body) = response.into_parts();
        let wait = if matches!(parts.status.as_u16(), 429 | 503) {
            pace::asked(&parts.headers, jiff::Timestamp::now())
        } else {
            None
        };
        self.hold(wait);
        let failed = |fault| Reply { status: Some(parts.status), wait, ..nothing(fault) };
        let encoding = parts.headers.get(header::CONTENT_ENCODING);
        let coded = encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
        let inflates = coded && self.weak.has(Weakness::AgentInflates);
        if coded && !inflates {
            return failed(Fault::Body);
        }
        let free = inflates || self.weak.has(Weakness::AgentNoResponseCap);
        let most = if free { UNBOUNDED } else { self.limits.response };
        let body = match timeout_at(until, Limited::new(body, most).collect()).await {
            Ok(Ok(whole)) => whole.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return failed(Fault::Body),
            Ok(Err(_)) if parts.status.is_success() && self.weak.has(Weakness::AgentTakesHalf) => Bytes::new(),
            // An error status counts, even if its body failed.
            Ok(Err(_)) | Err(_) if !parts.status.is_success() => return failed(Fault::Status),
            Ok(Err(_)) | Err(_) => return failed(Fault::Silent),
        };
        let body = if inflates { inflated(&body) } else { body };
        let fault = (!parts.status.is_success()).then_some(Fault::Status);
        Reply { status: Some(parts.status), body, fault, attempts: 0, wait }
    }

    /// Makes all tasks wait as long as the API says, up to the longest allowed wait.
    fn hold(&self, wait: Option<Duration>) {
        let free = self.weak.has(Weakness::AgentIgnoresRetryAfter) || self.weak.has(Weakness::AgentEndlessRetries);
        let Some(wait) = wait.filter(|_| !free) else { return };
        let until = Instant::now() + wait.min(Duration::from_millis(self.limits.retry_after_ms));
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = pause.max(Some(until));
    }
}

/// The decompressed gzip body, unbounded; empty if it is not gzip.
fn inflated(body: &[u8]) -> Bytes {
    let mut whole = Vec::new();
    match flate2::read::GzDecoder::new(body).read_to_end(&mut whole) {
        Ok(_) => whole.into(),
        Err(_) => Bytes::new(),
    }
}

fn nothing(fault: Fault) -> Reply {
    Reply { status: None, body: Bytes::new(), fault: Some(fault), attempts: 0, wait: None }
}
