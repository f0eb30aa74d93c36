//! `pincer measure` against the embedded reference: that it counts right, whatever the times are.

use std::fs;
use std::path::Path;

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
fn the_limiter_of_the_reference_admits_its_quota_and_what_is_written_meets_the_schema() {
    let _turn = crate::turn();
    let out = tempfile::tempdir().unwrap();
    let run =
        pincer().args(["measure", "limiter", "--rounds", "2", "--slot", "50ms", "--out"]).arg(out.path()).unwrap();
    // A busy machine may saturate the generator; nothing else may be wrong.
    assert!(matches!(run.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&run.stderr));
    let written = json(&out.path().join("measure.json"));
    let schema = json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/schemas/measure-v1.schema.json"));
    jsonschema::validate(&schema, &written).unwrap();
    let costs = written["costs"].as_array().unwrap();
    assert_eq!(
        costs.iter().map(|cost| cost["control"].as_str().unwrap()).collect::<Vec<_>>(),
        ["limiter", "limiter, 1,000,000 idle"]
    );
    assert!(costs.iter().all(|cost| cost["rounds"] == 2 && cost["without_per_second"].as_f64().unwrap() > 1.0));
    let admission = &written["admission"];
    for point in admission["curve"].as_array().unwrap() {
        let number = |name: &str| point[name].as_f64().unwrap();
        let (sent, admitted) = (number("sent"), number("admitted"));
        assert!(admitted <= sent && admitted > 0.0, "{point}");
        // 20 a second and 5 at once over some two seconds; one that stalls may have been given a third.
        assert!(admitted <= 70.0, "{point}");
        // A machine that stalls may send some of it at once.
        assert!(number("offered") > 0.5 || admitted >= 0.7 * sent, "half the quota is admitted: {point}");
    }
    assert!(admission["retry_after_s"].as_u64().is_some_and(|wait| wait >= 1), "{admission}");
    assert!(admission["beside"]["sent"].as_u64().unwrap() > 0, "{admission}");
    let drawing = fs::read_to_string(out.path().join("measure.svg")).unwrap();
    assert!(drawing.starts_with("<svg") && drawing.matches("<circle").count() == 8, "{drawing}");
}

#[test]
fn a_descriptor_without_a_limit_has_none_to_measure() {
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

#[test]
fn ctrl_c_ends_a_measurement() {
    use std::time::{Duration, Instant};
    let out = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pincer"))
        .args(["measure", "layers", "--rounds", "200", "--slot", "10s", "--out"])
        .arg(out.path())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "it does not end");
        // Before it listens for the signal, that ends it all the same.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(!out.path().join("measure.json").exists(), "{status}");
}
