//! The bytes of hellos, compared with hand-written bytes and with what rustls reads.

use rustls::pki_types::DnsName;
use rustls::server::Acceptor;

use super::super::error::TooLong;
use super::*;

fn name() -> DnsName<'static> {
    DnsName::try_from("gateway.test".to_owned()).unwrap()
}

/// A hello with only its mandatory parts.
fn bare(version: Version) -> Hello {
    Hello {
        versions: vec![version],
        suites: vec![Suite(0x0005)],
        compression: vec![Compression::NULL],
        fallback_scsv: false,
        renegotiation: Renegotiation::Unmentioned,
        server_name: None,
        groups: Vec::new(),
        signatures: Vec::new(),
        extended_master_secret: false,
    }
}

#[test]
fn minimal_hello_byte_by_byte() {
    let expected = [&[22, 3, 0, 0, 45, 1, 0, 0, 41, 3, 0][..], &[7; 32], &[0, 0, 2, 0, 5, 1, 0]].concat();
    assert_eq!(bare(Version::SSL30).record(&RANDOMS).unwrap(), expected);
}

#[test]
fn every_part_byte_by_byte() {
    let hello = Hello {
        compression: vec![Compression::DEFLATE, Compression::NULL],
        fallback_scsv: true,
        renegotiation: Renegotiation::Extension,
        server_name: Some(DnsName::try_from("a.b".to_owned()).unwrap()),
        groups: vec![Group::X25519],
        signatures: vec![0x0403],
        extended_master_secret: true,
        versions: vec![Version::TLS13, Version::TLS11],
        ..bare(Version::TLS11)
    };
    let extensions = [
        &[0, 0, 0, 8, 0, 6, 0, 0, 3, b'a', b'.', b'b'][..],
        &[0, 10, 0, 4, 0, 2, 0, 29],
        &[0, 11, 0, 2, 1, 0],
        &[0, 13, 0, 4, 0, 2, 4, 3],
        &[0, 23, 0, 0],
        &[0xff, 1, 0, 1, 0],
        &[0, 43, 0, 5, 4, 3, 4, 3, 2],
        &[0, 51, 0, 38, 0, 36, 0, 29, 0, 32],
        &[9; 32],
    ]
    .concat();
    let parts = [&[3, 2][..], &[7; 32], &[0, 0, 4, 0, 5, 0x56, 0, 2, 1, 0, 0, 94], &extensions].concat();
    let expected = [&[22, 3, 1, 0, 144, 1, 0, 0, 140][..], &parts].concat();
    assert_eq!((extensions.len(), parts.len()), (94, 140));
    assert_eq!(hello.record(&RANDOMS).unwrap(), expected);
}

#[test]
fn legacy_version_is_the_newest_before_tls_13() {
    for version in Version::ALL {
        let record = Hello::offering(version, Some(name())).record(&RANDOMS).unwrap();
        let expected = version.min(Version::TLS12).0.to_be_bytes();
        assert_eq!(record.get(9..11).unwrap(), expected);
        let outer = version.min(Version::TLS10).0.to_be_bytes();
        assert_eq!(record.get(1..3).unwrap(), outer);
    }
}

#[test]
fn finite_fields_are_offered_only_to_tls_13() {
    for version in [Version::TLS10, Version::TLS11, Version::TLS12, Version::TLS13] {
        let groups = Hello::offering(version, None).groups;
        assert_eq!(Group::FIELDS.iter().all(|field| groups.contains(field)), version == Version::TLS13);
        assert!(Group::CURVES.iter().all(|curve| groups.contains(curve)));
    }
}

#[test]
fn ssl_3_gets_the_signalling_suite_instead_of_extensions() {
    let hello = Hello::offering(Version::SSL30, Some(name()));
    let record = hello.record(&RANDOMS).unwrap();
    let suites = 2 * (hello.suites.len() + 1);
    // Everything up to the suites, the suites, one compression method, and the end.
    assert_eq!(record.len(), 46 + suites + 2);
    assert_eq!(record.get(record.len() - 4..).unwrap(), [0x00, 0xff, 1, 0]);
}

#[test]
fn rustls_reads_what_was_offered() {
    for version in [Version::TLS12, Version::TLS13] {
        let offer = Hello::offering(version, Some(name()));
        let mut acceptor = Acceptor::default();
        acceptor.read_tls(&mut &offer.record(&RANDOMS).unwrap()[..]).unwrap();
        let accepted = acceptor.accept().unwrap_or_else(|(fault, _)| panic!("{fault}")).unwrap();
        let hello = accepted.client_hello();
        assert_eq!(hello.server_name(), Some("gateway.test"));
        let suites: Vec<u16> = hello.cipher_suites().iter().map(|suite| u16::from(*suite)).collect();
        assert_eq!(suites, offer.suites.iter().map(|suite| suite.0).collect::<Vec<_>>());
        let groups: Vec<u16> = hello.named_groups().unwrap().iter().map(|group| u16::from(*group)).collect();
        assert_eq!(groups, offer.groups.iter().map(|group| group.0).collect::<Vec<_>>());
        let signatures: Vec<u16> = hello.signature_schemes().iter().map(|scheme| u16::from(*scheme)).collect();
        assert_eq!(signatures, offer.signatures);
    }
}

#[test]
fn lists_that_do_not_fit_are_refused() {
    let with = |suites: usize| Hello { suites: vec![Suite(5); suites], ..bare(Version::TLS12) };
    // 2 bytes each, after 43 others: the most that a record of 16,384 bytes contains.
    assert_eq!(with(8170).record(&RANDOMS).unwrap().len(), 5 + 4 + 39 + 2 * 8170);
    assert_eq!(with(8171).record(&RANDOMS), Err(TooLong("parts")));
    assert_eq!(with(40_000).record(&RANDOMS), Err(TooLong("suites")));
    let compression = Hello { compression: vec![Compression::NULL; 256], ..bare(Version::TLS12) };
    assert_eq!(compression.record(&RANDOMS), Err(TooLong("compression methods")));
}
