use super::sample::{Sample, json, moment};
use super::*;
use crate::vocab::Digest;

/// The kinds of all faults of a check.
fn faults(given: &Given<'_>) -> Vec<Kind> {
    let report = check(given);
    let kinds = report.checks.iter().filter_map(|check| match check {
        Check::Broken(fault) => Some(fault.kind),
        _ => None,
    });
    kinds.collect()
}

#[test]
fn a_certificate_holds_with_both_keys() {
    let sample = Sample::new();
    let keys = sample.keys();
    let report = check(&sample.given(&sample.text, &keys));
    assert_eq!(report.fault(), None, "{:?}", report.checks);
    assert!(!report.self_attested);
    assert_eq!(report.run, Some(sample.run.clone()));
}

#[test]
fn a_key_that_is_not_in_hand_signs_nothing() {
    let sample = Sample::new();
    let [vendor, certifier] = sample.keys();
    assert_eq!(faults(&sample.given(&sample.text, &[])), [Kind::Signature]);
    assert_eq!(faults(&sample.given(&sample.text, &[vendor])), [Kind::Signature]);
    // The certifier has signed the digest of the run statement.
    assert_eq!(faults(&sample.given(&sample.text, &[certifier])), []);
}

#[test]
fn what_the_vendor_alone_signs_is_self_attested() {
    let sample = Sample::new();
    let keys = sample.keys();
    let first = sample.text.lines().next().unwrap().to_owned() + "\n";
    let report = check(&sample.given(&first, &keys));
    assert!(report.self_attested && report.fault().is_none(), "{:?}", report.checks);
    let html = page(&sample.run, None, true);
    assert!(html.contains("Self-attested"));
    assert!(badge_svg(&Badge::new("p", Outcome::Passed, true)).contains("self-attested"));
    // A certificate by the vendor's own key is no other's.
    let own = Envelope::sign(&json(&vouched(&sample)), &sample.vendor).line() + "\n";
    assert!(check(&sample.given(&(first + &own), &keys)).self_attested);
}

#[test]
fn each_kind_of_fault_is_told() {
    let sample = Sample::new();
    let keys = sample.keys();
    let given = || sample.given(&sample.text, &keys);
    assert_eq!(faults(&Given { now: moment("2027-01-01T00:00:01Z"), ..given() }), [Kind::Expired]);
    assert_eq!(faults(&Given { now: moment("2025-12-31T23:59:59Z"), ..given() }), [Kind::Expired]);
    assert_eq!(faults(&Given { artefact: Some(Digest::of(b"other")), ..given() }), [Kind::Artefact]);
    assert_eq!(faults(&Given { verifier: Some("https://other.example"), ..given() }), [Kind::Signature]);
    assert_eq!(faults(&Given { profiles: &[], ..given() }), [Kind::Incomplete]);
    assert_eq!(faults(&Given { text: "{}\n", ..given() }), [Kind::Form]);
    let [vendor, certifier] = sample.keys().map(|key| key.id());
    let certificate = read_lines(&sample.text).unwrap()[1].digest().hex();
    for revoked in [vendor, certifier, certificate, sample.profile.digest.hex()] {
        assert_eq!(faults(&Given { revoked: &[revoked], ..given() }), [Kind::Revoked]);
    }
    assert_eq!(faults(&Given { revoked: &["0".repeat(64)], ..given() }), []);
}

/// What the certifier says in the sample.
fn vouched(sample: &Sample) -> Statement<Vouched> {
    serde_json::from_slice(&read_lines(&sample.text).unwrap()[1].payload().unwrap()).unwrap()
}

/// The sample's two lines with another run statement, all signed.
fn signed_again(sample: &Sample, run: &Statement<TestResult>) -> String {
    let first = Envelope::sign(&json(run), &sample.vendor);
    let mut vouched = vouched(sample);
    vouched.predicate.input_attestations = vec![Descriptor::named("run statement", Some(first.digest()))];
    format!("{}\n{}\n", first.line(), Envelope::sign(&json(&vouched), &sample.certifier).line())
}

#[test]
fn a_run_that_does_not_meet_its_profile_is_incomplete_whoever_signed_it() {
    let sample = Sample::new();
    let keys = sample.keys();
    let spoil: [fn(&mut TestResult); 5] = [
        |says| says.passed_tests.clear(),
        |says| says.result = Outcome::Failed,
        |says| says.failed_tests.push("AUTH-02".to_owned()),
        |says| {
            says.configuration[4].annotations.insert("waived".to_owned(), vec!["AUTH-01".to_owned()].into());
        },
        |says| {
            says.configuration[0].annotations.insert("faults".to_owned(), vec!["interrupted".to_owned()].into());
        },
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let mut run = sample.run.clone();
        spoil(&mut run.predicate);
        assert_eq!(faults(&sample.given(&signed_again(&sample, &run), &keys)), [Kind::Incomplete], "{number}");
    }
    assert_eq!(faults(&sample.given(&signed_again(&sample, &sample.run), &keys)), []);
}

#[test]
fn a_run_statement_of_another_certificate_is_refused() {
    let sample = Sample::new();
    let mut run = sample.run.clone();
    run.predicate.configuration[1].name = Some("other".to_owned());
    let other = Envelope::sign(&json(&run), &sample.vendor).line();
    let text = format!("{other}\n{}\n", sample.text.lines().nth(1).unwrap());
    assert_eq!(faults(&sample.given(&text, &sample.keys())), [Kind::Signature]);
}

#[test]
fn a_page_shows_names_as_text_and_loads_nothing() {
    let mut run = Sample::new().run;
    let hostile = "<script>alert(1)</script>\"'&\u{202e}\u{7}";
    run.subject[0].name = Some(hostile.to_owned());
    run.predicate.failed_tests = vec![hostile.to_owned()];
    let html = page(&run, None, false);
    assert!(!html.contains("<script") && !html.contains('\u{202e}') && !html.contains('\u{7}'));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
    assert!(html.contains("default-src 'none'; style-src 'sha256-"));
    assert!(!html.contains("http://") && !html.contains("https://"));
}

#[test]
fn no_bit_of_a_certificate_can_be_flipped_unseen() {
    let sample = Sample::new();
    let keys = sample.keys();
    for at in 0..sample.text.len() {
        for bit in 0..8 {
            let mut changed = sample.text.clone().into_bytes();
            changed[at] ^= 1 << bit;
            // What is no text is no certificate.
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert_ne!(faults(&sample.given(&changed, &keys)), [], "byte {at}, bit {bit}");
        }
    }
}
