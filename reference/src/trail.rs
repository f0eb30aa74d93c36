//! What is known of a request so far. The layers write into it, and the audit record is made from it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use http::HeaderMap;
use hyper::ext::ReasonPhrase;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::identity::Principal;
use crate::weakness::{Weakness, Weaknesses};

/// The ids of a request, its caller and its operation.
#[derive(Debug)]
pub(crate) struct Trail {
    /// The gateway's own id of the request.
    pub(crate) id: String,
    /// W3C trace id: the caller's if it is well formed.
    pub(crate) trace: String,
    /// The caller's request id if it is well formed, else the gateway's.
    pub(crate) request_id: String,
    pub(crate) peer: IpAddr,
    pub(crate) principal: OnceLock<Arc<Principal>>,
    pub(crate) operation: OnceLock<Arc<str>>,
    /// Set when the upstream is called.
    pub(crate) upstream: OnceLock<Arc<str>>,
    /// The upstream's reason phrase; only a weakness sets it.
    pub(crate) phrase: OnceLock<ReasonPhrase>,
}

/// The number of ids so far, for the weakness that counts them.
static COUNT: AtomicU64 = AtomicU64::new(1);

impl Trail {
    /// The trail of a request with these headers.
    pub(crate) fn new(headers: &HeaderMap, peer: IpAddr, random: &SystemRandom, weak: &Weaknesses) -> Self {
        // A header that occurs twice has no single value.
        let text = |name: &str| {
            let mut values = headers.get_all(name).iter();
            values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
        };
        let id = if weak.has(Weakness::RepeatedTrackingId) {
            "00000000-0000-4000-8000-000000000000".to_owned()
        } else if weak.has(Weakness::SequentialTrackingId) {
            format!("00000000-0000-4000-8000-{:012x}", COUNT.fetch_add(1, Ordering::Relaxed))
        } else {
            random_id(random)
        };
        let trace = text("traceparent").and_then(trace_id).map_or_else(|| hex(&bytes(random)), str::to_owned);
        let any = weak.has(Weakness::RequestIdAsSent);
        let sound = |id: &&str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            any || ((1..=128).contains(&id.len()) && id.bytes().all(plain))
        };
        let sound = |id: &&str| sound(id) || weak.has(Weakness::UnescapedLog);
        let request_id = text("x-request-id").filter(sound).map_or_else(|| id.clone(), str::to_owned);
        let id = if weak.has(Weakness::EchoedTrackingId) { request_id.clone() } else { id };
        let (principal, operation, upstream) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { id, trace, request_id, peer, principal, operation, upstream, phrase: OnceLock::new() }
    }
}

/// An id that nobody can guess.
pub(crate) fn random_id(random: &SystemRandom) -> String {
    uuid(bytes(random))
}

fn bytes(random: &SystemRandom) -> [u8; 16] {
    let mut bytes = [0; 16];
    // If the system has no randomness, ids repeat; refusing to serve would be worse.
    let _ = random.fill(&mut bytes);
    bytes
}

/// The trace id of a W3C traceparent, version 00.
fn trace_id(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let fields = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next());
    let hex = |text: &str, length| text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let some = |text: &str| text.bytes().any(|b| b != b'0');
    match fields {
        ("00", trace, span, flags, None)
            if hex(trace, 32) && some(trace) && hex(span, 16) && some(span) && hex(flags, 2) =>
        {
            Some(trace)
        }
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of version 4 (RFC 9562 section 5.4).
fn uuid(bytes: [u8; 16]) -> String {
    let number = u128::from_be_bytes(bytes) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let text = format!("{number:032x}");
    [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or_default()).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_form() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            trace_id("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            Some("0af7651916cd43dd8448eb211c80319c")
        );
        for odd in [
            "00-short-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        ] {
            assert_eq!(trace_id(odd), None, "{odd}");
        }
    }
}
