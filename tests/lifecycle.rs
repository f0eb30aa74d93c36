//! However a run ends, only its results remain, and it starts, writes and calls only what it may.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod ends;
mod guards;
mod results;
mod starts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::path::{heeding_signals, path};

/// Time limit for anything a test waits for, also on a loaded machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// A target in its own folder, where its runs write too.
struct Rig {
    folder: TempDir,
    /// A unique text in the command lines of what the target starts.
    mark: String,
}

impl Rig {
    /// The reference as a program that this script starts, after the script has set `$mark`; `$0` is its configuration.
    fn script(script: &str) -> Self {
        Self::changed(script, |text| text)
    }

    /// The same, with its descriptor changed.
    fn changed(script: &str, change: impl FnOnce(String) -> String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mark = format!("{}.{:04}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let rig = Self { folder: tempfile::tempdir().unwrap(), mark };
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/reference");
        for file in ["gateway.yaml", "openapi.yaml", "policy.yaml", "target.yaml"] {
            fs::copy(reference.join(file), rig.folder.path().join(file)).unwrap();
        }
        fs::create_dir(rig.temporary()).unwrap();
        let plain = r#"command: [pincer-reference, serve, --config, "${work}/gateway.yaml"]"#;
        let script = format!("mark={}; {script}", rig.mark).replace('\'', "''");
        let text = fs::read_to_string(rig.descriptor()).unwrap();
        assert!(text.contains(plain));
        let text = text.replace(plain, &format!(r#"command: [sh, -c, '{script}', "${{work}}/gateway.yaml"]"#));
        fs::write(rig.descriptor(), change(text)).unwrap();
        rig
    }

    fn descriptor(&self) -> PathBuf {
        self.folder.path().join("target.yaml")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The folder for its temporary files.
    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("pincer"));
        command.env("PATH", path()).env("TMPDIR", self.temporary()).env("RIG", self.folder.path());
        command.args(["run", "--lanes", "1", "--target"]).arg(self.descriptor()).arg("--out").arg(self.out());
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs to the end; returns the exit code and standard error.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let run = self.command(arguments).output().unwrap();
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
    }

    /// A run whose trace contains this text when this returns.
    fn under_way(&self, arguments: &[&str], seen: &str) -> Child {
        let mut run =
            heeding_signals(&self.command(arguments)).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        until(|| {
            assert!(run.try_wait().unwrap().is_none(), "the run ended before its trace had {seen}");
            fs::read_to_string(self.out().join("trace.jsonl")).unwrap_or_default().contains(seen)
        });
        run
    }

    fn results(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.out().join("results.json")).unwrap()).unwrap()
    }

    /// Verdicts by scenario.
    fn verdicts(&self) -> Vec<(String, String)> {
        let results = self.results();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        results["scenarios"].as_array().unwrap().iter().map(|s| (text(&s["id"]), text(&s["verdict"]))).collect()
    }

    /// The processes with the mark as an argument.
    fn marked(&self) -> Vec<Pid> {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let marked = numbers.filter(|number| {
            let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|argument| argument == self.mark.as_bytes())
        });
        marked.filter_map(Pid::from_raw).collect()
    }

    /// The remaining temporary files.
    fn left(&self) -> Vec<PathBuf> {
        fs::read_dir(self.temporary()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

fn until(mut so: impl FnMut() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !so() {
        assert!(Instant::now() < until, "what was waited for did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).unwrap();
    kill_process(id, signal).unwrap();
}
