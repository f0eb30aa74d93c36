//! Starts a target, waits until it is ready, and ends it with all that it started.

mod prepare;
mod process;
mod said;

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use pincer_core::observe::Redactor;
use pincer_core::scenario::{Launch, Ready, Sidecar};
use pincer_core::vocab::Template;
use pincer_drive::{Credentials, DriveError, Fence, Reach};
use tokio::process::ChildStdout;
use tokio::time::{Instant, timeout, timeout_at};

pub(super) use self::prepare::{Prepared, fill};
pub(super) use self::process::Process;
use super::words::Words;

/// How often readiness is asked for.
const ASK: Duration = Duration::from_millis(20);
/// How long a port that another still has may take to be free.
const FREED: Duration = Duration::from_secs(2);

/// Why a target could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// No folder to work in, no free port, or a file to fill in that can't be read or written.
    #[error("{what}: {why}")]
    Prepare {
        /// What was prepared.
        what: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// A word of the descriptor that has no value here.
    #[error("`${{{0}}}` has no value here, because the descriptor does not declare it")]
    Word(String),
    /// A file to fill in holds what is no template.
    #[error("{path}: {why}")]
    Template {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: pincer_core::vocab::TemplateError,
    },
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
    /// What answers where the target is to be is another.
    #[error("`{program}` can't be started: another program already listens at {url}")]
    Taken {
        /// Which program.
        program: String,
        /// Where.
        url: String,
    },
    /// It ended before it was ready.
    #[error("`{program}` ended before it was ready: {status}{said}")]
    Ended {
        /// Which program.
        program: String,
        /// How.
        status: ExitStatus,
        /// The end of its standard error.
        said: String,
    },
    /// Where it is to be called may not be attacked.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// It was not ready in time.
    #[error("`{program}` was not ready within {within}{said}")]
    NotReady {
        /// Which program.
        program: String,
        /// How long was waited.
        within: String,
        /// The end of its standard error.
        said: String,
    },
}

/// What a start of a target needs to know beside its descriptor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// What may be called.
    pub(crate) fence: &'a Fence,
    /// By what identities show themselves to it.
    pub(crate) credentials: &'a Credentials,
    /// What stays out of all that is told.
    pub(crate) redactor: &'a Redactor,
}

/// A running target with its sidecars; dropping it ends all of them, the target first.
#[derive(Debug)]
pub(crate) struct Launched {
    main: Process,
    sidecars: Vec<RunningSidecar>,
}

#[derive(Debug)]
struct RunningSidecar {
    process: Process,
    /// Whether it is to run as long as the target: one that takes no connections may be done before.
    serves: bool,
}

impl Launched {
    /// Starts the sidecars of a target, each when the one before is ready, and then the target, which is to be called at
    /// `url`, where nobody may listen yet. Its standard output comes back when `listen` asks for it.
    pub(crate) async fn start(
        launch: &Launch,
        url: &str,
        (words, listen): (&mut Words, bool),
        around: Surroundings<'_>,
    ) -> Result<(Self, Option<ChildStdout>), LaunchError> {
        // Nothing is started where the target may not be called.
        let reach = Reach::new(url, around.fence).await?;
        for name in &launch.fill {
            fill(words, name)?;
        }
        let mut sidecars = Vec::new();
        for sidecar in &launch.sidecars {
            sidecars.push(start_sidecar(sidecar, words, around).await?);
        }
        let prepared = Prepared::new(&launch.command, &launch.env, words)?;
        let (main, stdout) = start(&prepared, Some((url, &reach)), listen).await?;
        Ok((Self { main, sidecars }, stdout))
    }

    /// Waits until the target is ready; fails when it ends before or takes too long.
    pub(crate) async fn ready(
        &mut self,
        launch: &Launch,
        url: &str,
        around: Surroundings<'_>,
    ) -> Result<(), LaunchError> {
        let reach = Reach::new(url, around.fence).await?;
        ready(&mut self.main, (program(&launch.command), &launch.ready), reach, around).await
    }

    /// Whether its process, or that of a sidecar which serves it, is gone.
    pub(crate) fn ended(&mut self) -> bool {
        let serving = self.sidecars.iter_mut().filter(|sidecar| sidecar.serves).map(|sidecar| &mut sidecar.process);
        std::iter::once(&mut self.main).chain(serving).any(|process| process.ended().is_some())
    }
}

/// Starts a command; where it is to be called nobody may listen yet.
async fn start(
    prepared: &Prepared,
    at: Option<(&str, &Reach)>,
    listen: bool,
) -> Result<(Process, Option<ChildStdout>), LaunchError> {
    let order = prepared.order(|word| Err(LaunchError::Word(word.to_string())))?;
    let program = order.program.clone();
    if let Some((url, reach)) = at
        && !vacant(reach).await
    {
        return Err(LaunchError::Taken { program, url: url.to_owned() });
    }
    Process::start(order, listen).await.map_err(|why| LaunchError::Spawn { program, why })
}

/// Starts a sidecar, and waits until it is ready where the descriptor says how that is seen.
async fn start_sidecar(
    spec: &Sidecar,
    words: &mut Words,
    around: Surroundings<'_>,
) -> Result<RunningSidecar, LaunchError> {
    let prepared = Prepared::new(&spec.command, &spec.env, words)?;
    let Some(url) = &spec.url else {
        return Ok(RunningSidecar { process: start(&prepared, None, false).await?.0, serves: false });
    };
    let url = words.fill(url)?;
    let reach = Reach::new(&url, around.fence).await?;
    let (mut process, _) = start(&prepared, Some((&url, &reach)), false).await?;
    ready(&mut process, (program(&spec.command), &spec.ready), reach, around).await?;
    Ok(RunningSidecar { process, serves: true })
}

/// Waits until a process is ready.
async fn ready(
    process: &mut Process,
    (program, ready): (String, &Ready),
    mut reach: Reach,
    around: Surroundings<'_>,
) -> Result<(), LaunchError> {
    let until = Instant::now() + ready.within.0;
    let headers = around.credentials.of(ready.r#as.as_ref());
    while !timeout_at(until, answers(ready, &mut reach, headers)).await.unwrap_or(false) {
        if let Some(status) = process.ended() {
            let said = process.said.last_words(true, around.redactor).await;
            return Err(LaunchError::Ended { program, status, said });
        }
        if Instant::now() >= until {
            let said = process.said.last_words(false, around.redactor).await;
            return Err(LaunchError::NotReady { program, within: ready.within.to_string(), said });
        }
        tokio::time::sleep(ASK).await;
    }
    // Who answers may be another, on the port for which this one came too late.
    match process.ended() {
        Some(status) => {
            let said = process.said.last_words(true, around.redactor).await;
            Err(LaunchError::Ended { program, status, said })
        }
        None => Ok(()),
    }
}

/// A command's program, for people.
fn program(command: &[Template]) -> String {
    command.first().map(ToString::to_string).unwrap_or_default()
}

/// Whether nobody takes connections there, or soon nobody does: those that a killed target started end after it.
async fn vacant(reach: &Reach) -> bool {
    let until = Instant::now() + FREED;
    // Where a connection hangs nobody takes it.
    while let Ok(Some(_)) = timeout(FREED, reach.connects()).await {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(ASK).await;
    }
    true
}

/// Whether the target takes connections and, where that is asked for, answers as it is to.
async fn answers(ready: &Ready, reach: &mut Reach, headers: &[(String, String)]) -> bool {
    let Some(path) = &ready.http else { return reach.connects().await.is_some() };
    let status = reach.status(path, headers).await;
    let wanted = |status: u16| ready.status.as_ref().map_or(status < 400, |set| set.contains(status));
    status.is_some_and(wanted)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use pincer_core::vocab::{Nonce, Period, Tracer};

    use super::super::words::Addresses;
    use super::*;
    use crate::supervise::Order;

    fn launch(command: &[&str]) -> Launch {
        let command = command.iter().map(|word| Template::literal(*word)).collect();
        Launch {
            command,
            fill: Vec::new(),
            env: std::collections::BTreeMap::new(),
            ready: Ready::default(),
            sidecars: Vec::new(),
        }
    }

    /// Starts and waits, in surroundings of loopback alone.
    async fn stand(launch: &Launch, url: &str) -> Result<Launched, LaunchError> {
        let folder = tempfile::tempdir().unwrap();
        let mut words = Words::new(folder.path(), Addresses::default(), &Tracer::new(1, Nonce::default())).unwrap();
        let (fence, credentials, redactor) = (Fence::default(), Credentials::default(), Redactor::default());
        let around = Surroundings { fence: &fence, credentials: &credentials, redactor: &redactor };
        let (mut launched, _) = Launched::start(launch, url, (&mut words, false), around).await?;
        launched.ready(launch, url, around).await.map(|()| launched)
    }

    #[tokio::test]
    async fn readiness_is_waited_for_no_longer_than_said() {
        // It takes connections and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let (fence, credentials, redactor) = (Fence::default(), Credentials::default(), Redactor::default());
        let around = Surroundings { fence: &fence, credentials: &credentials, redactor: &redactor };
        let reach = Reach::new(&format!("http://{}", silent.local_addr().unwrap()), &fence).await.unwrap();
        let within = Period(Duration::from_millis(100));
        let spec = Ready { http: Some("/".to_owned()), within, ..Ready::default() };
        let order = Order {
            program: "sleep".to_owned(),
            arguments: vec!["60".to_owned()],
            folder: ".".into(),
            ..Order::default()
        };
        let (mut process, _) = Process::start(order, false).await.unwrap();
        let waiting = ready(&mut process, ("sleep".to_owned(), &spec), reach, around);
        let waited = timeout(Duration::from_secs(20), waiting).await.unwrap();
        assert!(matches!(waited, Err(LaunchError::NotReady { .. })));
    }

    #[tokio::test]
    async fn a_target_is_not_started_where_another_listens() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", other.local_addr().unwrap());
        let started = stand(&launch(&["sleep", "60"]), &url).await;
        assert!(matches!(started, Err(LaunchError::Taken { .. })), "{started:?}");
    }

    #[tokio::test]
    async fn a_target_that_may_not_be_called_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made");
        let launch = launch(&["touch", made.to_str().unwrap()]);
        let started = stand(&launch, "http://192.0.2.7:80").await;
        assert!(matches!(started, Err(LaunchError::Drive(DriveError::Forbidden(_)))), "{started:?}");
        assert!(!made.exists());
    }

    #[tokio::test]
    async fn a_target_that_ends_says_how_and_what_it_said() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let ready = Ready { tcp: true, ..Ready::default() };
        let launch = Launch { ready, ..launch(&["sh", "-c", "echo one >&2; echo two >&2; exit 7"]) };
        let started = stand(&launch, &format!("http://{gone}")).await;
        let Err(LaunchError::Ended { status, said, .. }) = started else { panic!("{started:?}") };
        assert_eq!((status.code(), said.as_str()), (Some(7), "; it said:\n  one\n  two"));
    }

    #[tokio::test]
    async fn a_target_does_not_start_before_its_sidecar_is_ready() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let sidecar = Sidecar {
            command: ["sh", "-c", "echo no database >&2; exit 3"].map(Template::literal).to_vec(),
            env: std::collections::BTreeMap::new(),
            url: Some(Template::literal(format!("tcp://{gone}"))),
            ready: Ready { tcp: true, ..Ready::default() },
        };
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made");
        let launch = Launch { sidecars: vec![sidecar], ..launch(&["touch", made.to_str().unwrap()]) };
        let started = stand(&launch, "http://127.0.0.1:9").await;
        assert!(
            matches!(&started, Err(LaunchError::Ended { said, .. }) if said.contains("no database")),
            "{started:?}"
        );
        assert!(!made.exists());
    }
}
