//! Heads of answers, and what they say about the body.

use std::mem::MaybeUninit;

use httparse::{ParserConfig, Status};
use pincer_core::observe::{Failure, Header};
use pincer_core::vocab::Octets;

use super::Manner;
use super::framing::Framing;

/// Most header lines of a head, and of trailers.
pub(super) const LINES: usize = 256;

/// A head.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: Option<Octets>,
    pub(super) headers: Vec<Header>,
    /// The last digit of the version.
    pub(super) version: u8,
}

impl Head {
    /// The head and its length, if it is complete.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(usize, Self)>, Failure> {
        let mut slots = [const { MaybeUninit::uninit() }; LINES];
        let mut response = httparse::Response::new(&mut []);
        match ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut slots) {
            Err(_) => Err(Failure::Malformed),
            Ok(Status::Partial) => Ok(None),
            Ok(Status::Complete(length)) => {
                let status = response.code.unwrap_or_default();
                let reason = response.reason.filter(|reason| !reason.is_empty() && Some(*reason) != canonical(status));
                let (reason, headers) = (reason.map(Octets::from), owned(response.headers));
                Ok(Some((length, Self { status, reason, headers, version: response.version.unwrap_or_default() })))
            }
        }
    }

    /// The values of this header, in lower case.
    pub(super) fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = String> {
        let named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let values: Vec<String> = named.map(|(_, value)| value.lossy().to_ascii_lowercase()).collect();
        values.into_iter()
    }

    /// How its body is framed (RFC 9112 section 6.3).
    pub(super) fn framing(&self, manner: Manner<'_>) -> Result<Framing, Failure> {
        if manner.method == "HEAD" || matches!(self.status, 101 | 204 | 304) {
            return Ok(Framing::Length(0));
        }
        if let Some(last) = self.values("transfer-encoding").next_back() {
            let chunked = last.rsplit(',').next().is_some_and(|coding| coding.trim() == "chunked");
            return Ok(if chunked { Framing::Size } else { Framing::Close });
        }
        let mut lengths = self.values("content-length").map(|text| text.trim().parse::<u64>().ok());
        let Some(length) = lengths.next() else { return Ok(Framing::Close) };
        if manner.strict && (length.is_none() || lengths.any(|other| other != length)) {
            return Err(Failure::Malformed);
        }
        Ok(length.map_or(Framing::Close, Framing::Length))
    }
}

/// Headers in the form of a trace.
pub(super) fn owned(headers: &[httparse::Header<'_>]) -> Vec<Header> {
    headers.iter().map(|header| (header.name.to_owned(), Octets(header.value.to_vec()))).collect()
}

/// The reason phrase that the standard gives to a status.
fn canonical(status: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(status).ok()?.canonical_reason()
}
