//! The id that follows a call from caller to upstream to audit log.

use super::arrives::refused;
use super::{Outcome, Scene, audit, broken};
use crate::plan::Call;
use crate::vocab::Reason;

/// The caller's text is compared with an id only if it is longer than this: shorter text occurs in any id.
const SHORT: usize = 8;

/// `correlates`: the arrival has this header once and well formed. Its id is the caller's if the caller sent exactly
/// one well-formed id, else one of the target's own. The call's audit record contains it (ASVS 16.2.4, W3C Trace
/// Context section 3). A target may also refuse a malformed one.
///
/// A finding: expected the caller's `traceparent`; seen an id of the target's own.
pub(super) fn correlates(scene: &Scene<'_>, header: &str) -> Outcome {
    if scene.seen.answer().is_none() {
        return Outcome::Unresolved(Reason::NoAnswer);
    }
    let sent = sent(&scene.case.call, header);
    let sound = match sent.as_slice() {
        [one] => identifier(header, one),
        _ => None,
    };
    let Some(arrival) = scene.seen.arrived().next() else {
        let may_refuse = sound.is_none() && !sent.is_empty();
        return if may_refuse && refused(scene) {
            Outcome::Held
        } else {
            Outcome::Unresolved(Reason::NothingDelivered)
        };
    };
    let arrived = arrival.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header));
    let arrived: Vec<String> = arrived.map(|(_, value)| value.lossy().into_owned()).collect();
    let [field] = arrived.as_slice() else {
        return broken("correlates", format!("one `{header}` at the upstream"), arrived.len().to_string());
    };
    let Some(id) = identifier(header, field) else {
        return broken("correlates", format!("a well-formed `{header}` at the upstream"), format!("`{field}`"));
    };
    match sound {
        Some(own) if own != id => return broken("correlates", format!("the caller's `{header}`, {own}"), id),
        None if sent.iter().any(|text| text.len() > SHORT && text.to_lowercase().contains(&id.to_lowercase())) => {
            return broken("correlates", format!("no id taken from a malformed `{header}`"), id);
        }
        _ => {}
    }
    if !scene.ledger.tapped {
        return Outcome::Unresolved(Reason::NoAuditLog);
    }
    match audit::records(scene).as_slice() {
        [] => broken("correlates", "an audit record", "none"),
        records if records.iter().any(|record| record.contains(id)) => Outcome::Held,
        _ => broken("correlates", format!("{id} in the audit record"), "no such id"),
    }
}

/// What a call sends in a header.
fn sent(call: &Call, header: &str) -> Vec<String> {
    let named = |name: &str| name.eq_ignore_ascii_case(header);
    match call {
        Call::Http(call) => {
            let headers = call.headers.iter().filter(|(name, _)| named(name));
            headers.map(|(_, value)| value.lossy().into_owned()).collect()
        }
        Call::Raw(call) => {
            let raw = call.raw.lossy();
            let head = raw.split("\r\n\r\n").next().unwrap_or_default();
            let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
            fields.filter(|(name, _)| named(name)).map(|(_, value)| value.trim().to_owned()).collect()
        }
        Call::Task(_) => Vec::new(),
    }
}

/// The id in a well-formed value: the trace id of a `traceparent` of version 00; in other headers, up to 128 letters,
/// digits, dots, hyphens and underscores, as all generators of request ids use.
fn identifier<'a>(header: &str, value: &'a str) -> Option<&'a str> {
    if !header.eq_ignore_ascii_case("traceparent") {
        let sound = (1..=128).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        return sound.then_some(value);
    }
    let parts: Vec<&str> = value.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { return None };
    let hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let some = |text: &str| text.bytes().any(|byte| byte != b'0');
    let sound = *version == "00" && hex(trace, 32) && some(trace) && hex(span, 16) && some(span) && hex(flags, 2);
    sound.then_some(*trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_found_in_well_formed_values() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(identifier("Traceparent", &format!("00-{trace}-b7ad6b7169203331-01")), Some(trace));
        for odd in
            ["", "00-1-2-3", &format!("01-{trace}-b7ad6b7169203331-01"), &format!("00-{trace}-0000000000000000-01")]
        {
            assert_eq!(identifier("traceparent", odd), None, "{odd}");
        }
        assert_eq!(identifier("x-request-id", "a-1.b_2"), Some("a-1.b_2"));
        for odd in ["", "a b", "a\tb", &"a".repeat(129)] {
            assert_eq!(identifier("x-request-id", odd), None, "{odd}");
        }
    }
}
