//! What floods and held connections did.

use serde::{Deserialize, Serialize};

/// What a flood did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FloodReport {
    /// By stream.
    pub streams: Vec<StreamReport>,
    /// 99th percentile of how late sends were, in microseconds.
    pub send_error_p99_us: u64,
}

/// What one stream of a flood did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamReport {
    /// Sends.
    pub sent: u64,
    /// Answers by status; 0 stands for no answer.
    pub statuses: std::collections::BTreeMap<u16, u64>,
    /// Latency from the scheduled instant, in microseconds: p50, p99, max.
    pub latency_us: [u64; 3],
    /// When its calls reached the upstream, in microseconds since the run began, in order.
    pub admitted_us: Vec<u64>,
    /// Its calls by what was changed in them, where something was: the unchanged ones come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variations: Vec<super::Variation>,
    /// The last `Retry-After` of a 429, verbatim.
    pub retry_after: Option<String>,
    /// The `Date` of that 429, or the driver's own time as such where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The status of the call made two seconds before it had passed, where it is longer than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early: Option<u16>,
    /// The status of the call made when it had passed.
    pub returned: Option<u16>,
}

impl StreamReport {
    /// Calls that were answered with a success.
    pub fn served(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| (200..300).contains(*status)).map(|(_, n)| n).sum()
    }
}

/// What became of connections that were held back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HoldReport {
    /// Connections that stood.
    pub opened: u32,
    /// Connections that the target did not take.
    pub refused: u32,
    /// Those that the target ended, by an answer or without one.
    pub ended: u32,
    /// When it ended the last of them, from its opening, in microseconds.
    pub longest_us: u64,
    /// Their requests that reached the upstream.
    pub arrived: u64,
    /// The caller beside them.
    pub beside: StreamReport,
    /// 99th percentile of how late its sends were, in microseconds.
    pub send_error_p99_us: u64,
}
