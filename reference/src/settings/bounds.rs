//! Limits: sizes in bytes, times in milliseconds, counts.

use serde::{Deserialize, Serialize};

use crate::weakness::{Weakness, Weaknesses};

/// Limits, in bytes and milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a head.
    pub header: usize,
    /// Header fields of a head.
    pub fields: usize,
    /// Bytes of a request target.
    pub url: usize,
    /// Depth of nested arrays and objects.
    pub depth: usize,
    /// Bytes of an upstream's answer.
    pub response: usize,
    /// Bytes of an upstream's stream.
    pub stream: usize,
    /// Concurrent connections.
    pub connections: usize,
    /// Concurrent requests.
    pub in_flight: usize,
    /// Time for a complete head.
    pub head_ms: u64,
    /// Time for a caller's complete body.
    pub body_ms: u64,
    /// Time until a connection without a request is closed.
    pub idle_ms: u64,
    /// Time until an upstream's answer begins.
    pub upstream_begin_ms: u64,
    /// Time for an upstream's complete answer.
    pub upstream_total_ms: u64,
    /// Time between two pieces of an upstream's stream.
    pub stream_idle_ms: u64,
    /// Wrong credentials that one peer may send before it has to wait.
    pub wrong_credentials: RateSettings,
}

/// A rate limit: at most quota plus burst in any window.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateSettings {
    /// Calls in a window, per subject.
    pub quota: u32,
    /// Window.
    pub window_ms: u64,
    /// Calls at once beyond the steady rate.
    pub burst: u32,
}

/// When a pattern of refused calls raises an alert.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertSettings {
    /// Failed authentications of one peer.
    pub unauthenticated: Threshold,
    /// Calls that a subject has no right to make.
    pub forbidden: Threshold,
    /// Different paths that do not exist, for one subject.
    pub enumeration: Threshold,
}

/// This many events in a window raise an alert.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// How many.
    pub count: u32,
    /// Window.
    pub window_ms: u64,
}

impl LimitSettings {
    /// Removes the limits that the weaknesses remove.
    pub(crate) fn loosen(&mut self, weak: &Weaknesses) {
        const HOUR_MS: u64 = 3_600_000;
        if weak.has(Weakness::NoHeadTimeout) {
            self.head_ms = HOUR_MS;
        }
        if weak.has(Weakness::NoBodyTimeout) {
            self.body_ms = HOUR_MS;
        }
        if weak.has(Weakness::FewConnections) {
            self.connections = 96;
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            header: 16 * 1024,
            fields: 64,
            url: 4 * 1024,
            depth: 32,
            response: 1024 * 1024,
            stream: 8 * 1024 * 1024,
            connections: 1024,
            in_flight: 512,
            head_ms: 5000,
            body_ms: 5000,
            idle_ms: 30_000,
            upstream_begin_ms: 1000,
            upstream_total_ms: 2000,
            stream_idle_ms: 10_000,
            wrong_credentials: RateSettings { quota: 10, window_ms: 1000, burst: 20 },
        }
    }
}

impl Default for AlertSettings {
    fn default() -> Self {
        let window_ms = 10_000;
        Self {
            unauthenticated: Threshold { count: 20, window_ms },
            forbidden: Threshold { count: 20, window_ms },
            enumeration: Threshold { count: 20, window_ms },
        }
    }
}
