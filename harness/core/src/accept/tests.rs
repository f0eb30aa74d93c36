//! What a baseline and waivers make of results with a fail, a warning, an inconclusive and a broken scenario.

use super::{Accepted, Baseline, Day, read_baseline, read_waivers, settle};
use crate::judge::{FailOn, Results, WaiverState};
use crate::report::tests::results;
use crate::scenario::Source;
use crate::vocab::{Exit, Verdict};

/// Results whose run came to its end, without the error in Pincer.
fn finished() -> Results {
    let mut results = results();
    results.interrupted = false;
    results.scenarios.retain(|scenario| scenario.verdict != Verdict::Error);
    results
}

fn accepted(baseline: Option<Baseline>, waivers: Option<&str>, fail_on: &[FailOn]) -> Accepted {
    let waivers = waivers.map(|text| read_waivers(&Source::new("waivers.yaml", text)).unwrap());
    let today = Day::of("2026-11-25").unwrap();
    Accepted { baseline, waivers, fail_on: fail_on.to_vec(), strict: false, today }
}

fn exit(results: &mut Results, accepted: &Accepted) -> u8 {
    settle(results, accepted);
    u8::from(results.exit)
}

const DEFAULT: [FailOn; 2] = [FailOn::New, FailOn::Inconclusive];

#[test]
fn a_baseline_survives_a_round_trip_and_knows_each_of_its_findings() {
    let mut results = finished();
    let text = Baseline::of([&results]).to_yaml();
    let read = read_baseline(&Source::new("baseline.yaml", text.clone())).unwrap();
    assert_eq!(read, Baseline::of([&results]), "{text}");
    assert!(!text.chars().any(|sign| sign.is_control() && sign != '\n'), "{text}");
    assert_eq!(read.findings.len(), 2, "each fingerprint of a scenario once: {text}");
    assert_eq!(exit(&mut results, &accepted(Some(read), None, &[FailOn::New])), 0);
    let baseline = results.acceptance.as_ref().and_then(|all| all.baseline.as_ref()).unwrap();
    assert_eq!((baseline.known, baseline.new, baseline.fixed.len()), (2, 0, 0));
    assert_eq!(results.scenarios[0].verdict, Verdict::Fail, "no verdict changes");
}

#[test]
fn a_finding_that_is_not_in_the_baseline_fails_and_another_scenario_does_not_lend_it() {
    let mut baseline = Baseline::of([&finished()]);
    baseline.findings.retain(|known| known.scenario == "ERR-03.warn");
    let mut results = finished();
    assert_eq!(exit(&mut results, &accepted(Some(baseline), None, &DEFAULT)), 1);
    let states: Vec<_> = results.scenarios.iter().flat_map(|s| s.findings.iter().map(|f| f.known)).collect();
    assert_eq!(states, [Some(false), Some(false), Some(false), Some(false), Some(true)]);
}

#[test]
fn what_is_gone_is_told_as_fixed_and_fails_only_if_strict() {
    let baseline = Baseline::of([&finished()]);
    let fixed = || {
        let mut results = finished();
        results.scenarios[0].verdict = Verdict::Pass;
        results.scenarios[0].findings.clear();
        results
    };
    let mut strict = accepted(Some(baseline.clone()), None, &[FailOn::New]);
    assert_eq!(exit(&mut fixed(), &strict), 0);
    strict.strict = true;
    let mut results = fixed();
    assert_eq!(exit(&mut results, &strict), 1);
    assert_eq!(results.acceptance.unwrap().baseline.unwrap().fixed[0].scenario, "ERR-01.fail");
    // Of what came to no verdict nothing is known, and of what was not run neither.
    let mut open = fixed();
    open.scenarios[0].verdict = Verdict::Inconclusive;
    assert_eq!(exit(&mut open, &strict), 0);
    assert_eq!(open.acceptance.unwrap().baseline.unwrap().open.len(), 1);
    let mut elsewhere = fixed();
    elsewhere.scenarios.remove(0);
    assert_eq!(exit(&mut elsewhere, &strict), 0);
}

#[test]
fn more_broken_cases_than_are_kept_are_never_known() {
    let mut results = finished();
    let baseline = Baseline::of([&results]);
    results.scenarios[0].unlisted = 1;
    assert_eq!(exit(&mut results, &accepted(Some(baseline), None, &DEFAULT)), 1);
}

#[test]
fn a_waiver_holds_through_its_last_day_and_no_longer() {
    let waivers = |day: &str| {
        format!(
            "pincer: waivers/v1\nwaivers:\n  - {{ id: ERR-01, reason: r, owner: o, expires: {day} }}\n  - {{ id: INP-02, reason: \
             r, owner: o, expires: {day} }}\n"
        )
    };
    let with = |day: &str| accepted(None, Some(&waivers(day)), &[FailOn::Fail, FailOn::Inconclusive]);
    let mut results = finished();
    assert_eq!(exit(&mut results, &with("2026-11-25")), 0);
    assert_eq!(results.scenarios[0].verdict, Verdict::Fail, "the verdict stays");
    let mut results = finished();
    assert_eq!(exit(&mut results, &with("2026-11-24")), 1);
    let waivers = results.acceptance.unwrap().waivers;
    assert!(waivers.iter().all(|waiving| waiving.state == WaiverState::Expired && waiving.covers == 1));
    assert_eq!(results.scenarios[0].waiver, None);
}

#[test]
fn a_waiver_of_one_finding_leaves_another_of_its_scenario() {
    let waivers = "pincer: waivers/v1
waivers:
  - { fingerprint: \"00112233aabbccdd\", reason: r, owner: o, expires: 2027-01-01 }
  - { fingerprint: \"ffffffffffffffff\", reason: r, owner: o, expires: 2027-01-01 }
";
    let all = accepted(None, Some(waivers), &[FailOn::Fail]);
    let mut results = finished();
    assert_eq!(exit(&mut results, &all), 0);
    let states: Vec<_> = results.acceptance.unwrap().waivers.iter().map(|one| (one.state, one.covers)).collect();
    assert_eq!(states, [(WaiverState::Active, 5), (WaiverState::Unused, 0)]);
    let mut results = finished();
    results.scenarios[0].findings[1].fingerprint = "0123456789abcdef".to_owned();
    assert_eq!(exit(&mut results, &all), 1);
}

#[test]
fn the_exit_code_is_what_it_is_asked_to_be() {
    let code = |fail_on: &[FailOn]| exit(&mut finished(), &accepted(None, None, fail_on));
    assert_eq!(code(&[FailOn::Fail, FailOn::Inconclusive]), 1);
    assert_eq!(code(&[FailOn::Inconclusive]), 3);
    assert_eq!(code(&[FailOn::Warn]), 1);
    assert_eq!(code(&[]), 0);
    // An error in Pincer and a run that was stopped are never accepted.
    let mut broken = results();
    assert_eq!(exit(&mut broken, &accepted(None, None, &[])), u8::from(Exit::Fault));
    let mut cut = finished();
    cut.interrupted = true;
    assert_eq!(exit(&mut cut, &accepted(None, None, &[])), 3);
    // What tested nothing shows nothing.
    let mut nothing = finished();
    nothing.scenarios.retain(|scenario| scenario.verdict == Verdict::NotApplicable);
    assert_eq!(exit(&mut nothing, &accepted(None, None, &[])), 3);
}

#[test]
fn faults_of_waivers_are_told_with_their_lines() {
    let text = "pincer: waivers/v1
waivers:
  - { reason: r, owner: o, expires: 2027-01-01 }
  - id: INP-01
    reason: \" \"
    owner: o
    expires: 2026-02-30
  - { fingerprint: xyz, reason: r, owner: o, expires: 2027-01-01 }
  - { id: INP-01, fingerprint: 0011223344556677, reason: r, owner: o, expires: 2027-01-01 }
";
    let error = read_waivers(&Source::new("waivers.yaml", text)).unwrap_err();
    let told: Vec<(usize, &str)> = error.0.iter().map(|fault| (fault.line, fault.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, "this waiver does not say what it is for"),
            (5, "`reason` is empty"),
            (7, "`2026-02-30` is no day"),
            (8, "`xyz` is no fingerprint: it has 16 hexadecimal digits"),
            (9, "this waiver has both `id` and `fingerprint`"),
        ]
    );
    let error = read_waivers(&Source::new("w.yaml", "pincer: waiver/v1\nwaivers: []\n")).unwrap_err();
    assert!(error.to_string().contains("waivers/v1"), "{error}");
    let text = "pincer: baseline/v1\nfindings: [{ fingerprint: 12, scenario: A-01.b }]\n";
    assert!(read_baseline(&Source::new("b.yaml", text)).is_err());
}
