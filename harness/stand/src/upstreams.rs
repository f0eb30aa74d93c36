//! The upstreams of a target, and the TLS in front of them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use pincer_core::scenario::Target;
use pincer_core::vocab::{Upstream, Word};
use pincer_stage::secure::{Authority, Secure};
use pincer_stage::{Sensor, StageError};

use crate::ANY;

/// The addresses of an upstream.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    /// Its plain HTTP address.
    pub plain: SocketAddr,
    /// Its TLS address, if any.
    pub tls: Option<SocketAddr>,
}

impl Address {
    /// The address for the target.
    pub fn url(&self) -> String {
        self.tls.map_or_else(|| format!("http://{}", self.plain), |tls| format!("https://{tls}"))
    }

    /// The value of a placeholder about an upstream.
    pub fn value(&self, word: &Word) -> String {
        let told = self.tls.unwrap_or(self.plain);
        match word {
            Word::UpstreamHost(_) => told.ip().to_string(),
            Word::UpstreamPort(_) => told.port().to_string(),
            _ => self.url(),
        }
    }
}

/// The upstreams of a target. `T` plays one of them.
#[derive(Debug)]
pub struct Upstreams<T> {
    /// The upstreams, ordered by name.
    pub playing: Vec<T>,
    /// The TLS listeners in front of some of them.
    pub secure: Vec<Secure>,
    /// Their addresses.
    pub addresses: Vec<(Upstream, Address)>,
}

impl<T> Upstreams<T> {
    /// Opens each upstream of a target: at the descriptor's address if `fixed`, else on a free port. An upstream with
    /// TLS needs an `authority`. `play` serves a listener and returns its address.
    pub async fn open<E: From<StageError>>(
        target: &Target,
        fixed: bool,
        (authority, sensor): (Option<&Arc<Authority>>, &Sensor),
        play: impl Fn(&Upstream, TcpListener) -> Result<(T, SocketAddr), E>,
    ) -> Result<Self, E> {
        let mut all = Self { playing: Vec::new(), secure: Vec::new(), addresses: Vec::new() };
        for (name, spec) in &target.upstreams {
            let bind = |address| pincer_stage::bind_freed(name.as_str(), address);
            let wanted = spec.listen.filter(|_| fixed).unwrap_or(ANY);
            // If the upstream speaks TLS, the declared port is its TLS port.
            let (listener, front) = match authority.filter(|_| spec.tls) {
                Some(authority) => (bind(ANY).await?, Some((bind(wanted).await?, authority))),
                None => (bind(wanted).await?, None),
            };
            let (playing, plain) = play(name, listener)?;
            let open = |(front, authority): (_, &Arc<Authority>)| {
                Secure::open((name.clone(), front), plain, authority.clone(), sensor.clone())
            };
            let secure = front.map(open).transpose()?;
            all.addresses.push((name.clone(), Address { plain, tls: secure.as_ref().map(Secure::address) }));
            all.secure.extend(secure);
            all.playing.push(playing);
        }
        Ok(all)
    }
}
