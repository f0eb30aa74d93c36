//! Every input that the fuzzers kept, replayed without a fuzzer; and that there are a target and a planted bug for each
//! property.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

type Property = fn(&[u8]);

/// All properties by the names of their fuzz targets, with their crates.
fn properties() -> BTreeMap<&'static str, (&'static str, Property)> {
    let crates = [
        ("pincer_core", pincer_core::property::PROPERTIES),
        ("pincer_drive", pincer_drive::property::PROPERTIES),
        ("pincer_intake", pincer_intake::property::PROPERTIES),
        ("pincer_reference", pincer_reference::property::PROPERTIES),
        ("pincer_stage", pincer_stage::property::PROPERTIES),
    ];
    let all = crates.into_iter().flat_map(|(of, properties)| properties.iter().map(move |(name, f)| (*name, (of, *f))));
    let count: usize = crates.iter().map(|(_, properties)| properties.len()).sum();
    let table: BTreeMap<_, _> = all.collect();
    assert_eq!(table.len(), count, "two properties have one name");
    table
}

fn folder(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(part)
}

/// The files of a folder in order; none if it does not exist.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn names(part: &str) -> Vec<String> {
    let stem = |file: PathBuf| file.file_stem().unwrap().to_string_lossy().into_owned();
    files(&folder(part)).into_iter().map(stem).filter(|name| !name.starts_with('.')).collect()
}

#[test]
fn kept_inputs_hold() {
    for (name, (_, property)) in properties() {
        let kept = [files(&folder("corpus").join(name)), files(&folder("regressions").join(name))].concat();
        assert!(!kept.is_empty(), "`{name}` has no corpus");
        for file in kept {
            let input = fs::read(&file).unwrap();
            let broken = std::panic::catch_unwind(|| property(&input)).is_err();
            assert!(!broken, "{} breaks `{name}`", file.display());
        }
    }
}

#[test]
fn each_property_has_a_target_and_no_other_exists() {
    let properties = properties();
    let known: Vec<&str> = properties.keys().copied().collect();
    assert_eq!(names("fuzz_targets"), known);
    assert_eq!(names("corpus"), known);
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for (name, (of, _)) in &properties {
        let target = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(target.contains(&format!("{of}::property::{name}(data)")), "the target of `{name}` calls another");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "`{name}` is not built");
    }
    for part in ["dictionaries", "regressions"] {
        for name in names(part) {
            assert!(properties.contains_key(&*name), "{part} of `{name}`, which is no property");
        }
    }
}

/// The files that a patch changes, by their names in it.
fn changed(patch: &str) -> impl Iterator<Item = &str> {
    patch.lines().filter_map(|line| line.strip_prefix("+++ b/"))
}

#[test]
fn each_property_has_a_planted_bug_that_still_applies() {
    let known: Vec<&str> = properties().keys().copied().collect();
    assert_eq!(names("planted"), known);
    let patches = files(&folder("planted"));
    for patch in &patches {
        let text = fs::read_to_string(patch).unwrap();
        let places: Vec<&str> = changed(&text).collect();
        let production = |place: &&str| {
            ["harness/", "reference/"].iter().any(|house| place.starts_with(house))
                && !place.contains("property")
                && !place.contains("test")
        };
        assert!(!places.is_empty() && places.iter().all(production), "{}: {places:?}", patch.display());
    }
    // As `fuzz/prove` applies them: all together.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = Command::new("git").current_dir(root).args(["apply", "--check"]).args(&patches).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn corpora_are_small() {
    let size = |file: &PathBuf| fs::metadata(file).unwrap().len();
    let all: u64 =
        properties().keys().flat_map(|name| files(&folder("corpus").join(name))).map(|file| size(&file)).sum();
    assert!(all < 2 << 20, "the corpora have {all} bytes");
}
