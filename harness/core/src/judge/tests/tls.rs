//! `tls`.

use super::fixture::{Run, answer, attack, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::observe::Failure;
use crate::observe::tls::{
    Alert, AlertDescription, AlertLevel, Answer, Class, ClassProbe, Compression, ServerHello, Suite, Survey, Then,
    Version, VersionProbe,
};
use crate::vocab::Reason;

fn refusal() -> Answer {
    Answer::Alert(Alert { level: AlertLevel::FATAL, description: AlertDescription(70) })
}

fn choice(version: Version) -> Answer {
    let hello = ServerHello {
        version,
        suite: Suite(0xc02f),
        compression: Compression::NULL,
        secure_renegotiation: true,
        retry: false,
    };
    Answer::Hello { hello, then: Then::Complete }
}

/// A server of TLS 1.2 and 1.3 that refuses everything it should.
fn sound() -> Survey {
    let taken = |version: Version| if version < Version::TLS12 { refusal() } else { choice(version) };
    let class = |class: Class| {
        let mut remaining = Suite::of(class);
        let accepted = if class == Class::Aead { vec![remaining.remove(0)] } else { Vec::new() };
        ClassProbe { class, accepted, withdrawn: Vec::new(), remaining, end: Some(refusal()) }
    };
    Survey {
        versions: Version::ALL.map(|offered| VersionProbe { offered, answer: taken(offered) }).to_vec(),
        classes: Class::TLS12.map(class).to_vec(),
        compression: Some(VersionProbe { offered: Version::TLS12, answer: choice(Version::TLS12) }),
        fallback: Some(VersionProbe { offered: Version::TLS11, answer: refusal() }),
    }
}

fn set(survey: &mut Survey, version: Version, answer: &Answer) {
    for probe in survey.versions.iter_mut().filter(|probe| probe.offered == version) {
        probe.answer = answer.clone();
    }
}

/// The result of a survey that differs from a sound one.
fn surveyed(rule: &str, change: impl FnOnce(&mut Survey)) -> ScenarioResult {
    let mut survey = sound();
    change(&mut survey);
    attack(&format!("{{ send: {{ op: read }}, probe: tls, expect: {{ tls: {rule} }} }}"), |run| run.surveyed(1, survey))
}

const RULES: [&str; 6] = ["versions", "newest", "suites", "compression", "fallback", "renegotiation"];

#[test]
fn sound_server_meets_each_rule() {
    for rule in RULES {
        passes(&surveyed(rule, |_| {}));
    }
}

#[test]
fn server_of_tls_13_alone_meets_each_rule() {
    for rule in RULES {
        passes(&surveyed(rule, |survey| {
            set(survey, Version::TLS12, &refusal());
            survey.compression = Some(VersionProbe { offered: Version::TLS12, answer: refusal() });
            for class in survey.classes.iter_mut().filter(|class| class.class == Class::Aead) {
                class.remaining = Suite::of(Class::Aead);
                class.accepted.clear();
            }
        }));
    }
}

#[test]
fn forbidden_offers_that_are_accepted_are_found() {
    let old = |survey: &mut Survey| set(survey, Version::TLS10, &choice(Version::TLS10));
    fails(&surveyed("versions", old), "no version before TLS 1.2, seen TLS 1.0 accepted");
    let weak = |survey: &mut Survey| {
        let class = survey.classes.iter_mut().find(|class| class.class == Class::StaticKey).unwrap();
        class.accepted.push(class.remaining.remove(0));
    };
    fails(&surveyed("suites", weak), "seen TLS_RSA_WITH_AES_128_CBC_SHA accepted");
    let weaker = |survey: &mut Survey| {
        let class = survey.classes.iter_mut().find(|class| class.class == Class::StaticKey).unwrap();
        class.accepted = std::mem::take(&mut class.remaining);
    };
    let unnamed = Suite::of(Class::StaticKey).len() - 6;
    fails(&surveyed("suites", weaker), &format!(" and {unnamed} more accepted"));
    fails(
        &surveyed("compression", |survey| {
            let Answer::Hello { mut hello, then } = choice(Version::TLS12) else { return };
            hello.compression = Compression::DEFLATE;
            survey.compression = Some(VersionProbe { offered: Version::TLS12, answer: Answer::Hello { hello, then } });
        }),
        "seen compression by deflate accepted",
    );
    let falls = |survey: &mut Survey| {
        survey.fallback = Some(VersionProbe { offered: Version::TLS11, answer: choice(Version::TLS11) });
    };
    fails(&surveyed("fallback", falls), "seen TLS 1.1 with TLS_FALLBACK_SCSV accepted");
}

#[test]
fn required_offers_that_are_refused_are_found() {
    fails(&surveyed("newest", |survey| set(survey, Version::TLS13, &refusal())), "expected TLS 1.3");
    let unconfirmed = |survey: &mut Survey| {
        let Answer::Hello { mut hello, then } = choice(Version::TLS12) else { return };
        hello.secure_renegotiation = false;
        set(survey, Version::TLS12, &Answer::Hello { hello, then });
    };
    fails(&surveyed("renegotiation", unconfirmed), "a ServerHello without renegotiation_info");
}

#[test]
fn accepted_offer_counts_without_a_benign_call() {
    let mut run = Run::without_twin("{ send: { op: read }, probe: tls, expect: { tls: versions } }");
    let mut survey = sound();
    set(&mut survey, Version::SSL30, &choice(Version::SSL30));
    run.sent(1);
    run.surveyed(1, survey);
    fails(&run.settled(true), "SSL 3.0 accepted");
}

#[test]
fn unreceived_answer_is_open() {
    open(&surveyed("versions", |survey| set(survey, Version::TLS11, &Answer::Silent)), Reason::NoAnswer);
    open(&surveyed("newest", |survey| set(survey, Version::TLS13, &Answer::Unreachable)), Reason::NoAnswer);
    open(&surveyed("renegotiation", |survey| set(survey, Version::TLS12, &Answer::Silent)), Reason::NoAnswer);
    let cut = Answer::Incomplete { bytes: 3 };
    open(&surveyed("suites", |survey| survey.classes.last_mut().unwrap().end = Some(cut)), Reason::NoAnswer);
    open(&surveyed("suites", |survey| survey.classes.clear()), Reason::NoAnswer);
    open(&surveyed("compression", |survey| survey.compression = None), Reason::NoAnswer);
    open(&surveyed("fallback", |survey| survey.fallback = None), Reason::NoAnswer);
    for rule in RULES {
        open(
            &attack(&format!("{{ send: {{ op: read }}, probe: tls, expect: {{ tls: {rule} }} }}"), |_| {}),
            Reason::NoAnswer,
        );
    }
}

#[test]
fn server_that_refuses_every_hello_passes_nothing() {
    for rule in RULES {
        let result = surveyed(rule, |survey| {
            survey.versions.iter_mut().for_each(|probe| probe.answer = refusal());
            for class in &mut survey.classes {
                class.remaining = Suite::of(class.class);
                class.accepted.clear();
            }
            survey.compression = Some(VersionProbe { offered: Version::TLS12, answer: refusal() });
        });
        assert_eq!(result.verdict, crate::vocab::Verdict::Inconclusive, "{rule}: {result:#?}");
    }
}

const PLAIN: &str = "{ send: { op: read, as: alice, via: plain-on-tls }, expect: { tls: plain, arrives: never } }";

#[test]
fn plain_text_is_closed_or_refused() {
    passes(&attack(PLAIN, |run| run.failed(1, Failure::Closed)));
    passes(&attack(PLAIN, |run| run.failed(1, Failure::Malformed)));
    passes(&attack(PLAIN, |run| run.answered(1, answer(400, "{}"))));
}

#[test]
fn plain_text_is_neither_redirected_nor_served() {
    fails(&attack(PLAIN, |run| run.answered(1, answer(301, ""))), "a closed connection or 4xx, seen 301");
    fails(&attack(PLAIN, |run| run.answered(1, answer(200, "{}"))), "seen 200");
    let arrived = attack(PLAIN, |run| {
        run.arrived(1);
        run.failed(1, Failure::Closed);
    });
    fails(&arrived, "GET /accounts/1 at ledger");
}

#[test]
fn plain_text_without_a_clear_answer_is_open() {
    for failure in [Failure::Timeout, Failure::Unreachable, Failure::Unsendable] {
        open(&attack(PLAIN, |run| run.failed(1, failure)), Reason::NothingDelivered);
    }
    open(&attack(PLAIN, |run| run.answered(1, answer(429, ""))), Reason::Throttled);
    open(&attack(PLAIN, |run| run.answered(1, answer(502, ""))), Reason::NoAnswer);
}
