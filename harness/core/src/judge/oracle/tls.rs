//! How the target speaks TLS.

use super::{Outcome, Scene, broken, delivered, stands};
use crate::observe::Failure;
use crate::observe::tls::{Class, Standing, Suite, Survey, Version};
use crate::scenario::Tls;
use crate::vocab::Reason;

/// `tls`: a server counts as refusing an offer only if it speaks TLS and its refusal was received: an alert, the end of
/// the connection, or another choice.
///
/// A finding: expected no version before TLS 1.2; seen TLS 1.0 accepted.
pub(super) fn tls(scene: &Scene<'_>, rule: Tls) -> Outcome {
    let asked: fn(&Survey) -> Outcome = match rule {
        Tls::Plain => return plain(scene),
        Tls::Versions => versions,
        Tls::Newest => newest,
        Tls::Suites => suites,
        Tls::Compression => compression,
        Tls::Fallback => fallback,
        Tls::Renegotiation => renegotiation,
    };
    scene.seen.survey.as_ref().map_or(Outcome::Unresolved(Reason::NoAnswer), asked)
}

/// `versions`: SSL 3.0, TLS 1.0 and TLS 1.1 are refused (RFC 8996, RFC 9325 section 3.1.1).
fn versions(survey: &Survey) -> Outcome {
    let old: Vec<Version> = Version::ALL.into_iter().filter(|version| *version < Version::TLS12).collect();
    let standings: Vec<Standing> = old.iter().map(|version| survey.speaks(*version)).collect();
    let taken = old.iter().zip(&standings).filter(|(_, standing)| **standing == Standing::Accepted);
    let taken: Vec<String> = taken.map(|(version, _)| version.to_string()).collect();
    refused(survey, &standings, "no version before TLS 1.2", &taken)
}

/// `newest`: TLS 1.3 is accepted (RFC 9325 section 3.1.1).
fn newest(survey: &Survey) -> Outcome {
    match (survey.speaks(Version::TLS13), survey.speaks(Version::TLS12)) {
        (Standing::Accepted, _) => Outcome::Held,
        (Standing::Refused, Standing::Accepted) => broken("tls", "TLS 1.3", "TLS 1.2 at most"),
        _ => Outcome::Unresolved(Reason::NoAnswer),
    }
}

/// `suites`: under TLS 1.2 every class of suites except the best is refused (RFC 9325 sections 4.1 and 4.2).
fn suites(survey: &Survey) -> Outcome {
    let weak: Vec<_> = survey.classes.iter().filter(|probe| probe.class != Class::Aead).collect();
    if weak.is_empty() {
        return Outcome::Unresolved(Reason::NoAnswer);
    }
    let taken: Vec<String> = weak.iter().flat_map(|probe| &probe.accepted).map(Suite::to_string).collect();
    let standings: Vec<Standing> = weak.iter().map(|probe| probe.standing()).collect();
    refused(survey, &standings, "no suite without forward secrecy and authenticated encryption", &taken)
}

/// `compression`: offered compression and none, the server chooses none (RFC 9325 section 3.3).
fn compression(survey: &Survey) -> Outcome {
    let chosen = survey.compression.as_ref().and_then(|probe| probe.answer.hello());
    let method = chosen.map(|hello| format!("compression by {}", hello.compression));
    refused(survey, &[survey.compresses()], "no compression", method.as_slice())
}

/// `fallback`: TLS 1.1 is refused to a client that signals a fallback (RFC 7507 section 3).
fn fallback(survey: &Survey) -> Outcome {
    let taken = "TLS 1.1 with TLS_FALLBACK_SCSV".to_owned();
    refused(survey, &[survey.falls_back()], "no fallback to an old version", &[taken])
}

/// `renegotiation`: a server of TLS 1.2 confirms `renegotiation_info` (RFC 9325 section 3.5, RFC 5746 section 3.6). TLS
/// 1.3 has no renegotiation.
fn renegotiation(survey: &Survey) -> Outcome {
    let expected = "secure renegotiation confirmed";
    match survey.secures_renegotiation() {
        Some(true) => Outcome::Held,
        Some(false) => broken("tls", expected, "a ServerHello without renegotiation_info"),
        None if survey.speaks(Version::TLS12) == Standing::Refused && modern(survey) => Outcome::Held,
        None => Outcome::Unresolved(Reason::NoAnswer),
    }
}

/// `plain`: plain HTTP on the TLS port is closed or answered 4xx. It is not redirected, which would hide from the
/// sender that a credential went in clear text, and not served (ASVS 4.1.2).
///
/// A finding: expected a closed connection or 4xx; seen 301.
fn plain(scene: &Scene<'_>) -> Outcome {
    let expected = "a closed connection or 4xx";
    if scene.seen.arrived().next().is_some() {
        return stands("tls", expected, "the call at the upstream");
    }
    match (scene.seen.answer().map(|answer| answer.status), scene.seen.failure()) {
        (Some(429), _) => Outcome::Unresolved(Reason::Throttled),
        (Some(400..500), _) => Outcome::Held,
        (Some(status @ 200..400), _) => broken("tls", expected, status.to_string()),
        (None, Some(Failure::Closed | Failure::Malformed)) if delivered(scene) => Outcome::Held,
        _ => Outcome::Unresolved(Reason::NoAnswer),
    }
}

/// Offers that must all be refused; those of `taken` were accepted.
fn refused(survey: &Survey, standings: &[Standing], expected: &str, taken: &[String]) -> Outcome {
    if standings.contains(&Standing::Accepted) {
        let shown = taken.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = taken.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        stands("tls", expected, format!("{shown}{more} accepted"))
    } else if standings.contains(&Standing::Undecided) {
        Outcome::Unresolved(Reason::NoAnswer)
    } else if modern(survey) {
        Outcome::Held
    } else {
        // A server that accepts no hello refuses nothing in particular.
        Outcome::Unresolved(Reason::NothingDelivered)
    }
}

/// Whether the target accepted an ordinary hello.
fn modern(survey: &Survey) -> bool {
    [Version::TLS12, Version::TLS13].into_iter().any(|version| survey.speaks(version) == Standing::Accepted)
}

/// Most versions or suites that a finding names; a weak server accepts a hundred.
const SHOWN: usize = 6;
