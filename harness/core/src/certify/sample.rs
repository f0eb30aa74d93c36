//! A small certificate and a small trace, for tests and properties.

use super::score::Outcome;
use super::statement::{Descriptor, STATEMENT, Statement, TEST_RESULT, TestResult};
use super::{Envelope, Given, Moment, PrivateKey, PublicKey, Terms, vouch};
use crate::observe::{Chain, Event, Head, Redactor, What, write_line};
use crate::scenario::{Floors, Profile, Required};
use crate::vocab::{ControlId, Digest, Nonce, TargetKind};

/// A certificate with all that checks it.
pub(crate) struct Sample {
    pub(crate) vendor: PrivateKey,
    pub(crate) certifier: PrivateKey,
    pub(crate) profile: Profile,
    pub(crate) run: Statement<TestResult>,
    /// Both lines.
    pub(crate) text: String,
}

impl Sample {
    /// A run of `controls` that has met its profile of one control.
    pub(crate) fn new() -> Self {
        let [vendor, certifier] = [[1; 32], [2; 32]].map(|seed| PrivateKey::from_seed(seed).unwrap());
        let control = ControlId::new("AUTH-01").unwrap();
        let required = Required { revision: "0".repeat(16), scenarios: vec!["no-credential".to_owned()] };
        let mut profile = Profile {
            pincer: "profile/v1".to_owned(),
            name: "sample.2026.1".to_owned(),
            title: "it asks who calls".to_owned(),
            r#for: TargetKind::Gateway,
            digest: Digest::of(b""),
            trials: 1,
            floors: Floors { control: 1, run: 1 },
            controls: [(control, required)].into_iter().collect(),
        };
        profile.digest = profile.digest_of_contents();
        let run = Statement {
            kind: STATEMENT.to_owned(),
            subject: vec![Descriptor::named("gateway.bin", Some(Digest::of(b"gateway")))],
            predicate_type: TEST_RESULT.to_owned(),
            predicate: TestResult {
                result: Outcome::Passed,
                configuration: vec![
                    Descriptor::named(&profile.name, Some(profile.digest)).with("title", profile.title.clone()),
                    Descriptor::named("controls", None),
                    Descriptor::named("pincer", None),
                    Descriptor::named("gateway", None),
                    Descriptor::named("waivers", None).with("waived", Vec::<String>::new()),
                ],
                passed_tests: vec!["AUTH-01".to_owned()],
                warned_tests: Vec::new(),
                failed_tests: Vec::new(),
            },
        };
        let terms = Terms {
            verifier: "https://certifier.example".to_owned(),
            pincer: "0".to_owned(),
            time: moment("2026-01-01T00:00:00Z"),
            until: moment("2027-01-01T00:00:00Z"),
        };
        let envelope = Envelope::sign(&json(&run), &vendor);
        let vouched = vouch(&envelope, &run, &profile, &terms);
        let text = format!("{}\n{}\n", envelope.line(), Envelope::sign(&json(&vouched), &certifier).line());
        Self { vendor, certifier, profile, run, text }
    }

    /// Both keys, the vendor's first.
    pub(crate) fn keys(&self) -> [PublicKey; 2] {
        [self.vendor.public(), self.certifier.public()]
    }

    /// What checks need of this text with these keys.
    pub(crate) fn given<'a>(&'a self, text: &'a str, keys: &'a [PublicKey]) -> Given<'a> {
        Given {
            text,
            keys,
            verifier: Some("https://certifier.example"),
            profiles: std::slice::from_ref(&self.profile),
            artefact: Some(Digest::of(b"gateway")),
            trace: None,
            revoked: &[],
            now: moment("2026-06-01T00:00:00Z"),
        }
    }
}

/// A moment of this text.
pub(crate) fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// A value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// A sealed trace of so many events, with its root.
pub(crate) fn trace(events: u64) -> (Vec<u8>, Digest) {
    let digest = Digest::of(b"x");
    let mut chain = Chain::new(Head {
        format: "pincer/chain/v1".to_owned(),
        suite: digest,
        descriptor: digest,
        plan: digest,
        binary: Some(digest),
        seed: 7,
        nonce: Nonce::new(9),
        attempt: 1,
    });
    let mut trace = String::new();
    for at_us in 0..events {
        let event = Event::new(at_us, What::End { finished: "now".to_owned(), interrupted: false });
        let mut line = write_line(&event, &Redactor::default()).unwrap();
        chain.link(&mut line).unwrap();
        trace.push_str(&line);
    }
    trace.push_str(&chain.seal());
    (trace.into_bytes(), chain.trail().root)
}
