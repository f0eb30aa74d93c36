//! Starts a target as a process group of its own and ends it as one.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use pincer_core::scenario::Launch;
use pincer_core::vocab::{Template, Word};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::words::Words;

/// How often readiness is asked for.
const ASK: Duration = Duration::from_millis(20);
/// How long a killed process, and a port that another still has, may take to be gone, and how often that is looked at.
const GONE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(1);
/// Bytes of standard error that are shown of a target that did not start.
const LAST_WORDS: usize = 2000;

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
    #[error("`${{{0}}}` has no value here: the descriptor names no such thing")]
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
    #[error("`{program}` can't be started: something else listens at {url} already")]
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

/// A running target; dropping it ends its process group, and waits for its end, by which its ports are closed.
#[derive(Debug)]
pub(crate) struct Launched {
    child: Child,
    /// Outlives the child where that started others.
    group: Option<Pid>,
}

impl Launched {
    /// Starts a target that is to be called at `url`, where nobody may listen yet. Its standard output comes back when
    /// `listen` asks for it.
    pub(crate) async fn start(
        launch: &Launch,
        url: &str,
        words: &mut Words,
        listen: bool,
    ) -> Result<(Self, Option<ChildStdout>), LaunchError> {
        let prepared = Prepared::new(launch, words)?;
        let (program, mut start) = prepared.command(|word| Err(LaunchError::Word(word.to_string())))?;
        if !vacant(url).await {
            return Err(LaunchError::Taken { program, url: url.to_owned() });
        }
        let complaints = complaints(words.work());
        let stderr = File::create(&complaints).map_err(|why| prepare(&complaints, why))?;
        start.stdin(Stdio::null());
        start.stdout(if listen { Stdio::piped() } else { Stdio::null() }).stderr(stderr);
        let mut launched = Self::spawn(&mut start).map_err(|why| LaunchError::Spawn { program, why })?;
        let (_, stdout) = launched.streams();
        Ok((launched, stdout))
    }

    /// Starts a command as a process group of its own.
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, group })
    }

    /// Its standard input and output, where they are piped.
    pub(crate) fn streams(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>) {
        (self.child.stdin.take(), self.child.stdout.take())
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Waits until the target is ready; fails when it ends before or takes too long.
    pub(crate) async fn ready(&mut self, launch: &Launch, url: &str, work: &Path) -> Result<(), LaunchError> {
        let until = Instant::now() + launch.ready.within.0;
        let program = || launch.command.first().map(ToString::to_string).unwrap_or_default();
        let said = || last_words(&complaints(work));
        while !timeout_at(until, answers(launch, url)).await.unwrap_or(false) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(LaunchError::Ended { program: program(), status, said: said() });
            }
            if Instant::now() >= until {
                return Err(LaunchError::NotReady {
                    program: program(),
                    within: launch.ready.within.to_string(),
                    said: said(),
                });
            }
            tokio::time::sleep(ASK).await;
        }
        // Who answers may be another, on the port for which this one came too late.
        match self.child.try_wait() {
            Ok(Some(status)) => Err(LaunchError::Ended { program: program(), status, said: said() }),
            _ => Ok(()),
        }
    }

    /// Whether its process is gone.
    pub(crate) fn ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // A group that is gone already needs no signal; one that is not keeps its number.
            let _ = kill_process_group(group, Signal::KILL);
        }
        // Who is asked for readiness next must not be this one.
        let until = Instant::now() + GONE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
    }
}

/// A command whose words are filled in, but for the task.
#[derive(Debug)]
pub(crate) struct Prepared {
    command: Vec<Template>,
    env: Vec<(String, Template)>,
    folder: PathBuf,
}

impl Prepared {
    /// Prepares the files of the work folder, and the command.
    pub(crate) fn new(launch: &Launch, words: &mut Words) -> Result<Self, LaunchError> {
        for name in &launch.fill {
            fill(words, name)?;
        }
        let mut settle = |template: &Template| {
            template.settle(|word| match word {
                Word::Task => Ok(None),
                word => words.say(word).map(Some),
            })
        };
        let command = launch.command.iter().map(&mut settle).collect::<Result<_, _>>()?;
        let env = launch.env.iter().map(|(name, value)| Ok((name.clone(), settle(value)?)));
        let env = env.collect::<Result<_, LaunchError>>()?;
        Ok(Self { command, env, folder: words.folder().to_owned() })
    }

    /// The program's name and the command, with what is still to be filled in.
    pub(crate) fn command(
        &self,
        say: impl Fn(&Word) -> Result<String, LaunchError>,
    ) -> Result<(String, Command), LaunchError> {
        let fill = |template: &Template| template.fill(&say);
        let mut words = self.command.iter().map(fill).collect::<Result<Vec<_>, _>>()?.into_iter();
        let env = self.env.iter().map(|(name, value)| Ok((name, fill(value)?)));
        let program = words.next().ok_or(LaunchError::Empty)?;
        let mut command = Command::new(&program);
        command.args(words).envs(env.collect::<Result<Vec<_>, LaunchError>>()?).current_dir(&self.folder);
        Ok((program, command))
    }
}

/// Copies a file from the descriptor's folder into the work folder, its words filled in.
fn fill(words: &mut Words, name: &str) -> Result<(), LaunchError> {
    let from = words.folder().join(name);
    let to = words.work().join(Path::new(name).file_name().unwrap_or_default());
    let text = std::fs::read_to_string(&from).map_err(|why| prepare(&from, why))?;
    let template = text.parse().map_err(|why| LaunchError::Template { path: from, why })?;
    std::fs::write(&to, words.fill(&template)?).map_err(|why| prepare(&to, why))
}

fn prepare(path: &Path, why: std::io::Error) -> LaunchError {
    LaunchError::Prepare { what: path.display().to_string(), why }
}

fn complaints(work: &Path) -> PathBuf {
    work.join("stderr")
}

/// The end of what a target wrote to standard error, on lines of its own.
fn last_words(path: &Path) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let end = text.get(text.len().saturating_sub(LAST_WORDS)..).unwrap_or_default();
    let end = String::from_utf8_lossy(end);
    let lines: Vec<&str> = end.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { String::new() } else { format!("; it said:\n  {}", lines.join("\n  ")) }
}

/// Whether nobody takes connections at `url`, or soon nobody does: those that a killed target started end after it.
async fn vacant(url: &str) -> bool {
    let until = Instant::now() + GONE;
    // Where a connection hangs nobody takes it.
    while let Ok(Some(_)) = timeout(GONE, connect(url)).await {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(ASK).await;
    }
    true
}

/// Whether the target takes connections and, where that is asked for, answers.
async fn answers(launch: &Launch, url: &str) -> bool {
    let Some((mut stream, address)) = connect(url).await else { return false };
    // Behind TLS, whoever takes connections is asked no further.
    let Some(path) = launch.ready.http.as_ref().filter(|_| !url.starts_with("https:")) else { return true };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut head = [0; 12];
    let asked = tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.is_ok()
        && tokio::io::AsyncReadExt::read_exact(&mut stream, &mut head).await.is_ok();
    asked && matches!(head.get(9), Some(b'1'..=b'3'))
}

/// A connection to where a URL leads, and what that is called there.
async fn connect(url: &str) -> Option<(TcpStream, String)> {
    let (host, port) = place(url)?;
    let stream = TcpStream::connect((pincer_drive::bare(&host), port)).await.ok()?;
    Some((stream, format!("{host}:{port}")))
}

/// The host and the port that a URL names or means.
fn place(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use pincer_core::scenario::Ready;
    use pincer_core::vocab::{Nonce, Period, Tracer};
    use rustix::process::test_kill_process;

    use super::super::words::Addresses;
    use super::*;

    fn launch(command: &[&str]) -> Launch {
        let command = command.iter().map(|word| Template::literal(*word)).collect();
        Launch { command, fill: Vec::new(), env: std::collections::BTreeMap::new(), ready: Ready::default() }
    }

    /// It was asked for readiness in place of the one that was started after it.
    #[tokio::test]
    async fn a_dropped_target_is_gone() {
        let launched = Launched::spawn(Command::new("sleep").arg("60")).unwrap();
        let pid = launched.group.unwrap();
        assert!(test_kill_process(pid).is_ok());
        drop(launched);
        assert!(test_kill_process(pid).is_err());
    }

    #[tokio::test]
    async fn readiness_is_waited_for_no_longer_than_said() {
        let folder = tempfile::tempdir().unwrap();
        // It takes connections and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let ready = Ready { http: Some("/".to_owned()), tcp: false, within: Period(Duration::from_millis(100)) };
        let launch = Launch { ready, ..launch(&["sleep", "60"]) };
        let mut launched = Launched::spawn(Command::new("sleep").arg("60")).unwrap();
        let waiting = timeout(Duration::from_secs(20), launched.ready(&launch, &url, folder.path()));
        assert!(matches!(waiting.await.unwrap(), Err(LaunchError::NotReady { .. })));
    }

    #[test]
    fn a_url_without_a_port_means_that_of_its_scheme() {
        for (url, host, port) in [
            ("http://localhost/a", "localhost", 80),
            ("https://[::1]", "[::1]", 443),
            ("http://127.0.0.1:8080?a", "127.0.0.1", 8080),
        ] {
            assert_eq!(place(url), Some((host.to_owned(), port)));
        }
    }

    #[tokio::test]
    async fn a_target_is_not_started_where_another_listens() {
        let folder = tempfile::tempdir().unwrap();
        let mut words = Words::new(folder.path(), Addresses::default(), &Tracer::new(1, Nonce::default())).unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", other.local_addr().unwrap());
        let launch = launch(&["sleep", "60"]);
        let started = Launched::start(&launch, &url, &mut words, false).await;
        assert!(matches!(started, Err(LaunchError::Taken { .. })), "{started:?}");
        drop(other);
        assert!(Launched::start(&launch, &url, &mut words, false).await.is_ok());
    }
}
