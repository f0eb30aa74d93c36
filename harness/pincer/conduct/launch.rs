//! Starts a target as a process group of its own and ends it as one.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use pincer_core::scenario::Launch;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// How often readiness is asked for.
const ASK: Duration = Duration::from_millis(50);

/// Why a target could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// No command.
    #[error("`launch.command` is empty")]
    Empty,
    /// The program can't be run.
    #[error("`{program}` can't be started: {why}")]
    Spawn {
        /// Which program.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// It ended before it was ready.
    #[error("`{program}` ended before it was ready: {status}")]
    Ended {
        /// Which program.
        program: String,
        /// How.
        status: std::process::ExitStatus,
    },
    /// It was not ready in time.
    #[error("`{program}` was not ready within {within}")]
    NotReady {
        /// Which program.
        program: String,
        /// How long was waited.
        within: String,
    },
}

/// A running target; dropping it ends its process group.
#[derive(Debug)]
pub(super) struct Launched {
    child: Child,
}

impl Launched {
    /// Starts a target and waits until it is ready.
    pub(super) async fn start(launch: &Launch, url: &str, folder: &Path) -> Result<Self, LaunchError> {
        let dir = folder.to_string_lossy();
        let mut words = launch.command.iter().map(|word| word.replace("${dir}", &dir));
        let program = words.next().ok_or(LaunchError::Empty)?;
        let child = Command::new(&program)
            .args(words)
            .envs(launch.env.iter().map(|(name, value)| (name, value.replace("${dir}", &dir))))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| LaunchError::Spawn { program: program.clone(), why })?;
        let mut launched = Self { child };
        let until = Instant::now() + launch.ready.within.0;
        while !ready(launch, url).await {
            if let Ok(Some(status)) = launched.child.try_wait() {
                return Err(LaunchError::Ended { program, status });
            }
            if Instant::now() > until {
                return Err(LaunchError::NotReady { program, within: launch.ready.within.to_string() });
            }
            tokio::time::sleep(ASK).await;
        }
        Ok(launched)
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        let group = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            // A group that is gone already needs no signal.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Whether the target takes connections and, where that is asked for, answers.
async fn ready(launch: &Launch, url: &str) -> bool {
    let address = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else { return false };
    let Some(path) = &launch.ready.http else { return true };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut head = [0; 12];
    let asked = tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.is_ok()
        && tokio::io::AsyncReadExt::read_exact(&mut stream, &mut head).await.is_ok();
    asked && matches!(head.get(9), Some(b'1'..=b'3'))
}
