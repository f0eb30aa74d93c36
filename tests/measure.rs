//! `pincer measure` on the embedded reference: it counts correctly, whatever the times.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::Value;

fn pincer() -> Command {
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
}

#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn limiter_of_the_reference_admits_its_quota_and_the_output_fits_the_schema() {
    let _turn = crate::turn();
    let out = tempfile::tempdir().unwrap();
    let mut command = pincer();
    let run = command.args(["measure", "limiter", "--rounds", "6", "--slot", "50ms", "--out"]).arg(out.path()).output();
    let run = run.unwrap();
    // A busy machine may saturate the generator; nothing else may be wrong.
    assert!(matches!(run.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&run.stderr));
    let written = json(&out.path().join("measure.json"));
    let schema = json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/schemas/measure-v1.schema.json"));
    crate::meets::meets(&schema, &written).unwrap();
    let costs = written["costs"].as_array().unwrap();
    assert_eq!(
        costs.iter().map(|cost| cost["control"].as_str().unwrap()).collect::<Vec<_>>(),
        ["limiter", "limiter, 1,000,000 idle"]
    );
    assert!(costs.iter().all(|cost| cost["rounds"] == 6 && cost["without_per_second"].as_f64().unwrap() > 1.0));
    let admission = &written["admission"];
    for point in admission["curve"].as_array().unwrap() {
        let number = |name: &str| point[name].as_f64().unwrap();
        let (sent, admitted) = (number("sent"), number("admitted"));
        assert!(admitted <= sent && admitted > 0.0, "{point}");
        // 20 a second and 5 at once over about two seconds; a stalled stream may have got a third.
        assert!(admitted <= 70.0, "{point}");
        // A stalling machine may send some of it at once.
        assert!(number("offered") > 0.5 || admitted >= 0.7 * sent, "half the quota is admitted: {point}");
    }
    assert!(admission["retry_after_s"].as_u64().is_some_and(|wait| wait >= 1), "{admission}");
    assert!(admission["beside"]["sent"].as_u64().unwrap() > 0, "{admission}");
    let drawing = fs::read_to_string(out.path().join("measure.svg")).unwrap();
    assert!(drawing.starts_with("<svg") && drawing.matches("<circle").count() == 8, "{drawing}");
}

#[test]
fn descriptor_without_a_limit_has_none_to_measure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.yaml");
    fs::write(
        &file,
        "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:9\nupstreams: { ledger: {} }\n\
         identities:\n  alice: { header: { X-Api-Key: k }, roles: [reader] }\noperations:\n  \
         read: { method: GET, path: /a, upstream: ledger, allow: [reader] }\n",
    )
    .unwrap();
    let run = pincer().args(["measure", "limiter", "--target"]).arg(&file).assert().code(2);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(said.contains("limits.rate"), "{said}");
}

/// A threaded server that requires a key, answers expensive calls after some milliseconds, reports each connection, and
/// ends with the tests.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn priced() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Most tests do not listen.
            let _ = tell.send(());
            thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = (&stream).read(&mut bytes) {
                    let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
                    if request.starts_with("GET /dear") {
                        thread::sleep(Duration::from_millis(20));
                    }
                    let status =
                        if request.to_lowercase().contains("x-api-key: opensesame\r\n") { "200 OK" } else { "401 No" };
                    let _ = (&stream).write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes());
                }
            });
        }
    });
    (url, told)
}

#[test]
fn two_urls_are_compared() {
    let _turn = crate::turn();
    let ((url, _told), out) = (priced(), tempfile::tempdir().unwrap());
    let measure = |more: &[&str]| {
        let mut command = pincer();
        command.args(["measure", "limiter", "--rounds", "6", "--slot", "50ms", "--out"]).arg(out.path());
        command.args(["--limited", &format!("{url}/dear"), "--unlimited", &format!("{url}/cheap")]).args(more);
        command.env("KEY", "opensesame").output().unwrap()
    };
    let key = ["--header", "X-Api-Key: ${env:KEY}"];
    for more in [&[][..], &["--rate", "100"]] {
        let run = measure(&[&key, more].concat());
        assert!(matches!(run.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&run.stderr));
        let cost = &json(&out.path().join("measure.json"))["costs"][0];
        let added = cost["added_p50_us"]["value"].as_f64().unwrap();
        assert!((15_000.0..400_000.0).contains(&added), "{cost}");
        // On a schedule both answer everything.
        let lost = cost["lost"]["value"].as_f64();
        assert!(lost.map_or(!more.is_empty(), |lost| lost > 0.2), "{cost}");
    }
    let refused = measure(&[]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("401"), "{refused:?}");
}

#[test]
fn single_url_and_options_without_a_value_are_refused() {
    let url = ["--unlimited", "http://127.0.0.1:9/a"];
    for (arguments, said) in [
        (&url[..], "--limited"),
        (&["--limited", "http://192.0.2.7/", url[0], url[1]], "192.0.2.7"),
        (&["--limited", url[1], url[0], url[1], "--header", "X-Key: ${env:PINCER_UNSET}"], "PINCER_UNSET"),
        (&["--limited", url[1], url[0], url[1], "--header", "X Key: a"], "X Key"),
        (&["--rate", "0"], "0.1"),
    ] {
        let run = pincer().args(["measure", "limiter"]).args(arguments).assert().code(2);
        let text = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
}

#[test]
fn gateway_with_an_identity_provider_is_measured() {
    let _turn = crate::turn();
    let out = tempfile::tempdir().unwrap();
    let run = pincer()
        .args(["measure", "limiter", "--rounds", "6", "--slot", "50ms", "--target"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/reference/target.yaml"))
        .arg("--out")
        .arg(out.path())
        .env("PATH", crate::path::path())
        .output()
        .unwrap();
    assert!(matches!(run.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&run.stderr));
    let written = json(&out.path().join("measure.json"));
    let curve = written["admission"]["curve"].as_array().unwrap();
    assert!(curve.iter().all(|point| point["admitted"].as_u64().unwrap() > 0), "{written}");
}

#[test]
fn ctrl_c_ends_a_measurement() {
    let _turn = crate::turn();
    let (url, called) = priced();
    let out = tempfile::tempdir().unwrap();
    let mut measure = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pincer"));
    measure
        .args(["measure", "limiter", "--rounds", "200", "--slot", "10s", "--header", "X-Api-Key: opensesame"])
        .args(["--limited", &format!("{url}/dear"), "--unlimited", &format!("{url}/cheap"), "--out"])
        .arg(out.path());
    let mut child = crate::path::heeding_signals(&measure).stderr(std::process::Stdio::null()).spawn().unwrap();
    // The program is running and receives the signal.
    called.recv_timeout(Duration::from_mins(1)).unwrap();
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "it does not end");
        thread::sleep(Duration::from_millis(20));
    };
    // A process killed by a signal has no code.
    assert_eq!(status.code(), Some(3));
    assert!(!out.path().join("measure.json").exists());
}
