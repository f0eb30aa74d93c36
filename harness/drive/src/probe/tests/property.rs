//! Properties for all bytes and all divisions into pieces.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// Cuts bytes at these places.
fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn choice() -> impl Strategy<Value = Choice> {
    let version = prop_oneof![0x0300..=0x0305_u16, any::<u16>()];
    let extension = (prop_oneof![Just(43_u16), Just(0xff01), any::<u16>()], vec(any::<u8>(), 0..4));
    (version, any::<[u8; 32]>(), any::<u16>(), any::<u8>(), vec(extension, 0..4)).prop_map(
        |(version, random, suite, compression, extensions)| Choice { version, random, suite, compression, extensions },
    )
}

/// Valid and invalid records of servers.
fn records() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![
        3 => choice().prop_map(|choice| record(22, &choice.message())),
        3 => choice().prop_map(|choice| record(22, &choice.flight())),
        2 => (1..=2_u8, any::<u8>()).prop_map(|(level, description)| record(21, &[level, description])),
        2 => (0..16_u8, vec(any::<u8>(), 0..40)).prop_map(|(kind, body)| record(22, &message(kind, &body))),
        1 => (any::<u8>(), vec(any::<u8>(), 0..40)).prop_map(|(kind, fragment)| record(kind, &fragment)),
        1 => vec(any::<u8>(), 0..40),
    ];
    vec(one, 0..6).prop_map(|records| records.concat())
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Closed), Just(End::Reset), Just(End::Silent)]
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, end in end()) {
        reading([&bytes[..]], end);
    }

    #[test]
    fn pieces_make_no_difference(bytes in records(), places: Vec<Index>, end in end()) {
        prop_assert_eq!(reading(cut(&bytes, &places), end), reading([&bytes[..]], end));
        prop_assert_eq!(reading(bytes.chunks(1), end), reading([&bytes[..]], end));
    }

    #[test]
    fn records_make_no_difference(choice in choice(), places: Vec<Index>, end in end()) {
        let flight = choice.flight();
        let whole = record(22, &flight);
        let parts = cut(&flight, &places);
        let split: Vec<u8> = parts.iter().filter(|part| !part.is_empty()).flat_map(|part| record(22, part)).collect();
        prop_assert_eq!(reading([&split[..]], end), reading([&whole[..]], end));
    }

    #[test]
    fn choice_reads_back_as_written(choice in choice(), end in end()) {
        let answer = reading([&record(22, &choice.flight())[..]], end);
        if let Some(hello) = answer.hello() {
            prop_assert_eq!((hello.suite.0, hello.compression.0), (choice.suite, choice.compression));
            let told = choice.version == hello.version.0
                || choice.extensions.contains(&(43, hello.version.0.to_be_bytes().to_vec()));
            prop_assert!(told, "{:?}", hello);
        }
    }

    #[test]
    fn answer_in_a_trace_reads_back_equal(bytes in records(), end in end()) {
        let answer = reading([&bytes[..]], end);
        let text = serde_json::to_string(&answer)?;
        prop_assert_eq!(serde_json::from_str::<Answer>(&text)?, answer);
    }

    #[test]
    fn numbers_in_a_trace_read_back_equal(version: u16, suite: u16, group: u16, method: u8, level: u8, what: u8) {
        type All = (Version, Suite, Group, Compression, AlertLevel, AlertDescription);
        let all: All = (
            Version(version), Suite(suite), Group(group),
            Compression(method), AlertLevel(level), AlertDescription(what),
        );
        let text = serde_json::to_string(&all)?;
        prop_assert_eq!(serde_json::from_str::<All>(&text)?, all);
    }
}
