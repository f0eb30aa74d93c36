//! Tracking ids: finds the ids that a caller can ask about, and whether they can be guessed.

use serde_json::Value;

use crate::observe::{Answered, Arrival};
use crate::plan::Plan;
use crate::vocab::{CaseId, Part};

/// Headers in which products send tracking ids.
const ID_HEADERS: [&str; 12] = [
    "x-tracking-id",
    "x-error-id",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-trace-id",
    "x-transaction-id",
    "x-operation-id",
    "x-ms-request-id",
    "x-log-id",
    "x-amzn-requestid",
    "cf-ray",
];

/// Those that another component in front of the target may have set.
const EDGE_HEADERS: [&str; 2] = ["x-amzn-requestid", "cf-ray"];

/// Members of error bodies with tracking ids; RFC 9457 has `instance`.
const ID_MEMBERS: [&str; 12] = [
    "tracking_id",
    "trackingId",
    "error_id",
    "errorId",
    "request_id",
    "requestId",
    "correlation_id",
    "correlationId",
    "trace_id",
    "traceId",
    "incident",
    "instance",
];

/// All possible tracking ids of an answer, without duplicates.
pub fn tracking_ids(answer: &Answered) -> Vec<String> {
    let mut ids = ids_of(answer, ID_HEADERS.iter());
    ids.extend(body_ids(answer, |_| true));
    ids.sort();
    ids.dedup();
    ids
}

/// The ids of an answer that the target made itself, without those that repeat what the caller sent.
pub(super) fn own_ids(plan: &Plan, case: CaseId, answer: &Answered) -> Vec<String> {
    own(plan, case, tracking_ids(answer))
}

/// The ids that the target made and sent upstream, for calls whose answer has no id.
pub(super) fn forwarded_ids(plan: &Plan, case: CaseId, arrival: &Arrival) -> Vec<String> {
    let named = arrival.headers.iter().filter(|(name, _)| ID_HEADERS.iter().any(|id| name.eq_ignore_ascii_case(id)));
    own(plan, case, clean(named.map(|(_, value)| value.lossy().into_owned())))
}

/// An id from the headers and one from the body of an answer, if both have ids of the target and none match. An id
/// inside another one matches, as in an `instance` that is a URI. An `instance` alone may be a URI without an id (RFC
/// 9457 section 3.1.5).
pub(super) fn torn(plan: &Plan, case: CaseId, answer: &Answered) -> Option<(String, String)> {
    let inner = ID_HEADERS.iter().filter(|name| !EDGE_HEADERS.contains(name));
    let headers = own(plan, case, ids_of(answer, inner));
    let shares = |body: &String| headers.iter().any(|id| body.contains(id.as_str()) || id.contains(body.as_str()));
    if own(plan, case, body_ids(answer, |_| true)).iter().any(shares) {
        return None;
    }
    let body = own(plan, case, body_ids(answer, |name| name != "instance"));
    headers.first().cloned().zip(body.into_iter().next())
}

fn own(plan: &Plan, case: CaseId, mut ids: Vec<String>) -> Vec<String> {
    let span = plan.tracer().span(case, Part::REQUEST);
    ids.retain(|id| {
        *id != span && !plan.tracer().find(id.as_bytes()).any(|(of, part)| (of, part) == (case, Part::REQUEST))
    });
    ids
}

fn ids_of<'a>(answer: &Answered, headers: impl Iterator<Item = &'a &'static str>) -> Vec<String> {
    clean(headers.filter_map(|name| answer.header(name)).map(std::borrow::Cow::into_owned))
}

fn body_ids(answer: &Answered, wanted: fn(&str) -> bool) -> Vec<String> {
    let Ok(body @ Value::Object(_)) = serde_json::from_slice(&answer.plain()) else { return Vec::new() };
    let mut found = Vec::new();
    members(&body, DEPTH, &mut |name, value| {
        if ID_MEMBERS.contains(&name) && wanted(name) {
            found.extend(value.as_str().map(str::to_owned));
        }
    });
    clean(found.into_iter())
}

/// How deep in a body an id may be: `errors.0.meta.request_id`.
const DEPTH: u8 = 4;

/// Calls `tell` for the members of a value and of the values in it, level by level.
fn members(value: &Value, depth: u8, tell: &mut impl FnMut(&str, &Value)) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(all) => {
            all.iter().for_each(|(name, value)| tell(name, value));
            all.values().for_each(|value| members(value, deeper, tell));
        }
        Value::Array(items) => items.iter().take(8).for_each(|item| members(item, deeper, tell)),
        _ => {}
    }
}

/// Ids without their URI scheme, without paths and texts that are too short.
fn clean(ids: impl Iterator<Item = String>) -> Vec<String> {
    let bare = ids.map(|id| id.strip_prefix("urn:uuid:").map_or(id.clone(), str::to_owned));
    bare.filter(|id| may_be_id(id)).collect()
}

/// Whether a text can be a tracking id. Paths and short texts, which loggers write for unknown values, cannot.
pub(super) fn may_be_id(text: &str) -> bool {
    text.len() >= 8 && !text.starts_with('/')
}

/// Fewer ids than this show no pattern.
const FEW: usize = 8;
/// If ids are this far apart, a guess near a known one hits another less than once in ten thousand.
const APART: u128 = 10_000;
/// Digits of an id that are compared, from its end: 24 of base 36 fit in 128 bits.
const DIGITS: usize = 24;

/// How ids can be guessed from each other. Common prefixes and suffixes are removed and the rest is read as numbers.
/// The ids can be guessed if half of them are less than ten thousand from the next. Ids with 40 or more random bits are
/// not.
pub(super) fn guess(ids: &[String]) -> Option<String> {
    let texts: Vec<Vec<u8>> = ids
        .iter()
        .map(|id| id.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect())
        .collect();
    let first = texts.first().filter(|_| texts.len() >= FEW)?;
    let shared = |reversed: bool| {
        let at =
            |text: &Vec<u8>, n: usize| if reversed { text.iter().rev().nth(n).copied() } else { text.get(n).copied() };
        (0..first.len()).take_while(|n| texts.iter().all(|text| at(text, *n) == at(first, *n))).count()
    };
    let (head, tail) = (shared(false), shared(true));
    let varying = texts.iter().filter_map(|text| text.get(head..text.len().checked_sub(tail)?));
    let varying: Vec<&[u8]> =
        varying.map(|text| text.get(text.len().saturating_sub(DIGITS)..).unwrap_or(text)).collect();
    let all = |fits: fn(&u8) -> bool| varying.iter().copied().flatten().all(fits);
    let radix = if all(u8::is_ascii_digit) {
        10
    } else if all(u8::is_ascii_hexdigit) {
        16
    } else {
        36
    };
    let read = |text: &&[u8]| u128::from_str_radix(std::str::from_utf8(text).ok()?, radix).ok();
    let mut numbers: Vec<u128> = varying.iter().filter_map(read).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut gaps: Vec<u128> = numbers.windows(2).filter_map(|pair| pair.get(1)?.checked_sub(*pair.first()?)).collect();
    gaps.sort_unstable();
    let median = *gaps.get(gaps.len() / 2).filter(|_| numbers.len() >= FEW)?;
    (median < APART).then(|| format!("{} ids of which half are at most {median} from the next", numbers.len()))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::{guess, tracking_ids};
    use crate::observe::{Answered, Capture, End};

    #[test]
    fn id_is_found_at_any_depth_of_a_body() {
        let ids = |body: &str| {
            let body = Capture::of(body.as_bytes(), 999);
            tracking_ids(&Answered {
                status: 500,
                reason: None,
                headers: Vec::new(),
                body,
                end: End::Complete,
                extras: None,
            })
        };
        assert_eq!(ids(r#"{"request_id":"trk-00000001"}"#), ["trk-00000001"]);
        assert_eq!(ids(r#"{"error":{"trace_id":"trk-00000001"}}"#), ["trk-00000001"]);
        assert_eq!(ids(r#"{"meta":{"requestId":"trk-00000001"}}"#), ["trk-00000001"]);
        assert_eq!(ids(r#"{"errors":[{"extensions":{"correlationId":"trk-00000001"}}]}"#), ["trk-00000001"]);
        assert_eq!(ids(r#"{"a":{"b":{"c":{"d":{"request_id":"trk-00000001"}}}}}"#), [""; 0]);
    }

    fn digest(n: u32) -> String {
        Sha256::digest(n.to_be_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn counters_are_guessed_at_any_place() {
        let made: [fn(u32) -> String; 6] = [
            |n| format!("{:08}", 10_000_000 + n),
            |n| format!("ERR-{n:06}-eu1"),
            |n| format!("00000000-0000-4000-8000-{n:012x}"),
            |n| format!("{:016x}", 1_764_000_000_000_000_u64 + u64::from(n) * 731),
            |n| format!("w{}-{:06}", n % 3, n / 3),
            |n| format!("req{:04}abcdef", n * 7),
        ];
        for make in made {
            let ids: Vec<String> = (0..40).map(make).collect();
            assert!(guess(&ids).is_some(), "{:?}", ids.first());
        }
    }

    #[test]
    fn random_ids_are_not_guessed() {
        let made: [fn(u32) -> String; 4] = [
            digest,
            |n| format!("0193a1b2-{:04x}-7000-{}", n, &digest(n)[..16]),
            |n| format!("ERR-{}", &digest(n)[..10]),
            |n| format!("{n:06}-{}", &digest(n)[..12]),
        ];
        for make in made {
            for count in [8, 40, 1000] {
                let ids: Vec<String> = (0..count).map(make).collect();
                assert_eq!(guess(&ids), None, "{:?}", ids.first());
            }
        }
    }

    #[test]
    fn too_few_or_equal_ids_show_nothing() {
        assert_eq!(guess(&[]), None);
        assert_eq!(guess(&(0..7).map(|n| format!("{n:08}")).collect::<Vec<_>>()), None);
        assert_eq!(guess(&vec!["12345678".to_owned(); 20]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_ids_are_read(ids in proptest::collection::vec(".*", 0..20)) {
            let _ = guess(&ids);
        }
    }
}
