//! Targets that attack the harness: each costs only the deadline of its cases, and none gets a pass.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// What a target does with a connection on which a request has come.
type Play = fn(TcpStream);

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
/// Time limit of a run: at most 5 calls in a row, each with its deadline, and time for a loaded machine.
const WITHIN: Duration = Duration::from_secs(20);

/// Serves until the test's process ends.
fn serve(play: Play) -> String {
    serve_by(move |_, stream| play(stream))
}

/// The same, with the first byte received.
fn serve_by(play: impl Fn(u8, TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let play = play.clone();
            std::thread::spawn(move || {
                let (mut stream, mut bytes) = (stream, [0; 4096]);
                if stream.read(&mut bytes).is_ok_and(|read| read > 0) {
                    play(bytes[0], stream);
                }
            });
        }
    });
    format!("http://{address}")
}

/// Runs two scenarios against a target, one of well-formed calls and one of raw bytes, and returns the results.
fn run(play: Play) -> serde_json::Value {
    run_only(&["ERR-01.own-errors", "INP-04*"], play)
}

/// Runs these scenarios. The target claims to speak TLS on the same port.
fn run_only(scenarios: &[&str], play: Play) -> serde_json::Value {
    run_at(scenarios, &serve(play))
}

/// Runs these scenarios against the target at this address.
fn run_at(scenarios: &[&str], url: &str) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let descriptor = folder.path().join("target.yaml");
    let text = describe(url);
    std::fs::write(&descriptor, text).unwrap();
    let begun = Instant::now();
    let status = assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--deadline", "300ms"])
        .args(scenarios.iter().flat_map(|scenario| ["--only", scenario]))
        .arg("--target")
        .arg(&descriptor)
        .arg("--out")
        .arg(folder.path())
        .assert()
        .get_output()
        .status;
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    assert!(matches!(status.code(), Some(1 | 3)), "{status}");
    let results = std::fs::read_to_string(folder.path().join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    assert_eq!(results["summary"]["pass"], 0, "{results:#}");
    assert_eq!(results["summary"]["error"], 0, "{results:#}");
    results
}

/// The descriptor of a target at this address.
fn describe(url: &str) -> String {
    let tls = url.replace("http:", "https:");
    format!(
        "pincer: target/v1\nname: hostile\nkind: gateway\nurl: {url}\ntls: {{ url: \"{tls}\" }}\n\
         upstreams: {{ ledger: {{ listen: \"127.0.0.1:0\" }} }}\n\
         identities: {{ alice: {{}} }}\noperations:\n  \
         read: {{ method: GET, path: \"/accounts/{{id}}\", upstream: ledger }}\n  \
         ingest: {{ method: POST, path: /batches, body: {{ a: b }}, upstream: ledger }}\n  \
         document: {{ method: GET, path: \"/documents/{{name}}\", upstream: ledger }}\n",
    )
}

/// Writes until the peer stops reading.
fn flood(stream: &mut TcpStream, chunk: &[u8], most: usize) {
    let mut left = most;
    while left > 0 && stream.write_all(chunk).is_ok() {
        left = left.saturating_sub(chunk.len());
    }
}

#[test]
fn hanging_target() {
    let url = serve(|mut stream| {
        // Ends when Pincer closes.
        let _ = stream.read(&mut [0; 1]);
    });
    let folder = tempfile::tempdir().unwrap();
    let descriptor = folder.path().join("target.yaml");
    std::fs::write(&descriptor, describe(&url)).unwrap();
    let run = assert_cmd::cargo::cargo_bin_cmd!("pincer")
        .args(["run", "--quiet", "--deadline", "300ms", "--only", "ERR-01.own-errors", "--target"])
        .arg(&descriptor)
        .arg("--out")
        .arg(folder.path().join("out"))
        .assert()
        .code(2);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(said.contains("nothing answers at") && said.contains("--deadline"), "{said}");
}

#[test]
fn endless_answer() {
    run(|mut stream| {
        let _ = stream.write_all(HEAD);
        let _ = stream.write_all(b"transfer-encoding: chunked\r\n\r\n");
        flood(&mut stream, &[b"4000\r\n".as_slice(), &[b'a'; 0x4000], b"\r\n"].concat(), 1 << 30);
    });
}

#[test]
fn header_of_100_megabytes() {
    run(|mut stream| {
        let _ = stream.write_all(HEAD);
        let _ = stream.write_all(b"x-large: ");
        flood(&mut stream, &[b'a'; 1 << 14], 100 << 20);
    });
}

#[test]
fn resetting_target() {
    run(|stream| {
        // Closing without lingering is a reset.
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    });
}

#[test]
fn target_without_http() {
    run(|mut stream| {
        let _ = stream.write_all(b"\x00\x01 hello\r\n\r\n");
    });
}

#[test]
fn dripping_target() {
    run(|mut stream| {
        let _ = stream.write_all(HEAD);
        let _ = stream.write_all(b"content-length: 100000\r\n\r\n");
        while stream.write_all(b"a").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn target_that_hangs_on_hellos() {
    let url = serve_by(|first, mut stream| {
        // A handshake record gets no answer; this ends when Pincer closes.
        if first == 22 {
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        } else {
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let results = run_at(&["TLS-01.old-versions", "TLS-06*"], &url);
    assert_eq!(results["summary"]["inconclusive"], 2, "{results:#}");
}

#[test]
fn target_that_floods_hellos() {
    run_only(&["TLS-01.old-versions", "TLS-02.weak-suites"], |mut stream| {
        // Records of a handshake without a choice.
        flood(&mut stream, &[&[22, 3, 3, 0x40, 0, 0, 0, 0, 0][..], &[0; 0x3ffc]].concat(), 1 << 30);
    });
}
