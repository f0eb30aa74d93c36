//! A target between the load generator and an upstream that only counts.

use std::sync::Arc;

use pincer_core::observe::Redactor;
use pincer_core::plan::{Case, Client, Plan};
use pincer_core::scenario::{Source, Suite, Target};
use pincer_core::vocab::{Identity, Lane, Nonce, Operation, TargetKind, Tracer};
use pincer_drive::{Drive, Fence, Shot, cores};
use pincer_stage::idp::Idp;
use pincer_stage::secure::{Authority, Secure};
use pincer_stage::sink::Sink;
use pincer_stage::{Clock, Sensor};
use pincer_stand::{Access, Addresses, Log, Provider, RunningTarget, Subject, Surroundings, Upstreams};

use super::{Limited, MeasureError, SEED, tracer};
use crate::embedded;

/// An upstream's answer if no operation has a sample.
const ANSWER: &str = r#"{"id":"1001","name":"Main account"}"#;

/// The target and its surroundings. Fields are dropped in this order: the target before its upstreams.
pub(super) struct Rig {
    drive: Drive,
    #[cfg_attr(not(feature = "reference"), expect(dead_code, reason = "it is held, so that the target runs"))]
    pub(super) running: RunningTarget,
    _idp: Option<Idp>,
    _secure: Vec<Secure>,
    sinks: Vec<Sink>,
    nonce: Nonce,
}

impl Rig {
    /// A user's target, started if its descriptor says how, for calls of these operations.
    pub(super) async fn external(limited: &Limited, called: &[&Operation], nonce: Nonce) -> Result<Self, MeasureError> {
        if limited.target.kind != TargetKind::Gateway {
            return Err(MeasureError::Unfit("only gateways are measured: the descriptor is of an agent".to_owned()));
        }
        Self::set_up(&limited.subject, &limited.target, called, nonce).await
    }

    /// Any target, for calls of these operations.
    pub(super) async fn set_up(
        subject: &dyn Subject,
        target: &Target,
        called: &[&Operation],
        nonce: Nonce,
    ) -> Result<Self, MeasureError> {
        let tracer = tracer(nonce);
        let unfit = |why: &dyn std::fmt::Display| MeasureError::Unfit(why.to_string());
        let tls = target.upstreams.values().any(|spec| spec.tls);
        let authority = tls.then(Authority::new).transpose().map_err(|why| unfit(&why))?.map(Arc::new);
        let upstreams =
            Upstreams::open(target, subject.is_foreign(), (authority.as_ref(), &deaf(&tracer)), |name, listener| {
                let mut specs = called.iter().filter_map(|operation| target.operations.get(*operation));
                let sample = specs.find(|spec| spec.upstream == *name && spec.answer.is_some());
                let sample = sample.and_then(|spec| spec.answer.as_ref()).map(ToString::to_string);
                let sink = Sink::open(listener, sample.as_deref().unwrap_or(ANSWER), cores())?;
                let address = sink.address();
                Ok::<_, MeasureError>((sink, address))
            })
            .await?;
        let provider = Provider::of(target).await?;
        let mut credentials = subject.credentials(target, &tracer);
        if let Some(provider) = &provider {
            credentials = provider.issue(credentials, target);
        }
        let idp = provider.map(|provider| provider.open(deaf(&tracer))).transpose()?;
        // Without a provider nobody asks for one, so any address will do.
        let first = upstreams.addresses.first().map(|(_, address)| address.plain);
        let addresses = Addresses {
            upstreams: upstreams.addresses,
            authority,
            audit: None,
            idp: idp.as_ref().map(Idp::address).or(first),
            model: None,
        };
        let fence = Fence::new(target.authorize.clone());
        let secrets: Vec<(String, String)> = credentials.secrets().chain(subject.secrets()).collect();
        let redactor = Redactor::new(secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_str())));
        let surroundings = Surroundings {
            target,
            tracer: &tracer,
            addresses,
            access: Access { fence: &fence, credentials: &credentials, redactor: &redactor },
            log: Log::Unread,
            sensor: deaf(&tracer),
        };
        let running = subject.start(surroundings).await?;
        let drive = Drive::new(&running.url, running.tls.as_deref(), &fence, credentials).await?;
        let drive = drive.looking_like(Client::of(&tracer))?;
        Ok(Self { drive, running, _idp: idp, _secure: upstreams.secure, sinks: upstreams.playing, nonce })
    }

    /// The call of an operation by an identity or anonymously.
    pub(super) fn shot(
        &self,
        target: &Target,
        operation: &Operation,
        caller: Option<&Identity>,
    ) -> Result<Shot, MeasureError> {
        let case = case(target, operation, caller, self.nonce)?;
        self.drive.shot(&case).ok_or_else(|| MeasureError::Unfit(format!("`{operation}` can't be called")))
    }

    /// The number of calls that reached the upstreams.
    pub(super) fn arrivals(&self) -> u64 {
        self.sinks.iter().map(Sink::arrivals).sum()
    }
}

/// A sensor without a receiver: arrivals are counted, not judged.
fn deaf(tracer: &Tracer) -> Sensor {
    Sensor::new(Clock::start(), Lane::default(), tracer.clone(), Arc::new(|_| {}))
}

/// The call as a scenario would make it.
fn case(target: &Target, operation: &Operation, caller: Option<&Identity>, nonce: Nonce) -> Result<Case, MeasureError> {
    let caller = caller.map_or_else(String::new, |caller| format!(", as: {caller}"));
    let step = format!("  - send: {{ op: {operation}{caller} }}\n    expect: {{ status: 200 }}\n");
    let text = format!(
        "pincer: scenario/v1\nid: RATE-01.measured\ntitle: T\ncontrol: RATE-01\nfor: gateway\nseverity: low\n\
         kills: [no-rate-limit]\nbenign:\n{step}attack:\n{step}"
    );
    let vocabulary = embedded::vocabulary(std::slice::from_ref(target))?;
    let suite = Suite::read(embedded::catalogue()?, &[Source::new("measured.yaml", text)], 0, &vocabulary)?;
    let plan = Plan::new(SEED, suite, target.clone()).with_nonce(nonce);
    let first = plan.scenarios().find_map(|(scenario, entry)| plan.cases(scenario, entry).next());
    first.ok_or_else(|| MeasureError::Unfit(format!("`{operation}` can't be called by the descriptor")))
}

#[cfg(feature = "reference")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    /// What a target sees of a measurement with this nonce.
    async fn seen(nonce: Nonce) -> String {
        let mut target = embedded::target(TargetKind::Gateway).unwrap();
        target.idp = None;
        let operation = Operation::new("annotate").unwrap();
        let case = case(&target, &operation, super::super::callers(&target, &operation).next(), nonce).unwrap();
        let credentials = Reference::default().credentials(&target, &tracer(nonce));
        let drive = Drive::new("http://127.0.0.1:9", None, &Fence::default(), credentials).await.unwrap();
        let shot = drive.looking_like(Client::of(&tracer(nonce))).unwrap().shot(&case).unwrap();
        String::from_utf8_lossy(shot.bytes()).into_owned()
    }

    #[tokio::test]
    async fn measurement_looks_like_a_client_and_has_its_own_marks() {
        let [one, other] = [seen(Nonce::new(1)).await, seen(Nonce::new(2)).await];
        let plain = Tracer::new(SEED, Nonce::default());
        for (nonce, text) in [(1, &one), (2, &other)] {
            assert!(plain.find(text.as_bytes()).next().is_none(), "{text}");
            assert!(tracer(Nonce::new(nonce)).find(text.as_bytes()).next().is_some(), "{text}");
            assert!(text.to_ascii_lowercase().contains("\r\nuser-agent: "), "{text}");
        }
        assert_ne!(one, other);
    }
}
