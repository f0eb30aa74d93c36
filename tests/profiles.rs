//! The shipped profiles are frozen, and their controls are tested by the embedded suite as they were when the profile was
//! published. `PINCER_PROFILES=write cargo test profiles` writes profiles that are not published yet anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use pincer::embedded;
use pincer_core::scenario::{Floors, Profile, Required, Suite};
use pincer_core::vocab::{ControlId, Digest, Level, TargetKind, word};
use tempfile::tempdir;

fn pincer() -> Command {
    assert_cmd::cargo::cargo_bin_cmd!("pincer")
}

/// The digest of each published profile. A line here never changes: a later profile has a name of its own.
const PUBLISHED: [(&str, &str); 3] = [
    ("agent-base.2026.1", "sha256:9613913f1ffbb8bec97b21d6f182dcb38166cafc6b3237d1727074bd55dc7e8d"),
    ("agent-hardened.2026.1", "sha256:d6f247ec0b87ea9ffd3bcbede0f090c8f6cc77fbf3b62355027ff3020905749b"),
    ("gateway-base.2026.1", "sha256:af8974a2dbba92f36e6fe7588812f765cd795804b4c5eb87f750067d03300502"),
];

/// What only an agent shows that has users, sessions, an action log, or its own TLS to its APIs.
const FURTHER: &[&str] = &["AUD-07", "RATE-07", "RBAC-07", "SEC-02", "SEC-07", "SEC-08", "TLS-04", "TLS-05"];

/// Name, title, kind, what is left out beside recommendations, the least number of attack cases of a run.
const MADE: [(&str, &str, TargetKind, &[&str], u64); 3] = [
    ("agent-base.2026.1", "what every agent that calls APIs must hold to", TargetKind::Agent, FURTHER, 100),
    ("agent-hardened.2026.1", "what an agent with access to data or money must hold to", TargetKind::Agent, &[], 150),
    ("gateway-base.2026.1", "what every gateway in front of APIs must hold to", TargetKind::Gateway, &[], 500),
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/profiles/{name}.yaml"))
}

/// The profile of all controls of a kind that the suite tests.
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn made((name, title, kind, without, run): (&str, &str, TargetKind, &[&str], u64), suite: &Suite) -> Profile {
    let mut controls: BTreeMap<ControlId, Required> = BTreeMap::new();
    for scenario in suite.scenarios.iter().filter(|scenario| scenario.r#for == kind) {
        let level = suite.catalogue.get(scenario.control.as_str()).unwrap().level;
        if level == Level::Must && !without.contains(&scenario.control.as_str()) {
            let required = Required { revision: String::new(), scenarios: Vec::new() };
            let slug = scenario.id.as_str().split_once('.').unwrap().1.to_owned();
            controls.entry(scenario.control.clone()).or_insert(required).scenarios.push(slug);
        }
    }
    for (control, required) in &mut controls {
        required.revision = suite.revision(control, &required.scenarios).unwrap();
    }
    let floors = Floors { control: 1, run };
    let mut profile = Profile {
        pincer: "profile/v1".to_owned(),
        name: name.to_owned(),
        title: title.to_owned(),
        r#for: kind,
        digest: Digest::of(b""),
        trials: if kind == TargetKind::Agent { 5 } else { 1 },
        floors,
        controls,
    };
    profile.digest = profile.digest_of_contents();
    profile
}

fn yaml(profile: &Profile) -> String {
    let Profile { pincer, name, title, r#for, digest, trials, floors, controls } = profile;
    let mut text = format!(
        "# Frozen: a published profile never changes. `tests/profiles.rs` holds its digest.\npincer: {pincer}\nname: {name}\n\
         title: \"{title}\"\nfor: {}\ndigest: \"{digest}\"\ntrials: {trials}\nfloors: {{ control: {}, run: {} }}\n\
         controls:\n",
        word(r#for),
        floors.control,
        floors.run
    );
    for (control, required) in controls {
        // Writing to a String can't fail.
        let scenarios = required.scenarios.join(", ");
        let _ = writeln!(text, "  {control}: {{ revision: \"{}\", scenarios: [{scenarios}] }}", required.revision);
    }
    text
}

#[test]
fn published_profiles_are_frozen() {
    let suite = embedded::suite(Vec::new(), &[]).unwrap();
    if std::env::var("PINCER_PROFILES").is_ok_and(|how| how == "write") {
        for made in MADE.map(|one| made(one, &suite)) {
            fs::create_dir_all(file("x").parent().unwrap()).unwrap();
            fs::write(file(&made.name), yaml(&made)).unwrap();
            writeln!(std::io::stdout(), "    (\"{}\", \"{}\"),", made.name, made.digest).unwrap();
        }
        return;
    }
    let profiles = embedded::profiles().unwrap();
    let digests: Vec<(&str, String)> = profiles.iter().map(|p| (&*p.name, p.digest.to_string())).collect();
    assert_eq!(digests, PUBLISHED.map(|(name, digest)| (name, digest.to_owned())));
    for profile in &profiles {
        for (control, required) in &profile.controls {
            let now = suite.revision(control, &required.scenarios);
            let asked = format!("{control} of {} is tested in another way than when it was published", profile.name);
            assert_eq!(now.as_ref(), Some(&required.revision), "{asked}");
        }
    }
}

#[test]
fn a_profile_that_was_changed_is_refused() {
    let text = fs::read_to_string(file("gateway-base.2026.1")).unwrap();
    let read =
        |text: String| pincer_core::scenario::read_profile(&pincer_core::scenario::Source::new("profile.yaml", text));
    assert!(read(text.clone()).is_ok());
    let refused = read(text.replace("run: 500", "run: 5")).unwrap_err().to_string();
    assert!(refused.contains("changed after it was published"), "{refused}");
}

/// Runs a part of a profile: what is left out was not run, and the profile is not met.
#[test]
fn a_part_of_a_profile_does_not_meet_it() {
    let out = tempdir().unwrap();
    let args = ["run", "--profile", "gateway-base.2026.1", "--only", "AUTH-01.*", "--out"];
    let assert = pincer().args(args).arg(out.path()).assert().code(1);
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(said.contains("Profile gateway-base.2026.1: NOT met"), "{said}");
    assert!(said.contains("was not run") && said.contains("attack cases were run"), "{said}");
}

#[test]
fn profiles_are_listed_and_unknown_ones_named() {
    let assert = pincer().args(["list", "--profiles"]).assert().success();
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(PUBLISHED.iter().all(|(name, _)| said.contains(name)), "{said}");
    let assert = pincer().args(["list", "--profile", "gateway"]).assert().code(2);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("gateway-base.2026.1"), "{said}");
    let assert = pincer().args(["list", "--profile", "agent-base.2026.1"]).assert().success();
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(said.contains("AUTH-07.agent-key") && !said.contains("AUTH-01.no-credential"), "{said}");
}
