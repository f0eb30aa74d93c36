//! Properties of tokens.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a property says by a panic that it is broken")]

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::fetch::Keys;
use super::keyset::KeySet;
use super::token::Tokens;
use crate::given::given;
use crate::settings::{KeySource, TokenAlgorithm, TokenSettings};
use crate::weakness::Weaknesses;

/// What a token says, and how it is altered.
#[derive(Debug, Arbitrary)]
struct Given<'a> {
    subject: &'a str,
    issuer: Option<&'a str>,
    audience: Option<&'a str>,
    /// Seconds from now, at least a few minutes.
    expires: i16,
    begins: Option<i16>,
    head: Head<'a>,
    change: Change<'a>,
}

#[derive(Debug, Arbitrary)]
enum Head<'a> {
    Sound,
    Kind(&'a str),
    Algorithm(&'a str),
    Key(&'a str),
    Further(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Change<'a> {
    None,
    /// Another byte at a position.
    Byte(u16, u8),
    /// Another header, claims or signature.
    Part(u8, &'a [u8]),
    Cut(u16),
    Behind(&'a str),
    /// Any text instead.
    Text(&'a str),
}

/// A token is accepted exactly if the issuer signed its header and claims, and they are valid.
pub fn token(data: &[u8]) {
    static WORLD: OnceLock<(Tokens, Ed25519KeyPair)> = OnceLock::new();
    let Some(given) = given::<Given<'_>>(data) else { return };
    let (tokens, pair) = WORLD.get_or_init(world);
    let head = given.head.json();
    let claims = given.claims();
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(&head), URL_SAFE_NO_PAD.encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()).as_ref());
    let issued = format!("{signed}.{signature}");
    let shown = given.change.of(&issued);
    let taken = tokens.check(&shown).now_or_never().expect("nothing is waited for");
    if shown == issued {
        assert_eq!(taken.is_ok(), given.sound(), "{head} {claims}");
    } else if let Ok(principal) = taken {
        // The signed part must be unchanged; only the signature can be encoded in another way.
        assert_eq!(shown.rsplit_once('.').map(|(signed, _)| signed), Some(signed.as_str()), "{principal:?}");
    }
}

fn world() -> (Tokens, Ed25519KeyPair) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed is 32 bytes");
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "a", "use": "sig", "x": x }] });
    let set = KeySet::read(set.to_string().as_bytes()).expect("a set of one key");
    let settings = TokenSettings {
        issuer: "https://issuer.test".to_owned(),
        audience: "gateway".to_owned(),
        algorithms: vec![TokenAlgorithm::EdDsa, TokenAlgorithm::Es256],
        keys: KeySource::Url(String::new()),
        skew_s: 30,
        refresh_s: 60,
    };
    (Tokens::with(&settings, Keys::fixed(set), &Weaknesses::default()), pair)
}

impl Given<'_> {
    /// The claims. Valid and invalid times are a minute farther apart than the allowed clock skew.
    fn claims(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let from = |offset: i16| now.saturating_add_signed(if offset < 0 { -120 } else { 120 } + i64::from(offset));
        let mut claims = json!({ "sub": self.subject, "exp": from(self.expires) });
        claims["iss"] = json!(self.issuer.unwrap_or("https://issuer.test"));
        claims["aud"] = json!(self.audience.unwrap_or("gateway"));
        if let Some(begins) = self.begins {
            claims["nbf"] = json!(from(begins));
        }
        claims.to_string()
    }

    fn sound(&self) -> bool {
        let name = (1..=128).contains(&self.subject.len()) && self.subject.bytes().all(|b| b.is_ascii_graphic());
        name && self.issuer.is_none_or(|issuer| issuer == "https://issuer.test")
            && self.audience.is_none_or(|audience| audience == "gateway")
            && self.expires >= 0
            && self.begins.is_none_or(|begins| begins < 0)
            && self.head.sound()
    }
}

impl Head<'_> {
    fn json(&self) -> String {
        let mut head = json!({ "alg": "EdDSA", "kid": "a", "typ": "at+jwt" });
        match self {
            Self::Sound => {}
            Self::Kind(kind) => head["typ"] = json!(kind),
            Self::Algorithm(name) => head["alg"] = json!(name),
            Self::Key(name) => head["kid"] = json!(name),
            Self::Further(name) => head[name] = json!([]),
        }
        head.to_string()
    }

    fn sound(&self) -> bool {
        match self {
            Self::Sound => true,
            Self::Kind(kind) => {
                ["at+jwt", "application/at+jwt", "jwt"].iter().any(|one| kind.eq_ignore_ascii_case(one))
            }
            Self::Algorithm(name) => *name == "EdDSA",
            Self::Key(name) => *name == "a",
            // A list is not a valid name, type or algorithm. The other members are forbidden or critical.
            Self::Further(name) => {
                !["alg", "kid", "typ", "jku", "x5u", "jwk", "x5c", "crit", "zip", "b64"].contains(name)
                    && !LIBRARY.contains(name)
            }
        }
    }
}

/// Members that the library reads too, as texts or numbers.
const LIBRARY: [&str; 10] = ["cty", "jwk", "x5t", "x5t#S256", "enc", "url", "nonce", "ppt", "svt", "x5c"];

impl Change<'_> {
    fn of(&self, token: &str) -> String {
        match self {
            Self::None => token.to_owned(),
            Self::Byte(at, byte) => {
                let mut bytes = token.as_bytes().to_vec();
                let at = usize::from(*at) % bytes.len();
                bytes.splice(at..=at, [byte % 128]);
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Self::Part(which, bytes) => {
                let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
                let at = usize::from(*which) % parts.len();
                parts.splice(at..=at, [URL_SAFE_NO_PAD.encode(bytes)]);
                parts.join(".")
            }
            Self::Cut(at) => token.get(..usize::from(*at) % token.len()).unwrap_or_default().to_owned(),
            Self::Behind(text) => format!("{token}{text}"),
            Self::Text(text) => (*text).to_owned(),
        }
    }
}
