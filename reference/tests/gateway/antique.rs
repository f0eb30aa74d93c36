//! The answers of an old server, which the gateway gives with a weakness.

use rustls::version::{TLS12, TLS13};
use tokio::io::AsyncWriteExt as _;

use crate::rig::{answers, get, to_end};
use crate::tls::secured_with;

/// A hello for a version before TLS 1.3, with these suites and compression methods.
fn hello(version: u16, suites: &[u16], compression: &[u8]) -> Vec<u8> {
    let suites: Vec<u8> = suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let two = |length: usize| u16::try_from(length).unwrap().to_be_bytes();
    let mut body = [&version.to_be_bytes()[..], &[7; 32], &[0], &two(suites.len()), &suites].concat();
    body.push(u8::try_from(compression.len()).unwrap());
    body.extend(compression);
    let message = [&[1, 0][..], &two(body.len()), &body].concat();
    [&[22, 3, 1][..], &two(message.len()), &message].concat()
}

/// The version, suite and compression method that the server chose; none if it refused.
fn choice(answer: &[u8]) -> Option<(u16, u16, u8)> {
    let two = |at: usize| u16::from_be_bytes([answer[at], answer[at + 1]]);
    // Record header, message header, version, random, an empty session.
    (answer[0] == 22).then(|| (two(9), two(44), answer[46]))
}

#[tokio::test]
async fn each_tls_weakness_is_separate() {
    let old = hello(0x0301, &[0x002f], &[0]);
    let fallback = hello(0x0302, &[0x002f, 0x5600], &[0]);
    let weak = hello(0x0303, &[0x002f], &[0]);
    let compressed = hello(0x0303, &[0x002f, 0xc02b], &[1, 0]);
    let taken = [
        ("tls-old-versions", &old, Some((0x0301, 0x002f, 0))),
        ("tls-fallback", &fallback, Some((0x0302, 0x002f, 0))),
        ("tls-weak-suites", &weak, Some((0x0303, 0x002f, 0))),
        ("tls-compression", &compressed, Some((0x0303, 0x002f, 1))),
    ];
    for (name, ..) in &taken {
        let weakness = Some(name.parse().unwrap());
        let secured = secured_with(Some("127.0.0.1:0".parse().unwrap()), weakness).await;
        for (other, bytes, chosen) in &taken {
            let expected = chosen.filter(|_| other == name);
            assert_eq!(choice(&secured.told(bytes).await), expected, "{other} under {name}");
        }
        let mut stream = secured.connect(&TLS12, &["http/1.1"]).await;
        stream.write_all(get("/accounts/1").as_bytes()).await.unwrap();
        assert_eq!(answers(&to_end(&mut stream).await)[0].status, 200, "{name}");
    }
}

#[tokio::test]
async fn plain_text_is_redirected_or_served_only_with_a_weakness() {
    for (name, status, arrivals) in [("tls-plain-redirect", 301, 0), ("tls-plain-served", 200, 1)] {
        let secured = secured_with(None, Some(name.parse().unwrap())).await;
        let answer = secured.told(get("/accounts/1").as_bytes()).await;
        assert_eq!(answers(&answer)[0].status, status, "{name}");
        assert_eq!(secured.rig.upstream.arrivals().len(), arrivals, "{name}");
        secured.connect(&TLS13, &["http/1.1"]).await;
    }
}
