//! A request that is grown to a multiple of a declared limit.

use super::Plan;
use crate::scenario::Stretch;
use crate::vocab::{Octets, Size};

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
            let length = size(factor.of(limits.body.map_or(0, |s| s.0)));
            *body = Some(padded(Size(u64::try_from(length).unwrap_or(u64::MAX))));
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

/// A JSON string of exactly that length, quotes included.
fn padded(size: Size) -> String {
    format!("\"{}\"", "a".repeat(usize::try_from(size.0).unwrap_or(0).saturating_sub(2)))
}
