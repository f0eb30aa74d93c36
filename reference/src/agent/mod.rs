//! A hardened agent: a small loop between a model and the tools that an API document describes.
//!
//! Settings and an API document come in; a running [`Agent`], which does tasks, goes out. Neither the model nor the
//! API's answers are trusted: `rule` and `taint` decide what is called, with which arguments, how often and by whose
//! wish. The API's credential goes to the API's origin only.

mod antique;
mod approvals;
mod model;
mod origin;
mod output;
mod pace;
mod phrases;
#[cfg(feature = "properties")]
pub(crate) mod property;
mod record;
mod request;
mod secrets;
mod service;
mod sessions;
mod settings;
mod shelf;
mod shell;
mod taint;
mod task;
mod tools;
mod upstream;
mod users;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;

use ring::rand::SystemRandom;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::SettingsError;
use crate::connection::Listener;
use crate::trail::random_id;
use crate::weakness::Weaknesses;
use crate::{LimitSettings, StartError, bind};
use work::{Sender, Worker};

pub use settings::{AgentConfig, AgentLimits, AgentSettings, BoundSettings, ModelSettings, Secret, UserSettings};
pub use task::{Answer, Approval, Status};

/// The agent.
#[derive(Debug)]
pub struct Agent;

/// A running agent; dropping it ends its connections.
#[derive(Debug)]
pub struct RunningAgent {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinSet<()>,
}

impl Agent {
    /// Starts an agent that takes tasks over HTTP.
    pub async fn start(config: AgentConfig) -> Result<RunningAgent, StartError> {
        let worker = Arc::new(Worker::new(&config)?);
        let weak = Weaknesses::new(&config.settings.weaken).map_err(SettingsError::from)?;
        let (listener, address) = bind(config.settings.listen).await?;
        let (stop, stopped) = watch::channel(false);
        let mut accepting = JoinSet::new();
        let shared = Listener { router: service::router(worker), tls: None, limits: LimitSettings::default(), weak };
        accepting.spawn(Arc::new(shared).accept(listener, stopped));
        Ok(RunningAgent { address, stop, accepting })
    }

    /// Does one task without listening.
    pub async fn ask(config: &AgentConfig, input: &str) -> Result<Answer, StartError> {
        let worker = Worker::new(config)?;
        Ok(worker.begin(random_id(&SystemRandom::new()), input, Sender::default()).await)
    }
}

impl RunningAgent {
    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more connections. Returns when the open requests have ended, at most a few seconds later.
    pub async fn stop(mut self) {
        // If nobody receives it, the agent has already ended.
        let _ = self.stop.send(true);
        while self.accepting.join_next().await.is_some() {}
    }
}
