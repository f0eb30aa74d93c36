//! What was admitted of floods, by offered load.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::judge::oracle::peak;
use crate::judge::scene::Scene;
use crate::observe::StreamReport;
use crate::plan::{FloodPlan, Phase, StreamPlan};
use crate::scenario::Rate;

/// The result of one stream of one flood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePoint {
    /// The scenario.
    pub scenario: String,
    /// The case's number in its scenario.
    pub case: u32,
    /// Benign or attack.
    pub phase: Phase,
    /// The stream: 0 is the flood, the others are the calls beside it.
    pub stream: u32,
    /// The caller; none for anonymous calls.
    pub identity: Option<String>,
    /// Offered calls a second.
    pub offered_per_second: f64,
    /// The same as a multiple of the declared quota.
    pub offered_quotas: Option<f64>,
    /// How long calls were offered, in seconds.
    pub lasted_s: f64,
    /// Calls that were sent.
    pub sent: u64,
    /// Calls that reached the upstream.
    pub admitted: u64,
    /// The most of them in any window of the declared limit.
    pub admitted_in_window: Option<u64>,
    /// What quota and burst allow a caller in a window.
    pub allowed_in_window: Option<u64>,
    /// What quota and burst allow a caller in the whole time.
    pub allowed: Option<u64>,
    /// Answers by status; 0 means no answer.
    pub statuses: BTreeMap<u16, u64>,
    /// Median time from when a call was due to its answer, in microseconds.
    pub p50_us: u64,
    /// 99th percentile of the same.
    pub p99_us: u64,
}

/// The streams of a case; none if it is not a flood.
pub(super) fn points(scene: &Scene<'_>) -> Vec<RatePoint> {
    let (Some(plan), Some(report)) = (&scene.case.flood, &scene.seen.flood) else { return Vec::new() };
    let limit = scene.plan.target.limits.rate.as_ref().filter(|rate| rate.covers(&scene.case.operation));
    let streams = plan.streams.iter().zip(&report.streams).zip(0..);
    streams.map(|((offered, seen), number)| point(scene, plan, limit, (number, offered, seen))).collect()
}

fn point(
    scene: &Scene<'_>,
    plan: &FloodPlan,
    limit: Option<&Rate>,
    (stream, offered, seen): (u32, &StreamPlan, &StreamReport),
) -> RatePoint {
    let window = |rate: &Rate| rate.window.0.max(Duration::from_millis(1));
    RatePoint {
        scenario: scene.case.scenario.to_string(),
        case: scene.case.id.index,
        phase: scene.case.phase,
        stream,
        identity: offered.identity.as_ref().map(ToString::to_string),
        offered_per_second: offered.per_second,
        offered_quotas: limit
            .map(|rate| offered.per_second * window(rate).as_secs_f64() / f64::from(rate.quota.max(1))),
        lasted_s: plan.lasts.as_secs_f64(),
        sent: seen.sent,
        admitted: count(seen.admitted_us.len()),
        admitted_in_window: limit.map(|rate| count(peak(&seen.admitted_us, rate.window.0))),
        allowed_in_window: limit.map(|rate| u64::from(rate.quota) + u64::from(rate.burst)),
        allowed: limit.map(|rate| {
            let windows = plan.lasts.as_nanos().div_ceil(window(rate).as_nanos());
            let windows = u64::try_from(windows).unwrap_or(u64::MAX);
            windows.saturating_mul(u64::from(rate.quota)).saturating_add(u64::from(rate.burst))
        }),
        statuses: seen.statuses.clone(),
        p50_us: seen.latency_us[0],
        p99_us: seen.latency_us[1],
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
