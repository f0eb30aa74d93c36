//! Properties of the audit log.

use arbitrary::Arbitrary;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::audit::{Record, line, path};
use crate::given::given;
use crate::mask::{mask, mask_path};

/// Texts of a request that its record repeats.
#[derive(Debug, Arbitrary)]
struct Told<'a> {
    subject: &'a str,
    tenant: &'a str,
    method: &'a str,
    path: &'a str,
    status: u16,
    duration_us: u64,
}

/// A record is one line without characters that end or colour it, and reads back unchanged; its path is bounded.
pub fn audit_record(data: &[u8]) {
    let Some(told) = given::<Told<'_>>(data) else { return };
    let shown = path(told.path);
    let record = Record {
        ts: "2026-11-25T00:00:00Z".to_owned(),
        tracking_id: "t",
        trace_id: "t",
        request_id: "r".into(),
        peer: "127.0.0.1".to_owned(),
        subject: told.subject.into(),
        tenant: told.tenant.into(),
        operation: "-",
        upstream: "-",
        method: told.method.into(),
        path: shown.as_str().into(),
        status: told.status,
        outcome: "allowed",
        reason: "-",
        credential: None,
        duration_us: told.duration_us,
    };
    let line = line(&record).expect("a record can be written");
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    assert!(!line.chars().any(ends), "a record is no one line: {line:?}");
    let read: Value = serde_json::from_str(&line).expect("a record reads back");
    for (name, text) in
        [("subject", told.subject), ("tenant", told.tenant), ("method", told.method), ("path", shown.as_str())]
    {
        assert_eq!(read[name].as_str(), Some(text), "`{name}` reads back as another");
    }
    assert_eq!((read["status"].as_u64(), read["event"].as_str()), (Some(told.status.into()), Some("request")));
    assert_eq!(read["duration_us"].as_u64(), Some(told.duration_us));
    assert!(shown.chars().count() <= 256 && told.path.starts_with(&shown), "a path is not cut at its end");
}

/// A caller's credential, and the text around it.
#[derive(Debug, Arbitrary)]
struct Shown<'a> {
    credential: &'a [u8],
    before: &'a str,
    after: &'a str,
    /// Which of its bytes are percent-encoded in the path.
    encoded: u64,
    card: Option<[u8; 15]>,
}

/// No masked text contains the caller's credential, not even percent-encoded in a path, or a card number. Masking again
/// changes nothing.
pub fn log_mask(data: &[u8]) {
    let Some(shown) = given::<Shown<'_>>(data) else { return };
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |byte: &u8| alphabet.get(usize::from(byte % 64)).map(|b| char::from(*b));
    let own: String = shown.credential.iter().take(48).filter_map(letter).collect();
    // Shorter ones are not masked, and the mask itself contains this one.
    if own.len() < 8 {
        return;
    }
    let credentials = [own.clone()];
    let text = format!("{}{own}{}", shown.before, shown.after);
    let masked = mask(&text, &credentials).into_owned();
    assert!(!masked.contains(&own), "a credential stays: {masked:?}");
    assert_eq!(mask(&masked, &credentials), masked, "masking again changes more");
    let escaped = |(at, byte): (usize, u8)| {
        if shown.encoded >> (at % 64) & 1 == 1 { format!("%{byte:02x}") } else { char::from(byte).to_string() }
    };
    let segment: String = own.bytes().enumerate().map(escaped).collect();
    let path = format!("/a/{segment}/b");
    let masked = mask_path(&path, &credentials);
    let clear = percent_decode_str(&masked).decode_utf8_lossy();
    assert!(!clear.contains(&own), "a credential stays in a path: {masked}");
    if let Some(digits) = shown.card {
        let card = card(digits);
        let masked = mask(&card, &[]);
        assert!(!masked.contains(&card), "a card number stays: {card}");
        let grouped = card.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
        assert!(!mask(&grouped, &[]).contains(&grouped), "a card number in groups stays: {grouped}");
    }
}

/// A number of 16 digits with its check digit (ISO/IEC 7812-1 annex B).
fn card(digits: [u8; 15]) -> String {
    let digits = digits.map(|digit| u32::from(digit % 10));
    let doubled = |(at, digit): (usize, &u32)| if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit };
    let sum: u32 = digits.iter().enumerate().map(doubled).sum();
    digits.iter().chain([&((10 - sum % 10) % 10)]).map(ToString::to_string).collect()
}
