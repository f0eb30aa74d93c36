//! Reads the target's audit log: a growing file, a stream such as a child's standard output, or posted records. Pincer
//! can take away a sink that it made itself: a pipe, or the address for posts.

mod lines;
mod place;

use std::io::{Read as _, SeekFrom};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use pincer_core::vocab::Upstream;
use serde_json::Value;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeekExt as _};
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::lines::Lines;
pub use self::place::Place;
use crate::watched::{Watch, Whose};
use crate::{Sensor, StageError};

/// How often to check a file that did not grow.
const LOOK: Duration = Duration::from_millis(2);
/// Bytes read at once, and the most bytes in a pipe (pipe(7), `pipe-max-size`).
const BUFFER: usize = 64 << 10;
const PIPE: u64 = 1 << 20;
/// Most bytes of one post, and most connections at once; others wait.
const POST: usize = 4 << 20;
const CONNECTIONS: usize = 32;

/// A tap; dropping it ends it.
#[derive(Debug)]
pub struct Tap {
    /// Whether the sink should accept records, and whether it does.
    wanted: watch::Sender<bool>,
    open: watch::Receiver<bool>,
    _listening: JoinSet<()>,
    /// The place where a pipe replaces a file.
    place: Option<Place>,
}

impl Tap {
    /// Follows `file` from its present end; it need not exist yet.
    pub async fn file(file: PathBuf, sensor: Sensor) -> Self {
        let start = tokio::fs::metadata(&file).await.map_or(0, |meta| meta.len());
        Self::spawn(|_| follow(file, start, sensor))
    }

    /// Makes a pipe at `path`, to which the target appends as to a file, and reads it. An existing file is put aside
    /// meanwhile.
    pub fn pipe(path: &Path, sensor: Sensor) -> Result<Self, StageError> {
        let fail = |why| StageError::Listen { upstream: "audit".to_owned(), address: path.display().to_string(), why };
        let place = Place::take(path).map_err(fail)?;
        // The target's open call waits for a reader.
        let reader = pipe::OpenOptions::new().open_receiver(path).map_err(fail)?;
        let (is, open) = watch::channel(true);
        let tap = Self::spawn(|wanted| drain(place.away().to_owned(), reader, (wanted, is), sensor));
        Ok(Self { open, place: Some(place), ..tap })
    }

    /// The place where Pincer's pipe replaces the log.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Reads `stream` to its end.
    pub fn stream(mut stream: impl AsyncRead + Unpin + Send + 'static, sensor: Sensor) -> Self {
        Self::spawn(|_| async move {
            let (mut buffer, mut lines) = (Vec::with_capacity(BUFFER), Lines::default());
            while let Ok(1..) = stream.read_buf(&mut buffer).await {
                lines.push(&buffer, &sensor);
                buffer.clear();
            }
            lines.finish(&sensor);
        })
    }

    /// Accepts posts on `listener`; returns its address. Anything else that comes there arrives under the name `audit`.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the word is a name")]
    pub fn post(listener: TcpListener, sensor: Sensor) -> Result<(Self, SocketAddr), StageError> {
        let fail = |why| StageError::Listen { upstream: "audit".to_owned(), address: String::new(), why };
        let listener = tokio::net::TcpListener::from_std(listener).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let name = Upstream::new("audit").expect("letters only");
        Ok((Self::spawn(|open| accept(listener, open, (name, sensor))), address))
    }

    /// Takes the sink away, or gives it back, and waits until that is done. A sink that Pincer did not make stays.
    pub async fn set_open(&self, open: bool) {
        let place = self.place.as_ref();
        if let Some(place) = place.filter(|_| !open) {
            place.close();
        }
        self.wanted.send_replace(open);
        // A tap that has ended accepts no records either.
        let _ = self.open.clone().wait_for(|is| *is == open).await;
        // Makes sure that a target that opens it finds a reader.
        if let Some(place) = place.filter(|_| open) {
            place.open();
        }
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(listening: impl FnOnce(watch::Receiver<bool>) -> F) -> Self {
        let (wanted, open) = watch::channel(true);
        let mut tasks = JoinSet::new();
        tasks.spawn(listening(open.clone()));
        Self { wanted, open, _listening: tasks, place: None }
    }
}

/// Reads a pipe while it should be open. A closed pipe is moved to `away` and has no reader, so writing to it fails.
async fn drain(
    away: PathBuf,
    mut reader: pipe::Receiver,
    (mut wanted, is): (watch::Receiver<bool>, watch::Sender<bool>),
    sensor: Sensor,
) {
    let mut pause = tokio::time::interval(LOOK);
    let (mut buffer, mut lines) = (Vec::with_capacity(BUFFER), Lines::default());
    loop {
        buffer.clear();
        let read = tokio::select! {
            read = reader.read_buf(&mut buffer) => Some(read),
            closing = wanted.wait_for(|open| !open) => match closing {
                Ok(_) => None,
                Err(_) => return,
            },
        };
        match read {
            // Nobody has opened it for writing yet.
            Some(Ok(0)) => drop(pause.tick().await),
            Some(Ok(_)) => lines.push(&buffer, &sensor),
            Some(Err(_)) => return,
            None => {
                // What was written while it was open counts, even if the runtime has not noticed it yet.
                if let Ok(descriptor) = reader.into_nonblocking_fd() {
                    // An error means that there is no more; a target that keeps writing is not waited for.
                    let _ = std::fs::File::from(descriptor).take(PIPE).read_to_end(&mut buffer);
                }
                lines.push(&buffer, &sensor);
                is.send_replace(false);
                if wanted.wait_for(|open| *open).await.is_err() {
                    return;
                }
                reader = match pipe::OpenOptions::new().open_receiver(&away) {
                    Ok(reader) => reader,
                    Err(_) => return,
                };
                is.send_replace(true);
            }
        }
    }
}

/// Follows the file of this name to its end, and from the beginning if the target truncates or replaces it.
async fn follow(path: PathBuf, mut start: u64, sensor: Sensor) {
    let mut pause = tokio::time::interval(LOOK);
    loop {
        let Ok(mut file) = File::open(&path).await else {
            pause.tick().await;
            continue;
        };
        let (Ok(known), Ok(mut at)) = (file.metadata().await, file.seek(SeekFrom::Start(start)).await) else { return };
        let (mut buffer, mut lines, mut over) = (Vec::with_capacity(BUFFER), Lines::default(), false);
        loop {
            buffer.clear();
            match file.read_buf(&mut buffer).await {
                // Everything written before it was replaced has been read by now.
                Ok(0) if over => break,
                Ok(0) => {
                    pause.tick().await;
                    // If no file has the name any more, the old one may still grow.
                    over = tokio::fs::metadata(&path)
                        .await
                        .is_ok_and(|now| (now.dev(), now.ino()) != (known.dev(), known.ino()) || now.len() < at);
                }
                Ok(length) => {
                    at += u64::try_from(length).unwrap_or_default();
                    lines.push(&buffer, &sensor);
                }
                Err(_) => return,
            }
        }
        start = 0;
    }
}

async fn accept(listener: tokio::net::TcpListener, open: watch::Receiver<bool>, (name, sensor): (Upstream, Sensor)) {
    // Dropping this task ends the connections too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => if let Ok((stream, _)) = accepted {
                let (sensor, open) = (sensor.clone(), open.clone());
                let watch = Watch::new(name.clone(), sensor.clone(), Whose::Nobody);
                connections.spawn(async move {
                    let stream = TokioIo::new(watch.over(stream));
                    let take = service_fn(|request| take(request, *open.borrow(), (sensor.clone(), watch.clone())));
                    // How a connection ended does not matter here.
                    let _ = http1::Builder::new().serve_connection(stream, take).await;
                    watch.end();
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One post: a JSON array contains one record per item, other JSON is one record, and anything else contains one record
/// per line.
async fn take(
    request: Request<Incoming>,
    open: bool,
    (sensor, watch): (Sensor, Watch),
) -> Result<Response<Empty<Bytes>>, http::Error> {
    if !open {
        watch.taken();
        return Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body(Empty::new());
    }
    let body = Limited::new(request.into_body(), POST).collect().await;
    // A truncated post was not accepted.
    if body.as_ref().err().is_none_or(|why| why.is::<LengthLimitError>()) {
        watch.taken();
    }
    let status = match body.map(http_body_util::Collected::to_bytes) {
        Ok(body) => {
            match serde_json::from_slice(&body) {
                Ok(Value::Array(items)) => {
                    for item in items {
                        Lines::record(item.to_string().as_bytes(), &sensor);
                    }
                }
                Ok(_) => Lines::record(&body, &sensor),
                Err(_) => {
                    let whole = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                    whole.for_each(|line| Lines::record(line, &sensor));
                }
            }
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE,
    };
    Response::builder().status(status).body(Empty::new())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;

    use pincer_core::observe::{Event, What};
    use pincer_core::vocab::{Lane, Nonce, Tracer};
    use tokio::io::AsyncWriteExt as _;
    use tokio::sync::mpsc;

    use super::*;
    use crate::Clock;

    fn sensor() -> (Sensor, mpsc::UnboundedReceiver<String>) {
        let (out, lines) = mpsc::unbounded_channel();
        let report = move |event: Event| {
            if let What::AuditRecord { line } = event.what {
                let _ = out.send(line.lossy().into_owned());
            }
        };
        (Sensor::new(Clock::start(), Lane::default(), Tracer::new(1, Nonce::default()), Arc::new(report)), lines)
    }

    #[tokio::test]
    async fn file_is_followed_by_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, "old\n").unwrap();
        let (sensor, mut lines) = sensor();
        let _tap = Tap::file(path.clone(), sensor).await;
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"one\ntwo\nthr").unwrap();
        assert_eq!((lines.recv().await.as_deref(), lines.recv().await.as_deref()), (Some("one"), Some("two")));
        file.write_all(b"ee\n").unwrap();
        assert_eq!(lines.recv().await.as_deref(), Some("three"));
    }

    #[tokio::test]
    async fn file_is_followed_when_its_log_is_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let (sensor, mut lines) = sensor();
        let _tap = Tap::file(path.clone(), sensor).await;
        std::fs::write(&path, "one\ntorn").unwrap();
        assert_eq!(lines.recv().await.as_deref(), Some("one"));
        // Renamed, with a last record; then a new one.
        let mut old = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        std::fs::rename(&path, folder.path().join("audit.jsonl.1")).unwrap();
        old.write_all(b" two\n").unwrap();
        std::fs::write(&path, "three\n").unwrap();
        assert_eq!(lines.recv().await.as_deref(), Some("torn two"));
        assert_eq!(lines.recv().await.as_deref(), Some("three"));
        // Or truncated in place.
        std::fs::write(&path, "4\n").unwrap();
        assert_eq!(lines.recv().await.as_deref(), Some("4"));
    }

    #[tokio::test]
    async fn pipe_accepts_lines_only_while_it_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let (sensor, mut lines) = sensor();
        let tap = Tap::pipe(&path, sensor).unwrap();
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        file.write_all(b"one\n").unwrap();
        tap.set_open(false).await;
        assert_eq!(lines.recv().await.as_deref(), Some("one"));
        assert_eq!(file.write_all(b"two\n").unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
        tap.set_open(true).await;
        file.write_all(b"three\n").unwrap();
        assert_eq!(lines.recv().await.as_deref(), Some("three"));
    }

    /// The target waited for a reader as long as the sink was away.
    #[tokio::test]
    async fn target_that_opens_its_log_for_each_record_notices_the_loss() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let (sensor, mut lines) = sensor();
        let tap = Tap::pipe(&path, sensor).unwrap();
        let record = |text: &str| {
            let log = std::fs::OpenOptions::new().create(true).append(true).open(&path);
            log.and_then(|mut log| log.write_all(text.as_bytes()))
        };
        record("one\n").unwrap();
        for _ in 0..2 {
            tap.set_open(false).await;
            assert_eq!(record("lost\n").unwrap_err().kind(), std::io::ErrorKind::IsADirectory);
        }
        tap.set_open(true).await;
        record("two\n").unwrap();
        assert_eq!((lines.recv().await.as_deref(), lines.recv().await.as_deref()), (Some("one"), Some("two")));
        drop(tap);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn stream_is_read_by_lines() {
        let (mut end, stream) = tokio::io::duplex(64);
        let (sensor, mut lines) = sensor();
        let _tap = Tap::stream(stream, sensor);
        end.write_all(b"one\n\xff\n").await.unwrap();
        assert_eq!((lines.recv().await.as_deref(), lines.recv().await.as_deref()), (Some("one"), Some("\u{fffd}")));
    }

    #[tokio::test]
    async fn posts_are_read_by_line_and_by_item() {
        let (sensor, mut lines) = sensor();
        let listener = crate::bind("audit", SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let (_tap, address) = Tap::post(listener, sensor).unwrap();
        let posts: [(&str, &[&str]); 3] = [
            ("{\"a\":1}\n{\"a\":2}\n", &["{\"a\":1}", "{\"a\":2}"]),
            ("[ {\"b\": 1}, 7 ]", &["{\"b\":1}", "7"]),
            ("{\n  \"c\": 1\n}", &["{\n  \"c\": 1\n}"]),
        ];
        for (body, records) in posts {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let head = format!(
                "POST / HTTP/1.1\r\nhost: audit\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
            for record in records {
                assert_eq!(lines.recv().await.as_deref(), Some(*record));
            }
        }
    }
}
