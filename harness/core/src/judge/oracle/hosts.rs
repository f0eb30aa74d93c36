//! Which hosts the target calls, and whether its calls have clear ends.

use super::arrives::{delivered, describe};
use super::unowned::{meanwhile, unexplained};
use super::{Outcome, Scene, stands};
use crate::observe::{Arrival, Extent, MARK, STRANGER};
use crate::scenario::{Framing, Hosts};
use crate::vocab::Reason;

/// `hosts`: for this case the target calls only the upstreams that the descriptor declares, whatever caller and
/// upstream say (CWE-918, CWE-441).
///
/// A finding: expected no call to a host that the descriptor does not declare; seen `GET /moved at stranger`, with the
/// caller's credential in the header x-api-key.
pub(super) fn hosts(scene: &Scene<'_>, wanted: Hosts) -> Outcome {
    let Hosts::Declared = wanted;
    let foreign = |arrival: &&Arrival| !scene.plan.target.upstreams.contains_key(&arrival.upstream);
    // One with a credential is the worst of them.
    // A connection alone, or a hello of TLS, is a call as well.
    let strays = || scene.seen.reached().filter(foreign);
    if let Some(stray) = strays().find(|stray| shown(stray).is_some()).or_else(|| strays().next()) {
        let with = shown(stray).map_or_else(String::new, |place| format!(", with the caller's credential in {place}"));
        let expected = "no call to a host that the descriptor does not declare";
        return stands("hosts", expected, format!("{}{with}", describe(stray)));
    }
    // Only the target knows such a host, so a call without a mark is the target's too.
    let mut unmarked = scene.evidence.unowned.iter().filter(|(_, arrival)| arrival.upstream.as_str() == STRANGER);
    if let Some((_, stray)) = unmarked.find(|(at, _)| meanwhile(scene, *at)) {
        let seen = format!("{}, without a mark, while this call was under way", describe(stray));
        return stands("hosts", "no call to a host that the descriptor does not declare", seen);
    }
    match delivered(scene) {
        false => Outcome::Unresolved(Reason::NothingDelivered),
        true if unexplained(scene) => Outcome::Unresolved(Reason::UnattributedArrival),
        true => Outcome::Held,
    }
}

/// The header or place of a credential in a request.
fn shown(arrival: &Arrival) -> Option<String> {
    let holds = |bytes: &[u8]| memchr::memmem::find(bytes, MARK.as_bytes()).is_some();
    let header = arrival.headers.iter().find(|(_, value)| holds(&value.0));
    let header = header.map(|(name, _)| format!("the header {name}"));
    header
        .or_else(|| holds(&arrival.target.0).then(|| "the target".to_owned()))
        .or_else(|| holds(&arrival.body.bytes.0).then(|| "the body".to_owned()))
}

/// `framing`: an arrival states its length in one way, by one length or by chunks (RFC 9112 section 6.3), and none of
/// its values contains what another reader takes for a line end (RFC 9110 section 5.5). A target may also refuse the
/// call.
///
/// A finding: expected a request that states its length once; seen `content-length` and `transfer-encoding`.
pub(super) fn framing(scene: &Scene<'_>, wanted: Framing) -> Outcome {
    let Framing::Single = wanted;
    if let Some(foreign) = scene.seen.reached().find(|arrival| arrival.extent == Extent::Foreign) {
        return stands("framing", "a request that states its length once", describe(foreign));
    }
    for arrival in scene.seen.arrived() {
        if let Some((name, _)) = arrival.headers.iter().find(|(_, value)| value.0.iter().any(|byte| ends_lines(*byte)))
        {
            return stands("framing", "values without CR, LF and NUL", format!("one in `{name}`"));
        }
        let length = arrival.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        if let Some((_, value)) = length.filter(|(_, value)| !value.0.iter().all(u8::is_ascii_digit)) {
            return stands("framing", "a request that states its length once", format!("`{}`", value.lossy()));
        }
        let names = arrival.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let stated: Vec<String> =
            names.filter(|name| ["content-length", "transfer-encoding"].contains(&name.as_str())).collect();
        if stated.len() > 1 {
            let seen = format!("`{}`", stated.join("` and `"));
            return stands("framing", "a request that states its length once", seen);
        }
    }
    Outcome::Held
}

/// Whether some reader takes a byte for the end of a line or of a text.
fn ends_lines(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}
