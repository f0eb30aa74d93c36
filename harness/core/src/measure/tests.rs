use super::*;

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: value - 0.5, high: value + 0.5 }
}

const DECLARED: Declared = Declared { quota: 20, burst: 5, tolerance: 0.1 };

fn measurement() -> Measurement {
    let cost = Cost {
        control: "limiter <fast>".to_owned(),
        about: "quote with it, quote without it".to_owned(),
        rounds: 10,
        without_p50_us: 60.0,
        without_per_second: Some(20_000.0),
        added_p50_us: estimate(1.2),
        added_p99_us: Some(estimate(3.0)),
        lost: Some(Estimate { value: 0.012, low: -0.001, high: 0.02 }),
        inconclusive: None,
    };
    let unsure =
        Cost { lost: None, added_p99_us: None, inconclusive: Some("generator saturated".to_owned()), ..cost.clone() };
    let curve = [(0.5, 10_u64), (1.0, 20), (4.0, 25)];
    let curve = curve.map(|(offered, admitted)| Point::new(offered, (admitted * 2, admitted), (1.0, 1.0), DECLARED));
    Measurement {
        format: "pincer/measure".to_owned(),
        version: VERSION,
        pincer: "0".to_owned(),
        started: "2026-11-25T00:00:00Z".to_owned(),
        target: "mine".to_owned(),
        cores: 2,
        generator_per_second: 150_000.0,
        costs: vec![cost, unsure],
        admission: Some(Admission {
            operation: "quote".to_owned(),
            quota: 20,
            window_s: 1.0,
            burst: 5,
            tolerance: 0.1,
            curve: curve.to_vec(),
            recovery_s: None,
            retry_after_s: Some(1),
            beside: Some(Beside { sent: 20, served: 20, p99_us: 400.0, alone_p99_us: 300.0, inconclusive: None }),
        }),
    }
}

#[test]
fn interval_contains_its_median_and_narrows_with_more_rounds() {
    let noise = |n: usize| (0..n).map(|n| 5.0 + [-1.0, 0.5, 1.0, -0.5, 0.0][n % 5]).collect::<Vec<_>>();
    let (few, many) = (paired(&noise(10)), paired(&noise(500)));
    for estimate in [few, many] {
        assert!(estimate.low <= 5.0 && 5.0 <= estimate.high && (estimate.value - 5.0).abs() < 1e-9, "{estimate:?}");
    }
    assert!(many.high - many.low < few.high - few.low, "{few:?} {many:?}");
    assert_eq!(paired(&noise(10)), few, "the same rounds say the same");
    assert_eq!(paired(&[]), Estimate { value: 0.0, low: 0.0, high: 0.0 });
}

#[test]
fn one_outlier_does_not_move_the_median() {
    let mut rounds = vec![1.0; 19];
    rounds.push(1_000.0);
    assert_eq!(paired(&rounds), Estimate { value: 1.0, low: 1.0, high: 1.0 });
}

#[test]
fn admitted_calls_are_compared_with_the_quota() {
    let fits = |sent, admitted, left| Point::new(4.0, (sent, admitted), (2.0, left), DECLARED).fits();
    let of = |sent, admitted| fits(sent, admitted, 2.0);
    assert_eq!(
        [of(160, 45), of(160, 40), of(160, 60), of(160, 20)],
        [Fit::Within, Fit::Within, Fit::Beyond, Fit::Below]
    );
    assert_eq!([of(20, 20), of(20, 10)], [Fit::Within, Fit::Below], "below the quota all are admitted");
    assert_eq!([fits(160, 70, 3.0), fits(160, 80, 3.0)], [Fit::Within, Fit::Beyond], "what waited leaves later");
}

#[test]
fn table_and_plot_contain_everything() {
    let measurement = measurement();
    let text = table(&measurement);
    for part in [
        "limiter <fast>",
        "+1.2 (+0.7 to +1.7)",
        "+1.2 (-0.1 to +2.0)",
        "inconclusive: generator saturated",
        "4x",
        "quote with it, quote without it",
        "not admitted again",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!measurement.is_conclusive());
    let sound = Measurement { costs: Vec::new(), ..measurement.clone() };
    assert!(sound.is_conclusive());
    let mut starved = sound;
    starved.admission.as_mut().unwrap().beside.as_mut().unwrap().inconclusive = Some("generator saturated".to_owned());
    assert!(!starved.is_conclusive());
    let drawing = plot(&measurement);
    assert!(drawing.contains(">limiter &lt;fast&gt; ?<"), "what proves nothing is marked: {drawing}");
    assert!(drawing.contains(">limiter &lt;fast&gt;<") && drawing.matches("<circle").count() == 3, "{drawing}");
    assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{drawing}");
}
