//! An upstream of our own: it sees the bytes as they came and breaks the wire on purpose.

mod answer;
mod request;

use std::net::SocketAddr;
use std::sync::Arc;

use pincer_core::vocab::Upstream;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::{Playbook, Sensor, StageError};

/// A listener that plays one upstream; dropping it ends all its connections.
#[derive(Debug)]
pub struct Hostile {
    address: SocketAddr,
    _accepting: JoinSet<()>,
}

impl Hostile {
    /// Plays `upstream` on `listener`.
    pub fn open(
        upstream: Upstream,
        listener: std::net::TcpListener,
        playbook: Arc<Playbook>,
        sensor: Sensor,
    ) -> Result<Self, StageError> {
        let name = upstream.to_string();
        let fail = |why| StageError::Listen { upstream: name.clone(), address: String::new(), why };
        let listener = TcpListener::from_std(listener).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, upstream, playbook, sensor));
        Ok(Self { address, _accepting: accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, upstream: Upstream, playbook: Arc<Playbook>, sensor: Sensor) {
    // Dropped with this task, and so are the connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(serve(stream, upstream.clone(), playbook.clone(), sensor.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves requests on one connection until either side ends it.
async fn serve(mut stream: TcpStream, upstream: Upstream, playbook: Arc<Playbook>, sensor: Sensor) {
    let mut buffer = Vec::new();
    while let Some(arrival) = request::read(&mut stream, &mut buffer, &upstream).await {
        let case = sensor.attribute(&arrival);
        let play = playbook.play(case.map(|(case, _)| case));
        sensor.arrived(case, arrival);
        if answer::write(&mut stream, &play).await.is_err() || play.fault.is_some() || play.raw.is_some() {
            return;
        }
    }
}
