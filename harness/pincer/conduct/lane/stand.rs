//! How a lane's target is made to stand, with the tap on its audit log.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use futures_util::future::OptionFuture;
use pincer_core::scenario::Launch;
use pincer_core::vocab::Upstream;
use pincer_drive::Fence;
use pincer_stage::Sensor;
use pincer_stage::tap::Tap;

use super::super::launch::{Launched, Surroundings};
use super::super::program::Program;
use super::super::words::{Address, Addresses, Words};
use super::super::{Common, ConductError, Kind, Subject};
use super::{Lane, NOWHERE};
use crate::embedded::Embedded;
use crate::supervise::keep_log;

/// A target that stands where it can be called.
pub(super) struct Stand {
    pub(super) url: String,
    /// Where it speaks TLS.
    pub(super) tls: Option<String>,
    pub(super) launched: Option<Launched>,
    /// An agent that is started for each task.
    pub(super) program: Option<Program>,
    pub(super) _embedded: Option<Embedded>,
    pub(super) _words: Option<Words>,
}

impl Lane {
    /// The target, and the tap on its audit log.
    pub(super) async fn stand(
        &self,
        (upstreams, model): (&[(Upstream, Address)], Option<SocketAddr>),
        sensor: Sensor,
    ) -> Result<(Stand, Option<Tap>), ConductError> {
        let bare = |url, tls| Stand { url, tls, launched: None, program: None, _embedded: None, _words: None };
        match &self.job.subject {
            Subject::Embedded(weaken) => {
                let (embedded, tap) = self.embedded((upstreams, model), weaken, sensor).await?;
                let (url, tls) = (embedded.url(), embedded.tls_url());
                Ok((Stand { _embedded: Some(embedded), ..bare(url, tls) }, Some(tap)))
            }
            Subject::Sentinel(sentinel) => {
                let target = &self.job.plan.target;
                let sound = sentinel.has_sound(target.kind).then(|| self.embedded((upstreams, model), &[], sensor));
                let (embedded, tap) = OptionFuture::from(sound).await.transpose()?.unzip();
                let sound = embedded.as_ref().map(Embedded::url);
                let url = sentinel.url((upstreams, model), (target, sound.as_deref())).await;
                // It speaks no TLS, and is asked all the same.
                let tls = url.replacen("http://", "https://", 1);
                Ok((Stand { _embedded: embedded, ..bare(url, Some(tls)) }, tap))
            }
            Subject::External { folder, launch, .. } => {
                self.external(folder, launch.as_deref(), (upstreams, model), sensor).await
            }
        }
    }

    /// A tap on this file, which is one that can be taken away where that is to be done.
    pub(super) async fn tap(&self, file: PathBuf, sensor: Sensor) -> Result<Tap, ConductError> {
        match self.kind {
            Kind::Outage if self.job.plan.target.launch.is_some() => Ok(Tap::pipe(&file, sensor).inspect(keep_log)?),
            _ => Ok(Tap::file(file, sensor).await),
        }
    }

    async fn external(
        &self,
        folder: &Path,
        launch: Option<&Launch>,
        (upstreams, model): (&[(Upstream, Address)], Option<SocketAddr>),
        sensor: Sensor,
    ) -> Result<(Stand, Option<Tap>), ConductError> {
        let target = &self.job.plan.target;
        let audit = target.audit.as_ref();
        let posted = match audit.and_then(|audit| audit.post) {
            Some(address) => {
                let listener = pincer_stage::bind_freed("audit", address).await?;
                Some(Tap::post(listener, sensor.clone())?)
            }
            None => None,
        };
        let audit_at = posted.as_ref().map(|(_, address)| *address);
        let idp = self.common.idp_address();
        let authority = self.common.authority.clone();
        let addresses = Addresses { upstreams: upstreams.to_vec(), authority, audit: audit_at, idp, model };
        let mut words = Words::new(folder, addresses, self.job.plan.tracer())?;
        let url = words.fill(&target.url)?;
        let tls = target.tls_url().map(|tls| words.fill(tls)).transpose()?;
        let file = audit.and_then(|audit| audit.file.as_ref()).map(|file| words.fill(file)).transpose()?;
        // The tap stands at the file's end before the target writes.
        let mut tap = match &file {
            Some(file) => Some(self.tap(folder.join(file), sensor.clone()).await?),
            None => posted.map(|(tap, _)| tap),
        };
        let start = target.task.as_ref().and_then(|task| task.start.as_ref());
        if let (Some(launch), Some(start)) = (launch, start) {
            let program = Some(Program::new(launch, start, &mut words)?);
            let url = NOWHERE.to_owned();
            return Ok((Stand { url, tls: None, launched: None, program, _embedded: None, _words: Some(words) }, tap));
        }
        let mut launched = None;
        if let Some(launch) = launch {
            let listen = audit.is_some_and(|audit| audit.stdout);
            let fence = Fence::new(target.authorize.clone());
            let Common { credentials, redactor, .. } = &self.common;
            let around = Surroundings { fence: &fence, credentials, redactor };
            let (mut child, stdout) = Launched::start(launch, &url, (&mut words, listen), around).await?;
            tap = tap.or_else(|| stdout.map(|stdout| Tap::stream(stdout, sensor)));
            child.ready(launch, &url, around).await?;
            launched = Some(child);
        }
        Ok((Stand { url, tls, launched, program: None, _embedded: None, _words: Some(words) }, tap))
    }
}
