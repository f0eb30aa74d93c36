//! The rooms of core import one another only as the architecture allows.

use std::fs;
use std::path::Path;

/// Each room and the rooms that it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("vocab", &[]),
    ("frame", &[]),
    ("measure", &["vocab"]),
    ("scenario", &["vocab"]),
    ("observe", &["vocab", "scenario"]),
    ("plan", &["vocab", "scenario"]),
    ("judge", &["vocab", "scenario", "plan", "observe"]),
    ("report", &["vocab", "plan", "observe", "judge"]),
    ("property", &["vocab", "scenario", "observe", "plan", "judge", "report"]),
];

#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn sources(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn rooms_import_as_the_architecture_allows() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/core/src");
    let mut seen = 0;
    for (room, allowed) in ROOMS {
        let mut files = Vec::new();
        sources(&core.join(room), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for (other, _) in ROOMS.iter().filter(|(other, _)| other != room) {
                let uses = text.contains(&format!("crate::{other}::"));
                seen += usize::from(uses);
                assert!(!uses || allowed.contains(other), "{} imports {other}", file.display());
            }
        }
    }
    assert!(seen > 10, "the test sees imports at all");
}

#[test]
fn the_reference_knows_nothing_of_pincer() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("reference/Cargo.toml")).unwrap();
    assert!(
        !manifest.contains("pincer-core") && !manifest.contains("pincer-stage") && !manifest.contains("pincer-drive")
    );
}
