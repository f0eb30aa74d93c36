//! Starts a target, waits until it is ready, and ends it with everything that it started.

mod prepare;
mod process;
mod said;

use std::time::Duration;

use pincer_core::scenario::{Launch, Ready, Sidecar};
use pincer_core::vocab::Template;
use pincer_drive::Reach;
use tokio::process::ChildStdout;
use tokio::time::{Instant, timeout, timeout_at};

pub(crate) use self::prepare::{Prepared, fill};
pub(crate) use self::process::Process;
use crate::{Access, LaunchError, Variables};

/// How often to check readiness.
const ASK: Duration = Duration::from_millis(20);
/// How long a port in use may take to become free.
const FREED: Duration = Duration::from_secs(2);

/// A running target with its sidecars; dropping it ends all of them, the target first.
#[derive(Debug)]
pub struct Launched {
    main: Process,
    sidecars: Vec<RunningSidecar>,
}

#[derive(Debug)]
struct RunningSidecar {
    process: Process,
    /// Whether it must run as long as the target; one without an address may end earlier.
    serves: bool,
}

impl Launched {
    /// Starts the sidecars, each when the one before is ready, and then the target, which will be called at `url`.
    /// Nobody may listen there yet. With `listen`, returns its standard output.
    pub async fn start(
        launch: &Launch,
        url: &str,
        (variables, listen): (&mut Variables, bool),
        access: Access<'_>,
    ) -> Result<(Self, Option<ChildStdout>), LaunchError> {
        // Nothing is started if the target may not be called.
        let reach = Reach::new(url, access.fence).await?;
        for name in &launch.fill {
            fill(variables, name)?;
        }
        let mut sidecars = Vec::new();
        for sidecar in &launch.sidecars {
            sidecars.push(start_sidecar(sidecar, variables, access).await?);
        }
        let prepared = Prepared::new(&launch.command, &launch.env, variables)?;
        let (main, stdout) = start(&prepared, Some((url, &reach)), listen).await?;
        Ok((Self { main, sidecars }, stdout))
    }

    /// Waits until the target is ready; fails when it ends before or takes too long.
    pub async fn ready(&mut self, launch: &Launch, url: &str, access: Access<'_>) -> Result<(), LaunchError> {
        let reach = Reach::new(url, access.fence).await?;
        ready(&mut self.main, (program(&launch.command), &launch.ready), reach, access).await
    }

    /// Whether its process, or that of a required sidecar, has ended.
    pub fn ended(&mut self) -> bool {
        let serving = self.sidecars.iter_mut().filter(|sidecar| sidecar.serves).map(|sidecar| &mut sidecar.process);
        std::iter::once(&mut self.main).chain(serving).any(|process| process.ended().is_some())
    }
}

/// Starts a command; nobody may listen at its address yet.
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

/// Starts a sidecar, and waits until it is ready if the descriptor says how to check.
async fn start_sidecar(
    spec: &Sidecar,
    variables: &mut Variables,
    access: Access<'_>,
) -> Result<RunningSidecar, LaunchError> {
    let prepared = Prepared::new(&spec.command, &spec.env, variables)?;
    let Some(url) = &spec.url else {
        return Ok(RunningSidecar { process: start(&prepared, None, false).await?.0, serves: false });
    };
    let url = variables.fill(url)?;
    let reach = Reach::new(&url, access.fence).await?;
    let (mut process, _) = start(&prepared, Some((&url, &reach)), false).await?;
    ready(&mut process, (program(&spec.command), &spec.ready), reach, access).await?;
    Ok(RunningSidecar { process, serves: true })
}

/// Waits until a process is ready.
async fn ready(
    process: &mut Process,
    (program, ready): (String, &Ready),
    mut reach: Reach,
    access: Access<'_>,
) -> Result<(), LaunchError> {
    let until = Instant::now() + ready.within.0;
    let headers = access.credentials.of(ready.r#as.as_ref());
    while !timeout_at(until, answers(ready, &mut reach, headers)).await.unwrap_or(false) {
        if let Some(status) = process.ended() {
            let said = process.said.last_words(true, access.redactor).await;
            return Err(LaunchError::Ended { program, status, said });
        }
        if Instant::now() >= until {
            let said = process.said.last_words(false, access.redactor).await;
            return Err(LaunchError::NotReady { program, within: ready.within.to_string(), said });
        }
        tokio::time::sleep(ASK).await;
    }
    // Another program may answer, on a port that this one could not get.
    match process.ended() {
        Some(status) => {
            let said = process.said.last_words(true, access.redactor).await;
            Err(LaunchError::Ended { program, status, said })
        }
        None => Ok(()),
    }
}

/// A command's program, for messages.
fn program(command: &[Template]) -> String {
    command.first().map(ToString::to_string).unwrap_or_default()
}

/// Whether nobody listens there, or soon nobody will: children of a killed target end after it.
async fn vacant(reach: &Reach) -> bool {
    let until = Instant::now() + FREED;
    // A connection that hangs is not accepted by anybody.
    while let Ok(Some(_)) = timeout(FREED, reach.connects()).await {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(ASK).await;
    }
    true
}

/// Whether the target accepts connections and, if requested, answers as expected.
async fn answers(ready: &Ready, reach: &mut Reach, headers: &[(String, String)]) -> bool {
    let Some(path) = &ready.http else { return reach.connects().await.is_some() };
    let status = reach.status(path, headers).await;
    let wanted = |status: u16| ready.status.as_ref().map_or(status < 400, |set| set.contains(status));
    status.is_some_and(wanted)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use pincer_core::observe::Redactor;
    use pincer_core::vocab::{Nonce, Period, Tracer};
    use pincer_drive::{Credentials, DriveError, Fence};

    use super::*;
    use crate::Addresses;
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

    /// Starts and waits, with loopback addresses only.
    async fn stand(launch: &Launch, url: &str) -> Result<Launched, LaunchError> {
        let folder = tempfile::tempdir().unwrap();
        let mut variables =
            Variables::new(folder.path(), Addresses::default(), &Tracer::new(1, Nonce::default())).unwrap();
        let (fence, credentials, redactor) = (Fence::default(), Credentials::default(), Redactor::default());
        let access = Access { fence: &fence, credentials: &credentials, redactor: &redactor };
        let (mut launched, _) = Launched::start(launch, url, (&mut variables, false), access).await?;
        launched.ready(launch, url, access).await.map(|()| launched)
    }

    #[tokio::test]
    async fn readiness_is_waited_for_only_as_long_as_declared() {
        // It accepts connections and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let (fence, credentials, redactor) = (Fence::default(), Credentials::default(), Redactor::default());
        let access = Access { fence: &fence, credentials: &credentials, redactor: &redactor };
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
        let waiting = ready(&mut process, ("sleep".to_owned(), &spec), reach, access);
        let waited = timeout(Duration::from_secs(20), waiting).await.unwrap();
        assert!(matches!(waited, Err(LaunchError::NotReady { .. })));
    }

    #[tokio::test]
    async fn target_is_not_started_where_another_listens() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", other.local_addr().unwrap());
        let started = stand(&launch(&["sleep", "60"]), &url).await;
        assert!(matches!(started, Err(LaunchError::Taken { .. })), "{started:?}");
    }

    #[tokio::test]
    async fn forbidden_target_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made");
        let launch = launch(&["touch", made.to_str().unwrap()]);
        let started = stand(&launch, "http://192.0.2.7:80").await;
        assert!(matches!(started, Err(LaunchError::Drive(DriveError::Forbidden(_)))), "{started:?}");
        assert!(!made.exists());
    }

    #[tokio::test]
    async fn target_that_ends_reports_how_and_its_output() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let ready = Ready { tcp: true, ..Ready::default() };
        let launch = Launch { ready, ..launch(&["sh", "-c", "echo one >&2; echo two >&2; exit 7"]) };
        let started = stand(&launch, &format!("http://{gone}")).await;
        let Err(LaunchError::Ended { status, said, .. }) = started else { panic!("{started:?}") };
        assert_eq!((status.code(), said.as_str()), (Some(7), "; it said:\n  one\n  two"));
    }

    #[tokio::test]
    async fn target_does_not_start_before_its_sidecar_is_ready() {
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
