//! A run is judged while it goes, and its trace once more afterwards.

use std::sync::Arc;
use std::time::Duration;

use pincer::conduct::{Job, Origin, Progress, conduct};
use pincer::embedded;
use pincer::reference::Reference;
use pincer::replay::{Live, judge};
use pincer_core::plan::Plan;
use pincer_core::vocab::{Nonce, TargetKind};
use tokio::sync::watch;

/// Injection, credentials that stand in the trace by their names alone, audit records, and findings of each.
const SCENARIOS: [&str; 4] = ["INP-01.", "AUTH-04.", "AUD-01.", "RBAC-02."];
const WEAKNESSES: [&str; 4] = ["no-input-filter", "forward-caller-token", "no-denied-audit", "no-role-check"];

#[test]
fn live_results_are_those_of_the_trace_judged_again() {
    let suite = embedded::suite(Vec::new(), &[]).unwrap();
    let mut suite = suite.select(|scenario| SCENARIOS.iter().any(|id| scenario.id.as_str().starts_with(id)));
    suite.scenarios.iter_mut().for_each(|scenario| scenario.limit = Some(40));
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.jsonl");
    let job = Job {
        plan: Plan::new(1, suite, embedded::target(TargetKind::Gateway).unwrap()).with_nonce(Nonce::new(7)),
        subject: Arc::new(Reference::weakened(WEAKNESSES.map(|name| name.parse().unwrap()).to_vec())),
        suite_name: "gateway".to_owned(),
        run: "live".to_owned(),
        started: "2026-11-25T00:00:00Z".to_owned(),
        trace: trace.clone(),
        lanes: 4,
        concurrency: 16,
        deadline: Duration::from_secs(10),
        arguments: Vec::new(),
        probe: false,
        origin: Origin::default(),
    };
    let progress = Arc::new(Progress::default());
    let judging = Live::judge(&trace, progress.trace().clone());
    let (_stop, stopped) = watch::channel(false);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(conduct(job, progress, stopped)).unwrap();
    let (live, again) = (judging.judged().unwrap().results, judge(&trace).unwrap());
    let found: usize = again.scenarios.iter().map(|scenario| scenario.findings.len()).sum();
    assert!(found > 50, "{found} findings");
    let bytes = |results| serde_json::to_string(results).unwrap();
    assert_eq!(bytes(&live), bytes(&again));
}
