//! What a control costs and what a limiter admits: measurements as values, with their statistics.
//!
//! In: figures of alternating rounds of two targets, or of two operations of one. Out: a [`Measurement`], which is
//! written as JSON, as a table and as a plot.

mod paired;
mod plot;
mod table;

use schemars::JsonSchema;
use serde::Serialize;

pub use paired::{Estimate, FEWEST, paired};
pub use plot::plot;
pub use table::table;

/// The version of the format.
pub const VERSION: u32 = 1;

/// Above this share of the generator's own maximum, the generator may have been measured instead of the target.
pub const SATURATED: f64 = 0.8;

/// What was measured on one target.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Measurement {
    /// Always `pincer/measure`.
    pub format: String,
    /// Version of the format: 1.
    pub version: u32,
    /// Version of Pincer.
    pub pincer: String,
    /// Start, RFC 3339.
    pub started: String,
    /// Name and version of the target.
    pub target: String,
    /// Cores of the machine, which target and generator share if the target runs here.
    pub cores: usize,
    /// Requests per second of the generator against an upstream that only counts.
    pub generator_per_second: f64,
    /// What controls cost.
    pub costs: Vec<Cost>,
    /// What the limiter admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
}

/// What one control costs, measured in alternating rounds with and without it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    /// The control.
    pub control: String,
    /// What was compared.
    pub about: String,
    /// Pairs of rounds.
    pub rounds: usize,
    /// The median latency without it, in microseconds.
    pub without_p50_us: f64,
    /// Requests per second without it, if the load was as fast as the target allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_per_second: Option<f64>,
    /// Added to the median latency, in microseconds.
    pub added_p50_us: Estimate,
    /// Added to the 99th percentile, in microseconds; absent if a round made fewer than a hundred calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_p99_us: Option<Estimate>,
    /// The lost share of the throughput.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Estimate>,
    /// Why the figures prove nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<String>,
}

/// What a limiter admits of what is offered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Admission {
    /// The limited operation.
    pub operation: String,
    /// Calls per window.
    pub quota: u32,
    /// The window, in seconds.
    pub window_s: f64,
    /// Extra calls at once.
    pub burst: u32,
    /// Allowed deviation of a limiter, as a share.
    pub tolerance: f64,
    /// By offered load.
    pub curve: Vec<Point>,
    /// Seconds from the end of the heaviest load to the first admitted call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_s: Option<f64>,
    /// The last `Retry-After`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// Another caller beside the heaviest load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

/// One load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Point {
    /// Offered load, as a multiple of the quota.
    pub offered: f64,
    /// Sends.
    pub sent: u64,
    /// Calls that reached the upstream.
    pub admitted: u64,
    /// The least that the declared quota admits of these, with its tolerance.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// Why the figures prove nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<String>,
}

/// A caller within its quota while another one is not.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Beside {
    /// Its sends.
    pub sent: u64,
    /// Those that were served.
    pub served: u64,
    /// Its 99th percentile meanwhile, in microseconds.
    pub p99_us: f64,
    /// The same without the other load.
    pub alone_p99_us: f64,
    /// Why the figures prove nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<String>,
}

impl Measurement {
    /// Whether every figure proves something.
    pub fn is_conclusive(&self) -> bool {
        let admission = self.admission.iter();
        let points = admission.clone().flat_map(|admission| &admission.curve).map(|point| &point.inconclusive);
        let beside = admission.filter_map(|admission| admission.beside.as_ref()).map(|beside| &beside.inconclusive);
        self.costs.iter().map(|cost| &cost.inconclusive).chain(points).chain(beside).all(Option::is_none)
    }
}

/// What a limiter is declared to admit.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// Calls per window.
    pub quota: u32,
    /// Extra calls at once.
    pub burst: u32,
    /// Allowed deviation, as a share.
    pub tolerance: f64,
}

impl Point {
    /// A load of `sent` calls that were due within `due` windows and left within `left`; one extra call is allowed.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn new(offered: f64, (sent, admitted): (u64, u64), (due, left): (f64, f64), declared: Declared) -> Self {
        let Declared { quota, burst, tolerance } = declared;
        let (quota, all) = (f64::from(quota), sent as f64);
        let least = ((quota * due).min(all) * (1.0 - tolerance) - 1.0).max(0.0);
        let most = (quota * left * (1.0 + tolerance) + f64::from(burst) + 1.0).min(all);
        Self { offered, sent, admitted, least, most, inconclusive: None }
    }

    /// Whether what was admitted fits the quota.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn fits(&self) -> Fit {
        let admitted = self.admitted as f64;
        if admitted > self.most {
            Fit::Beyond
        } else if admitted < self.least {
            Fit::Below
        } else {
            Fit::Within
        }
    }
}

/// How what was admitted compares with the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// More than the quota admits.
    Beyond,
    /// Less than the quota must admit.
    Below,
    /// As declared.
    Within,
}

/// The JSON Schema of measurements.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Measurement).to_value()
}

#[cfg(test)]
mod tests;
