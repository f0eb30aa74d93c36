//! One dimension of a request grown to a multiple of its declared limit.

use super::Plan;
use crate::scenario::Stretch;
use crate::vocab::Octets;

/// Bytes of a chunk.
const CHUNK: usize = 1024;

/// Grows one dimension to a multiple of its declared limit.
pub(super) fn grow(
    plan: &Plan,
    stretch: Stretch,
    target: &mut String,
    headers: &mut Vec<(String, Octets)>,
    body: &mut Option<String>,
) {
    let limits = &plan.target.limits;
    let size = |n: u64| usize::try_from(n).unwrap_or(0);
    match stretch {
        Stretch::Body(factor) => {
            *body = Some(padded(size(factor.of(limits.body.map_or(0, |s| s.0)))));
        }
        Stretch::Chunks(factor) => {
            headers.push(("transfer-encoding".to_owned(), Octets::from("chunked")));
            *body = Some(chunked(&padded(size(factor.of(limits.body.map_or(0, |s| s.0))))));
        }
        Stretch::Header(factor) => {
            let length = size(factor.of(limits.header.map_or(0, |s| s.0)));
            headers.push(("x-note".to_owned(), Octets(vec![b'a'; length])));
        }
        Stretch::Url(factor) => {
            let length = size(factor.of(limits.url.map_or(0, |s| s.0)));
            target.push_str(if target.contains('?') { "&pad=" } else { "?pad=" });
            target.push_str(&"a".repeat(length.saturating_sub(target.len())));
        }
        Stretch::Depth(factor) => {
            let depth = size(factor.of(limits.depth.unwrap_or(0))).max(1);
            *body = Some(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        }
    }
}

/// A body in small chunks (RFC 9112 section 7.1).
fn chunked(body: &str) -> String {
    let chunk = |bytes: &[u8]| format!("{:x}\r\n{}\r\n", bytes.len(), String::from_utf8_lossy(bytes));
    let chunks: Vec<String> = body.as_bytes().chunks(CHUNK).map(chunk).collect();
    chunks.concat() + "0\r\n\r\n"
}

/// A JSON string of exactly this length, quotes included.
fn padded(length: usize) -> String {
    format!("\"{}\"", "a".repeat(length.saturating_sub(2)))
}

#[cfg(test)]
mod tests {
    use crate::plan::tests::{attacks, plan};

    #[test]
    fn body_grows_with_a_length_or_in_chunks() {
        let target = "{ pincer: target/v1, name: t, kind: gateway, url: 'http://127.0.0.1:8080', upstreams: { up: {} },
          limits: { body: 10 B }, identities: { alice: {} },
          operations: { ingest: { method: POST, path: /b, body: { items: [] }, upstream: up } } }";
        let scenario =
            "{ pincer: scenario/v1, id: INP-01.made, title: T, control: INP-01, for: gateway, severity: high,
          kills: [], benign: [{ send: { op: ingest, as: alice }, expect: { status: 200 } }],
          attack: [{ send: { op: ingest, stretch: { body: 2x } }, expect: { status: 413 } },
                   { send: { op: ingest, wire: raw, stretch: { chunks: 2x } }, expect: { status: 413 } }] }";
        let grown = attacks(&plan(target, &[scenario]));
        let body = |at: usize| grown[at].call.http().unwrap().body.as_ref().map(|body| body.lossy().into_owned());
        assert_eq!(body(0), Some(format!("\"{}\"", "a".repeat(18))));
        assert_eq!(body(1), Some(format!("14\r\n\"{}\"\r\n0\r\n\r\n", "a".repeat(18))));
        assert!(grown[1].call.http().unwrap().headers.iter().any(|(name, _)| name == "transfer-encoding"));
    }
}
