//! Memory for answers of hundreds of megabytes, in a separate process: whatever a target answers to a well-formed call,
//! the call and reading its answer need at most this much memory.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use pincer_core::observe::{Answered, End};
use pincer_core::plan::Case;
use pincer_drive::{Credentials, Drive, Fence};
use serde_json::{from_value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Bytes of the long answers.
const LONG: usize = 300_000_000;
/// Most memory of the process, in KiB: a decoder's 8 MiB and its text, and the test itself. It uses 25 MiB.
const BOUND_KIB: u64 = 40 << 10;
/// Calls at once.
const WIDTH: usize = 32;
/// Most time for everything; it takes a few seconds.
const TIME: Duration = Duration::from_mins(2);
/// The decompressed size of one member of a bomb.
const MEMBER: usize = 8 << 20;

/// Peak memory of the process so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The answers by path.
struct Answers {
    /// 248 MiB in less than 256 KiB, 320 MiB in more, and the first in gzip once more.
    bombs: [Vec<u8>; 3],
}

impl Answers {
    fn new() -> Self {
        let member = gzip(&vec![b'a'; MEMBER]);
        let (small, large) = (member.repeat(31), member.repeat(40));
        let twice = gzip(&small);
        Self { bombs: [small, large, twice] }
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let path = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let coded = |coding: &str, length: usize| {
            format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {length}\r\n\r\n")
        };
        let [small, large, twice] = &self.bombs;
        match path {
            b"/bomb" => write(&mut stream, &coded("gzip", small.len()), small).await,
            b"/large-bomb" => write(&mut stream, &coded("gzip", large.len()), large).await,
            b"/nested-bomb" => write(&mut stream, &coded("gzip, gzip", twice.len()), twice).await,
            b"/chunked" => {
                let chunk = [b"10000\r\n", &vec![b'a'; 0x10000][..], b"\r\n"].concat();
                long(&mut stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunk).await
            }
            b"/endless-head" => {
                long(&mut stream, "HTTP/1.1 200 OK\r\n", b"x-many: 1\r\n".repeat(4096).as_slice()).await
            }
            b"/hints" => long(&mut stream, "", b"HTTP/1.1 103 Early\r\nlink: a\r\n\r\n".repeat(2048).as_slice()).await,
            b"/behind" => {
                let head = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                long(&mut stream, head, &vec![b'a'; 1 << 16]).await
            }
            b"/close" => long(&mut stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &vec![b'a'; 1 << 16]).await,
            _ => {
                long(&mut stream, &format!("HTTP/1.1 200 OK\r\ncontent-length: {LONG}\r\n\r\n"), &vec![b'a'; 1 << 16])
                    .await
            }
        }
    }
}

async fn write(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await
}

/// The same piece, repeated to the full length.
async fn long(stream: &mut TcpStream, head: &str, piece: &[u8]) -> std::io::Result<()> {
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..=LONG / piece.len() {
        stream.write_all(piece).await?;
    }
    Ok(())
}

fn case(path: &str) -> Case {
    let call = json!({ "wire": "polite", "method": "GET", "target": path, "headers": [] });
    let case = json!({
        "id": { "scenario": 1, "index": 0 }, "scenario": "TEST-01.memory", "phase": "attack", "step": 0,
        "operation": "read", "call": call, "expect": {},
    });
    from_value(case).unwrap()
}

#[tokio::test]
async fn answers_of_hundreds_of_megabytes_take_bounded_memory() {
    let answers = Arc::new(Answers::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answers = answers.clone();
            // A client that has read enough closes.
            tokio::spawn(async move { drop(answers.serve(stream).await) });
        }
    });
    let drive = Drive::new(&url, None, &Fence::default(), Credentials::default()).await.unwrap();
    let (drive, begun) = (Arc::new(drive), Instant::now());
    let calls = (0..WIDTH).map(|_| {
        let drive = drive.clone();
        async move { drive.send(&case("/length"), TIME).await.outcome.unwrap().end }
    });
    assert_eq!(calls.collect::<JoinSet<_>>().join_all().await, [End::Capped; WIDTH]);
    assert!(peak() < BOUND_KIB, "{WIDTH} at once: {} KiB", peak());
    for (path, end) in [
        ("/length", Some(End::Capped)),
        ("/chunked", Some(End::Capped)),
        ("/close", Some(End::Capped)),
        ("/bomb", Some(End::Complete)),
        ("/large-bomb", Some(End::Complete)),
        ("/nested-bomb", Some(End::Complete)),
        ("/behind", Some(End::Complete)),
        ("/endless-head", None),
        ("/hints", None),
    ] {
        let outcome = drive.send(&case(path), TIME).await.outcome;
        assert_eq!(outcome.as_ref().ok().map(|answer| answer.end), end, "{path}");
        // What a judge would read of it.
        let text = outcome.as_ref().map(Answered::plain);
        assert!(text.is_ok_and(|text| text.len() <= 8 << 20) || end.is_none(), "{path}");
        // How many bytes follow an end is unknown to a client that does not wait for them.
        assert!(path == "/behind" || !outcome.is_ok_and(|answer| answer.is_read()), "{path}");
        assert!(peak() < BOUND_KIB, "{path}: {} KiB", peak());
    }
    assert!(begun.elapsed() < TIME, "{:?}", begun.elapsed());
}
