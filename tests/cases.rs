//! Small targets with known properties, which a run must report. `tests/cases/README.md` explains them.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Without Python the targets are skipped with a message; with `PINCER_TARGETS=required` that fails.
#[test]
fn each_small_target_is_judged_truly() {
    let _turn = crate::turn();
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/run.py");
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var_os("PINCER_TARGETS").is_none(), "python3 is not installed");
        // Written to standard error directly, because the output of a passing test is not shown.
        let _ = writeln!(std::io::stderr(), "small targets: left out, for python3 is not installed");
        return;
    }
    let run = Command::new("python3").arg(runner).arg(env!("CARGO_BIN_EXE_pincer")).output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let wrong: Vec<&str> = said.lines().filter(|line| line.starts_with("WRONG")).collect();
    assert!(run.status.success() && wrong.is_empty(), "{} {complained}", wrong.join("\n"));
    let last = said.lines().last().unwrap_or_default();
    let judged = last.split(' ').next().and_then(|count| count.parse::<u32>().ok());
    assert!(judged.is_some_and(|count| count > 50), "{last}");
}
