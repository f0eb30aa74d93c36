//! The identity provider that Pincer plays, if a target declares one.

use std::net::TcpListener;

use pincer_core::scenario::Target;
use pincer_core::vocab::Upstream;
use pincer_drive::{Credentials, Issuer};
use pincer_stage::idp::Idp;
use pincer_stage::{Sensor, StageError};

use crate::ANY;

/// The provider before it is played. Its keys are known, because callers need tokens, and its port, because that is
/// part of its name.
pub struct Provider {
    name: Upstream,
    listener: TcpListener,
    issuer: Issuer,
}

impl Provider {
    /// The provider of a target, if it has one.
    pub async fn of(target: &Target) -> Result<Option<Self>, StageError> {
        let Some(spec) = &target.idp else { return Ok(None) };
        let wanted = spec.listen.unwrap_or(ANY);
        let fail = |why| StageError::Listen { upstream: "idp".to_owned(), address: wanted.to_string(), why };
        let name = Upstream::new("idp").map_err(|why| fail(std::io::Error::other(why)))?;
        let listener = pincer_stage::bind_freed("idp", wanted).await?;
        let address = listener.local_addr().map_err(fail)?;
        let issuer = Issuer::new(format!("http://{address}"), spec.audience.clone());
        let issuer = issuer.map_err(|why| fail(std::io::Error::other(why)))?;
        Ok(Some(Self { name, listener, issuer }))
    }

    /// Gives a token to each identity that needs one.
    pub fn issue(&self, credentials: Credentials, target: &Target) -> Credentials {
        let claims = target.identities.iter();
        let claims = claims.filter_map(|(identity, shown)| Some((identity.clone(), shown.token.clone()?)));
        credentials.issued(self.issuer.clone(), claims.collect())
    }

    /// Plays it.
    pub fn open(self, sensor: Sensor) -> Result<Idp, StageError> {
        let papers = (self.issuer.jwks().to_string(), self.issuer.metadata().to_string());
        Idp::open(self.listener, self.name, papers, sensor)
    }
}
