//! Where the upstreams of a target are played, and what speaks TLS in front of them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use pincer_core::scenario::Target;
use pincer_core::vocab::{Upstream, Word};
use pincer_stage::secure::{Authority, Secure};
use pincer_stage::{Sensor, StageError};

use crate::ANY;

/// Where an upstream is played.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    /// Where it speaks plain HTTP.
    pub plain: SocketAddr,
    /// Where it speaks TLS, if it does.
    pub tls: Option<SocketAddr>,
}

impl Address {
    /// The address that the target is told.
    pub fn url(&self) -> String {
        self.tls.map_or_else(|| format!("http://{}", self.plain), |tls| format!("https://{tls}"))
    }

    /// The value of a variable that is about an upstream.
    pub fn value(&self, word: &Word) -> String {
        let told = self.tls.unwrap_or(self.plain);
        match word {
            Word::UpstreamHost(_) => told.ip().to_string(),
            Word::UpstreamPort(_) => told.port().to_string(),
            _ => self.url(),
        }
    }
}

/// The upstreams of a target. `T` is what plays one of them.
#[derive(Debug)]
pub struct Upstreams<T> {
    /// What plays them, in the order of their names.
    pub playing: Vec<T>,
    /// What speaks TLS in front of some of them.
    pub secure: Vec<Secure>,
    /// Where they are.
    pub addresses: Vec<(Upstream, Address)>,
}

impl<T> Upstreams<T> {
    /// Opens each upstream of a target: where its descriptor says if `fixed`, else on any free port. An `authority` is
    /// needed where one of them speaks TLS. `play` opens what answers on a listener, and says where it listens.
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
            // Where the upstream speaks TLS, the wanted port is that of TLS.
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
