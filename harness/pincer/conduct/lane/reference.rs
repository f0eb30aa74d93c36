//! The embedded reference as a lane's target.

use std::net::SocketAddr;

use crate::reference::weakness::Weakness;
use pincer_core::vocab::Upstream;
use pincer_stage::Sensor;
use pincer_stage::tap::Tap;

use super::super::ConductError;
use super::super::words::Address;
use super::Lane;
use crate::embedded::{Around, Embedded, EmbeddedError};
use crate::supervise::WorkFolder;

impl Lane {
    /// The reference with these weaknesses, and the tap on its log.
    pub(super) async fn embedded(
        &self,
        (upstreams, model): (&[(Upstream, Address)], Option<SocketAddr>),
        weaken: &[Weakness],
        sensor: Sensor,
    ) -> Result<(Embedded, Tap), ConductError> {
        let (idp, tracer) = (self.common.idp_address(), self.job.plan.tracer());
        let authority = self.common.authority.as_deref();
        let around = Around { upstreams, authority, idp, model, tracer };
        let folder = WorkFolder::new().map_err(EmbeddedError::from)?;
        // The tap stands before the target writes.
        let tap = self.tap(Embedded::audit(folder.path()), sensor).await?;
        let embedded = Embedded::start(self.job.plan.target.kind, folder, &around, weaken).await?;
        Ok((embedded, tap))
    }
}
