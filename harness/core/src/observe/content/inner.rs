//! Decodes texts inside a text: percent-encoded parameters, and base64 runs.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;

use super::inflated;

/// Shorter base64 runs contain at most an id.
const SHORTEST: usize = 40;
/// Least number of escapes in a run that is decoded.
const ESCAPES: usize = 3;
/// Most texts from one text.
const MOST: usize = 64;
/// Most bytes searched, and most bytes of one decompressed run: 1 MiB.
const MOST_BYTES: usize = 1 << 20;

/// Base64 in both alphabets, with padding or without, whatever its last bits are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The texts in bytes that are percent-encoded, in base64, or compressed in base64, each with its place. Results that
/// are not text are left out.
pub fn inner(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
    let mut all: Vec<(usize, Vec<u8>)> = Vec::new();
    if memchr::memchr(b'%', bytes).is_some() {
        let coded = runs(bytes, |byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>'));
        let coded = coded.filter(|(_, run)| memchr::memchr_iter(b'%', run).count() >= ESCAPES);
        all.extend(coded.map(|(at, run)| (at, percent_decode(run).collect())).take(MOST));
    }
    let plain: Vec<(usize, Vec<u8>)> = all.clone();
    let texts = std::iter::once((0, bytes)).chain(plain.iter().map(|(at, text)| (*at, text.as_slice())));
    for (start, text) in texts {
        let coded = runs(text, is_sign).filter(|(_, run)| run.len() >= SHORTEST).filter_map(|(at, run)| {
            let text = decoded(run)?;
            Some((start + at, inflated(&text, MOST_BYTES).unwrap_or(text)))
        });
        all.extend(coded.take(MOST));
    }
    all.retain(|(_, text)| std::str::from_utf8(text).is_ok());
    all
}

/// A run decoded from base64; a single remaining character is not a whole byte.
fn decoded(run: &[u8]) -> Option<Vec<u8>> {
    let run = if run.len() % 4 == 1 { run.get(..run.len() - 1)? } else { run };
    let standard = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => *byte,
    };
    BASE64.decode(run.iter().map(standard).collect::<Vec<u8>>()).ok()
}

fn is_sign(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The runs of bytes for which `is` holds, each with its place.
fn runs(bytes: &[u8], is: fn(u8) -> bool) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.chunk_by(move |one, other| is(*one) == is(*other)).filter_map(move |run| {
        let place = at;
        at += run.len();
        run.first().is_some_and(|byte| is(*byte)).then_some((place, run))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "Traceback (most recent call last): File \"/srv/app.py\", line 7, in find";

    fn said(text: &str) -> Vec<(usize, String)> {
        inner(text.as_bytes()).into_iter().map(|(at, text)| (at, String::from_utf8(text).unwrap())).collect()
    }

    #[test]
    fn text_in_parameters_and_base64_is_read() {
        let percent: String = TRACE.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(said(&format!("location: /error?d={percent}\n")), [(10, format!("/error?d={TRACE}"))]);
        let base64 = BASE64.encode(TRACE);
        assert_eq!(said(&format!("{{\"debug\":\"{base64}\"}}")), [(10, TRACE.to_owned())]);
        let url = base64.trim_end_matches('=').replace('+', "-").replace('/', "_");
        assert_eq!(said(&format!("set-cookie: flash={url}; Path=/")), [(18, TRACE.to_owned())]);
    }

    #[test]
    fn compressed_text_in_base64_is_read() {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut coder, TRACE.as_bytes()).unwrap();
        let base64 = BASE64.encode(coder.finish().unwrap());
        assert_eq!(said(&format!("[\"{base64}\"]")), [(2, TRACE.to_owned())]);
    }

    #[test]
    fn ids_and_digests_give_nothing() {
        assert_eq!(said("00-c1f7618085943c639a332be81249d588-e1ef922385ea1bef-01"), []);
        assert_eq!(said("a94a8fe5ccb19ba61c4c0873d391e987982fbbd3a94a8fe5ccb19ba61c4c0873"), []);
        assert_eq!(said("/accounts/1001?q=50%25"), []);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_within_bounds(bytes: Vec<u8>) {
            proptest::prop_assert!(inner(&bytes).len() <= MOST * (MOST + 2));
        }
    }
}
