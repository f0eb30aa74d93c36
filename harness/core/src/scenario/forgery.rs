//! Tokens that no target may accept: each is a valid token with one change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One change to a valid token (RFC 8725, OWASP ASVS 9.1 and 9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// `alg: none`, without a signature.
    AlgNone,
    /// `alg: NoNe`, for targets that compare with case.
    AlgNoneCase,
    /// `alg: ""`.
    AlgEmpty,
    /// `alg: HS256` with the public key as the secret.
    KeyConfusion,
    /// Signed by another key, with the right `kid`.
    OtherKey,
    /// One bit of the signature is changed.
    FlippedSignature,
    /// Without a signature, but with the dot before it.
    StrippedSignature,
    /// Another subject with the old signature.
    ChangedClaims,
    /// An unknown `kid`, signed by another key.
    UnknownKid,
    /// A `kid` that names an empty file, signed with the empty secret.
    KidPath,
    /// A `kid` with SQL in it, signed by another key.
    KidSql,
    /// `jku` points at a key set of the attacker.
    Jku,
    /// `x5u` points at a certificate of the attacker.
    X5u,
    /// The attacker's key is in the header.
    Jwk,
    /// `crit` names an unknown extension.
    Crit,
    /// `exp` is an hour ago.
    Expired,
    /// `exp` is missing.
    NoExpiry,
    /// `nbf` is an hour ahead.
    NotYetValid,
    /// `iss` is another issuer.
    WrongIssuer,
    /// `iss` is missing.
    NoIssuer,
    /// `aud` is another API.
    WrongAudience,
    /// `aud` is missing.
    NoAudience,
    /// `aud` begins with the right one.
    AudiencePrefix,
    /// An ID token: `typ: id+jwt`, `nonce` and the client as its audience.
    IdToken,
    /// The header names `alg` twice.
    DuplicateAlg,
    /// `exp` is a text, far in the future.
    ExpiryText,
    /// `exp` is 0.
    ExpiryZero,
    /// `iss` is a list that contains the right one.
    IssuerList,
    /// `iss` is the right one with a trailing slash.
    IssuerSlash,
    /// `aud` is a list of other APIs.
    AudienceList,
    /// `sub` is missing.
    NoSubject,
    /// `alg: HS256` with the secret `secret`, as in tutorials.
    HmacSecret,
    /// `alg: HS256` with `your-256-bit-secret`, the default of a well-known debugger.
    HmacSample,
    /// `alg: HS256` with `changeme`.
    HmacDefault,
}

/// The key that signs a token, or what replaces the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The issuer.
    Issuer,
    /// A key of the attacker.
    Attacker,
    /// HMAC-SHA-256 with the issuer's public key.
    PublicKey,
    /// HMAC-SHA-256 with the empty key.
    EmptyKey,
    /// HMAC-SHA-256 with a publicly known secret.
    WellKnown(&'static str),
    /// The issuer, with one bit of the signature changed afterwards.
    IssuerFlipped,
    /// The issuer, over the valid token's header and claims.
    IssuerElsewhere,
    /// Nobody.
    Nobody,
}

/// A token before it is signed: header and claims as JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    /// Header.
    pub header: String,
    /// Claims.
    pub claims: String,
    /// Who signs.
    pub signer: Signer,
}

/// An hour, in seconds: beyond any clock skew in use.
const HOUR: i64 = 3600;

impl Unsigned {
    /// The valid token of these parts.
    pub fn sound(header: &Map<String, Value>, claims: &Map<String, Value>) -> Self {
        Self { header: json!(header).to_string(), claims: json!(claims).to_string(), signer: Signer::Issuer }
    }
}

impl Forgery {
    /// The forged token. `now` is in seconds since 1970; `lure` is an address of the attacker, `jwk` its public key.
    pub fn forge(
        self,
        header: &Map<String, Value>,
        claims: &Map<String, Value>,
        now: i64,
        (lure, jwk): (&str, &Value),
    ) -> Unsigned {
        let (mut header, mut claims) = (header.clone(), claims.clone());
        let mut signer = Signer::Issuer;
        let mut set = |key: &str, value: Value, by: Signer| {
            header.insert(key.to_owned(), value);
            signer = by;
        };
        let mut claim = |key: &str, value: Value| drop(claims.insert(key.to_owned(), value));
        match self {
            Self::AlgNone => set("alg", json!("none"), Signer::Nobody),
            Self::AlgNoneCase => set("alg", json!("NoNe"), Signer::Nobody),
            Self::AlgEmpty => set("alg", json!(""), Signer::Nobody),
            Self::KeyConfusion => set("alg", json!("HS256"), Signer::PublicKey),
            Self::OtherKey | Self::DuplicateAlg => signer = Signer::Attacker,
            Self::FlippedSignature => signer = Signer::IssuerFlipped,
            Self::StrippedSignature => signer = Signer::Nobody,
            Self::ChangedClaims => {
                claim("sub", json!("somebody-else"));
                signer = Signer::IssuerElsewhere;
            }
            Self::UnknownKid => set("kid", json!("no-such-key"), Signer::Attacker),
            Self::KidPath => {
                set("kid", json!("../../../../dev/null"), Signer::EmptyKey);
                header.insert("alg".to_owned(), json!("HS256"));
            }
            Self::KidSql => set("kid", json!("x' UNION SELECT 'key'--"), Signer::Attacker),
            Self::Jku => set("jku", json!(format!("{lure}/jwks.json")), Signer::Attacker),
            Self::X5u => set("x5u", json!(format!("{lure}/cert.pem")), Signer::Attacker),
            Self::Jwk => set("jwk", jwk.clone(), Signer::Attacker),
            Self::Crit => {
                set("crit", json!(["x-unknown"]), Signer::Issuer);
                header.insert("x-unknown".to_owned(), json!(true));
            }
            Self::Expired => {
                claim("iat", json!(now - 2 * HOUR));
                claim("nbf", json!(now - 2 * HOUR));
                claim("exp", json!(now - HOUR));
            }
            Self::NotYetValid => {
                claim("nbf", json!(now + HOUR));
                claim("exp", json!(now + 2 * HOUR));
            }
            Self::WrongIssuer => claim("iss", json!("https://issuer.invalid")),
            Self::WrongAudience => claim("aud", json!("another-api")),
            Self::AudiencePrefix => {
                let own = claims.get("aud").and_then(Value::as_str).unwrap_or_default().to_owned();
                claims.insert("aud".to_owned(), json!(format!("{own}-admin")));
            }
            Self::NoExpiry => drop(claims.remove("exp")),
            Self::NoIssuer => drop(claims.remove("iss")),
            Self::NoAudience => drop(claims.remove("aud")),
            Self::ExpiryText => claim("exp", json!("9999999999")),
            Self::ExpiryZero => claim("exp", json!(0)),
            Self::IssuerList => {
                let own = claims.get("iss").cloned().unwrap_or_default();
                claims.insert("iss".to_owned(), json!([own, "https://issuer.invalid"]));
            }
            Self::IssuerSlash => {
                let own = claims.get("iss").and_then(Value::as_str).unwrap_or_default().to_owned();
                claims.insert("iss".to_owned(), json!(format!("{own}/")));
            }
            Self::AudienceList => claim("aud", json!(["another-api", "a-third-api"])),
            Self::NoSubject => drop(claims.remove("sub")),
            Self::HmacSecret => set("alg", json!("HS256"), Signer::WellKnown("secret")),
            Self::HmacSample => set("alg", json!("HS256"), Signer::WellKnown("your-256-bit-secret")),
            Self::HmacDefault => set("alg", json!("HS256"), Signer::WellKnown("changeme")),
            Self::IdToken => {
                claim("nonce", json!("n-0S6_WzA2Mj"));
                claim("aud", json!("client-1"));
                set("typ", json!("id+jwt"), Signer::Issuer);
            }
        }
        let mut forged = Unsigned { signer, ..Unsigned::sound(&header, &claims) };
        if self == Self::DuplicateAlg {
            // JSON keeps both members; which one counts depends on the reader.
            forged.header = forged.header.replacen('{', "{\"alg\":\"none\",", 1);
        }
        forged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgery_changes_only_what_it_names() {
        let header = json!({"alg": "ES256", "kid": "k"}).as_object().unwrap().clone();
        let claims = json!({"sub": "a", "aud": "api", "exp": 9_000}).as_object().unwrap().clone();
        let sound = Unsigned::sound(&header, &claims);
        let of = |forgery: Forgery| forgery.forge(&header, &claims, 5_000, ("http://lure", &json!({"kty": "EC"})));
        assert_eq!(of(Forgery::AlgNone).header, r#"{"alg":"none","kid":"k"}"#);
        assert_eq!(of(Forgery::Expired).claims, r#"{"sub":"a","aud":"api","exp":1400,"iat":-2200,"nbf":-2200}"#);
        assert_eq!(of(Forgery::AudiencePrefix).claims, r#"{"sub":"a","aud":"api-admin","exp":9000}"#);
        assert_eq!(of(Forgery::DuplicateAlg).header, r#"{"alg":"none","alg":"ES256","kid":"k"}"#);
        assert_eq!(of(Forgery::AudienceList).claims, r#"{"sub":"a","aud":["another-api","a-third-api"],"exp":9000}"#);
        assert_eq!(of(Forgery::HmacSecret).header, r#"{"alg":"HS256","kid":"k"}"#);
        assert_eq!(of(Forgery::HmacSecret).signer, Signer::WellKnown("secret"));
        for forgery in [Forgery::OtherKey, Forgery::FlippedSignature, Forgery::StrippedSignature] {
            let forged = of(forgery);
            assert_eq!((&forged.header, &forged.claims), (&sound.header, &sound.claims));
            assert_ne!(forged.signer, sound.signer);
        }
    }
}
