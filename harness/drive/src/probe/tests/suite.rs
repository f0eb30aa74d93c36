//! The numbers of suites, compared with those of rustls.

use super::*;

/// Names with the numbers that rustls gives them.
macro_rules! by_rustls {
    ($($name:ident)*) => { [$((u16::from(rustls::CipherSuite::$name), stringify!($name))),*] };
}

#[test]
fn numbers_match_rustls() {
    let known = by_rustls! {
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8
        TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 TLS_DHE_RSA_WITH_AES_128_CBC_SHA256
        TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA
        TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_GCM_SHA384 TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384
        TLS_RSA_WITH_3DES_EDE_CBC_SHA TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA
        TLS_RSA_WITH_DES_CBC_SHA TLS_RSA_WITH_IDEA_CBC_SHA
        TLS_RSA_WITH_RC4_128_MD5 TLS_ECDHE_RSA_WITH_RC4_128_SHA
        TLS_RSA_EXPORT_WITH_RC4_40_MD5 TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA
        TLS_RSA_WITH_NULL_SHA256 TLS_ECDHE_RSA_WITH_NULL_SHA
        TLS_DH_anon_WITH_AES_256_GCM_SHA384 TLS_ECDH_anon_WITH_AES_128_CBC_SHA
    };
    for (number, name) in known {
        assert_eq!(name.parse::<Suite>(), Ok(Suite(number)));
    }
}
