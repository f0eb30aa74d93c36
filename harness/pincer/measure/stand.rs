//! A target that stands between the load generator and an upstream that only counts.

use std::sync::Arc;

use crate::reference::Config;
use pincer_core::observe::Redactor;
use pincer_core::plan::{Case, Plan};
use pincer_core::scenario::{Source, Suite, Target};
use pincer_core::vocab::{Identity, Operation, TargetKind, Upstream};
use pincer_drive::{Drive, Fence, Shot, cores};
use pincer_stage::idp::Idp;
use pincer_stage::secure::{Authority, Secure};
use pincer_stage::sink::Sink;
use pincer_stage::{Clock, Sensor};

use super::{MeasureError, Subject, tracer};
use crate::conduct::{ANY, Address, Addresses, Launched, Provider, Surroundings, Words, ahead, listeners};
use crate::embedded::{self, Around, Embedded, EmbeddedError};
use crate::supervise::WorkFolder;

/// What an upstream answers where no operation that is called there has a sample.
const ANSWER: &str = r#"{"id":"1001","name":"Main account"}"#;

/// The target and what is around it. Fields are dropped in this order: the target before its upstreams.
pub(super) struct Stand {
    drive: Drive,
    _launched: Option<Launched>,
    embedded: Option<Embedded>,
    _words: Option<Words>,
    _idp: Option<Idp>,
    _secure: Vec<Secure>,
    sinks: Vec<Sink>,
}

impl Stand {
    /// The embedded reference with something changed.
    pub(super) async fn reference(target: &Target, change: impl FnOnce(&mut Config)) -> Result<Self, MeasureError> {
        let Upstreams { sinks, secure, addresses, .. } = upstreams(target, None).await?;
        let tracer = tracer();
        // It asks no identity provider: callers here show keys.
        let idp = addresses.first().map(|(_, address)| address.plain);
        let around = Around { upstreams: &addresses, authority: None, idp, model: None, tracer: &tracer };
        let folder = WorkFolder::new().map_err(EmbeddedError::from)?;
        let change = |config: &mut Config| {
            config.settings.tokens = None;
            change(config);
        };
        let embedded = Embedded::gateway(folder, &around, change).await?;
        let credentials = embedded::credentials(target, &tracer);
        let drive = Drive::new(&embedded.url(), None, &Fence::default(), credentials).await?;
        Ok(Self { drive, _launched: None, embedded: Some(embedded), _words: None, _idp: None, _secure: secure, sinks })
    }

    /// A target of the user's, started if its descriptor says how, of which these operations are called.
    pub(super) async fn external(subject: &Subject, called: &[&Operation]) -> Result<Self, MeasureError> {
        let target = &subject.target;
        if target.kind != TargetKind::Gateway {
            return Err(MeasureError::Unfit("only gateways are measured: the descriptor is of an agent".to_owned()));
        }
        let Upstreams { sinks, secure, addresses, authority } = upstreams(target, Some(called)).await?;
        let provider = Provider::of(target).await?;
        let mut credentials = subject.credentials.clone();
        if let Some(provider) = &provider {
            credentials = provider.issue(credentials, target);
        }
        let idp = provider.map(|provider| provider.open(deaf())).transpose()?;
        let at = idp.as_ref().map(Idp::address);
        let addresses = Addresses { upstreams: addresses, authority, idp: at, ..Addresses::default() };
        let mut words = Words::new(&subject.folder, addresses, &tracer())?;
        let url = words.fill(&target.url)?;
        let tls = target.tls_url().map(|tls| words.fill(tls)).transpose()?;
        let fence = Fence::new(target.authorize.clone());
        let secrets: Vec<(String, String)> = credentials.secrets().chain(subject.secrets.iter().cloned()).collect();
        let redactor = Redactor::new(secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_str())));
        let shown = credentials.clone();
        let drive = Drive::new(&url, tls.as_deref(), &fence, credentials).await?;
        let mut launched = None;
        if let Some(launch) = &subject.launch {
            let around = Surroundings { fence: &fence, credentials: &shown, redactor: &redactor };
            let (mut child, _) = Launched::start(launch, &url, (&mut words, false), around).await?;
            child.ready(launch, &url, around).await?;
            launched = Some(child);
        }
        Ok(Self { drive, _launched: launched, embedded: None, _words: Some(words), _idp: idp, _secure: secure, sinks })
    }

    /// The call of an operation by somebody, or by nobody.
    pub(super) fn shot(
        &self,
        target: &Target,
        operation: &Operation,
        caller: Option<&Identity>,
    ) -> Result<Shot, MeasureError> {
        let case = case(target, operation, caller)?;
        self.drive.shot(&case).ok_or_else(|| MeasureError::Unfit(format!("`{operation}` can't be called")))
    }

    /// How many calls have reached the upstreams.
    pub(super) fn arrivals(&self) -> u64 {
        self.sinks.iter().map(Sink::arrivals).sum()
    }

    /// Lets the reference's limiter know so many callers that don't call.
    pub(super) fn crowd(&self, operation: &Operation, callers: u32) {
        if let Some(embedded) = &self.embedded {
            embedded.crowd(operation.as_str(), callers);
        }
    }
}

/// What plays the upstreams, and where.
struct Upstreams {
    sinks: Vec<Sink>,
    secure: Vec<Secure>,
    addresses: Vec<(Upstream, Address)>,
    authority: Option<Arc<Authority>>,
}

/// The upstreams: of a target of the user's where its descriptor says, with the samples of what is called, and of the
/// reference anywhere.
async fn upstreams(target: &Target, called: Option<&[&Operation]>) -> Result<Upstreams, MeasureError> {
    let unfit = |why: &dyn std::fmt::Display| MeasureError::Unfit(why.to_string());
    let tls = target.upstreams.values().any(|spec| spec.tls);
    let authority = tls.then(Authority::new).transpose().map_err(|why| unfit(&why))?.map(Arc::new);
    let mut all = Upstreams { sinks: Vec::new(), secure: Vec::new(), addresses: Vec::new(), authority };
    for (name, spec) in &target.upstreams {
        let wanted = spec.listen.filter(|_| called.is_some()).unwrap_or(ANY);
        let authority = all.authority.as_ref().filter(|_| spec.tls);
        let (listener, front) = listeners(name, wanted, authority.is_some()).await?;
        let mut specs = called.into_iter().flatten().filter_map(|operation| target.operations.get(*operation));
        let sample = specs.find(|spec| spec.upstream == *name && spec.answer.is_some());
        let sample = sample.and_then(|spec| spec.answer.as_ref()).map(ToString::to_string);
        let sink = Sink::open(listener, sample.as_deref().unwrap_or(ANSWER), cores())?;
        let (address, ahead) = ahead(name, sink.address(), (front, authority), &deaf())?;
        all.secure.extend(ahead);
        all.addresses.push((name.clone(), address));
        all.sinks.push(sink);
    }
    Ok(all)
}

/// A sensor that tells nobody: arrivals are counted, not judged.
fn deaf() -> Sensor {
    Sensor::new(Clock::start(), 0, tracer(), Arc::new(|_| {}))
}

/// The call as a scenario would make it.
fn case(target: &Target, operation: &Operation, caller: Option<&Identity>) -> Result<Case, MeasureError> {
    let caller = caller.map_or_else(String::new, |caller| format!(", as: {caller}"));
    let step = format!("  - send: {{ op: {operation}{caller} }}\n    expect: {{ status: 200 }}\n");
    let text = format!(
        "pincer: scenario/v1\nid: RATE-01.measured\ntitle: T\ncontrol: RATE-01\nfor: gateway\nseverity: low\n\
         kills: [no-rate-limit]\nbenign:\n{step}attack:\n{step}"
    );
    let vocabulary = embedded::vocabulary(std::slice::from_ref(target))?;
    let suite = Suite::read(embedded::catalogue()?, &[Source::new("measured.yaml", text)], 0, &vocabulary)?;
    let plan = Plan::new(1, suite, target.clone());
    let first = plan.scenarios().find_map(|(scenario, entry)| plan.cases(scenario, entry).next());
    first.ok_or_else(|| MeasureError::Unfit(format!("`{operation}` can't be called by the descriptor")))
}
