//! A target that stands between the load generator and an upstream that only counts.

use std::sync::Arc;

use pincer_core::plan::{Case, Plan};
use pincer_core::scenario::{Source, Suite, Target};
use pincer_core::vocab::{Identity, Operation, TargetKind, Upstream};
use pincer_drive::{Drive, Fence, Shot, cores};
use pincer_reference::Config;
use pincer_stage::secure::{Authority, Secure};
use pincer_stage::sink::Sink;
use pincer_stage::{Clock, Sensor};
use tempfile::TempDir;

use super::{MeasureError, Subject, tracer};
use crate::conduct::{ANY, Address, Addresses, Launched, Words};
use crate::embedded::{self, Around, Embedded, EmbeddedError};

/// What the upstreams answer where the descriptor has no sample.
const ANSWER: &str = r#"{"id":"1001","name":"Main account"}"#;

/// The target and what is around it. Fields are dropped in this order: the target before its upstreams.
pub(super) struct Stand {
    drive: Drive,
    _launched: Option<Launched>,
    embedded: Option<Embedded>,
    _words: Option<Words>,
    _secure: Vec<Secure>,
    sinks: Vec<Sink>,
}

impl Stand {
    /// The embedded reference with something changed.
    pub(super) async fn reference(target: &Target, change: impl FnOnce(&mut Config)) -> Result<Self, MeasureError> {
        let Upstreams { sinks, secure, addresses, .. } = upstreams(target, false)?;
        let tracer = tracer();
        // It asks no identity provider: callers here show keys.
        let idp = addresses.first().map(|(_, address)| address.plain);
        let around = Around { upstreams: &addresses, authority: None, idp, model: None, tracer: &tracer };
        let folder = TempDir::new().map_err(EmbeddedError::from)?;
        let change = |config: &mut Config| {
            config.settings.tokens = None;
            change(config);
        };
        let embedded = Embedded::gateway(folder, &around, change).await?;
        let credentials = embedded::credentials(target, &tracer);
        let drive = Drive::new(&embedded.url(), None, &Fence::default(), credentials).await?;
        Ok(Self { drive, _launched: None, embedded: Some(embedded), _words: None, _secure: secure, sinks })
    }

    /// A target of the user's, started if its descriptor says how.
    pub(super) async fn external(subject: &Subject) -> Result<Self, MeasureError> {
        let target = &subject.target;
        if target.kind != TargetKind::Gateway || target.idp.is_some() {
            let text =
                "only gateways whose callers show keys are measured: the descriptor is of an agent or has an `idp`";
            return Err(MeasureError::Unfit(text.to_owned()));
        }
        let Upstreams { sinks, secure, addresses, authority } = upstreams(target, true)?;
        let addresses = Addresses { upstreams: addresses, authority, ..Addresses::default() };
        let mut words = Words::new(&subject.folder, addresses, &tracer())?;
        let url = words.fill(&target.url)?;
        let tls = target.tls_url().map(|tls| words.fill(tls)).transpose()?;
        let fence = Fence::new(target.authorize.clone());
        let drive = Drive::new(&url, tls.as_deref(), &fence, subject.credentials.clone()).await?;
        let mut launched = None;
        if let Some(launch) = &subject.launch {
            let (mut child, _) = Launched::start(launch, &mut words, false)?;
            child.ready(launch, &url, words.work()).await?;
            launched = Some(child);
        }
        Ok(Self { drive, _launched: launched, embedded: None, _words: Some(words), _secure: secure, sinks })
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

fn upstreams(target: &Target, fixed: bool) -> Result<Upstreams, MeasureError> {
    let unfit = |why: &dyn std::fmt::Display| MeasureError::Unfit(why.to_string());
    let tls = target.upstreams.values().any(|spec| spec.tls);
    let authority = tls.then(Authority::new).transpose().map_err(|why| unfit(&why))?.map(Arc::new);
    let mut all = Upstreams { sinks: Vec::new(), secure: Vec::new(), addresses: Vec::new(), authority };
    for (name, spec) in &target.upstreams {
        let wanted = spec.listen.filter(|_| fixed).unwrap_or(ANY);
        let certified = all.authority.clone().filter(|_| spec.tls);
        let listener = pincer_stage::bind(name.as_str(), if certified.is_some() { ANY } else { wanted })?;
        let sink = Sink::open(listener, ANSWER, cores())?;
        let mut address = Address { plain: sink.address(), tls: None };
        if let Some(authority) = certified {
            let sensor = Sensor::new(Clock::start(), 0, tracer(), Arc::new(|_| {}));
            let front = (name.clone(), pincer_stage::bind(name.as_str(), wanted)?);
            let front = Secure::open(front, address.plain, authority, sensor)?;
            address.tls = Some(front.address());
            all.secure.push(front);
        }
        all.addresses.push((name.clone(), address));
        all.sinks.push(sink);
    }
    Ok(all)
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
