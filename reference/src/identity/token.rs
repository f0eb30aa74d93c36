//! JWT bearer tokens (RFC 7519, RFC 8725, RFC 9068): a token comes in, a principal goes out.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

use super::Principal;
use super::claims::{Claims, head};
use super::fetch::Keys;
use super::keyset::Found;
use super::{signature, unsigned};
use crate::problem::Refusal;
use crate::settings::{SettingsError, TokenAlgorithm, TokenSettings};
use crate::weakness::{Weakness, Weaknesses};

/// Longest token, in bytes. Those of real issuers have one to two thousand.
const LONGEST: usize = 8 * 1024;

/// Checks tokens.
pub(super) struct Tokens {
    algorithms: Vec<Algorithm>,
    rules: Validation,
    keys: Keys,
    /// Subjects that have called; only the weakness that reveals them uses this.
    known: Mutex<HashSet<String>>,
    weak: Weaknesses,
}

const WRONG: Refusal = Refusal::new(StatusCode::UNAUTHORIZED, "token");

impl Tokens {
    pub(super) async fn new(settings: &TokenSettings, weak: &Weaknesses) -> Result<Self, SettingsError> {
        Ok(Self::with(settings, Keys::new(settings, weak).await?, weak))
    }

    /// Accepts the tokens that these keys verify.
    pub(super) fn with(settings: &TokenSettings, keys: Keys, weak: &Weaknesses) -> Self {
        signature::install();
        let algorithms: Vec<_> = settings
            .algorithms
            .iter()
            .map(|algorithm| match algorithm {
                TokenAlgorithm::Es256 => Algorithm::ES256,
                TokenAlgorithm::EdDsa => Algorithm::EdDSA,
                TokenAlgorithm::Rs256 => Algorithm::RS256,
            })
            .collect();
        let mut rules = Validation { leeway: settings.skew_s, validate_nbf: true, ..Validation::default() };
        rules.set_issuer(&[&settings.issuer]);
        rules.set_audience(&[&settings.audience]);
        rules.required_spec_claims = HashSet::from(["exp", "iss", "aud", "sub"].map(str::to_owned));
        weaken(&mut rules, weak);
        Self { algorithms, rules, keys, known: Mutex::default(), weak: weak.clone() }
    }

    /// The principal of a token.
    pub(super) async fn check(&self, token: &str) -> Result<Principal, Refusal> {
        if let Some(principal) = unsigned::principal(token, &self.rules, &self.weak) {
            return Ok(principal);
        }
        let text = token.split('.').next().filter(|_| token.len() <= LONGEST).ok_or(WRONG)?;
        let text = URL_SAFE_NO_PAD.decode(text).map_err(|_| WRONG)?;
        let head = head(&text, &self.algorithms).ok_or(WRONG)?;
        let keys = self.keys.now(&head.key).await?;
        match keys.find(&head.key, head.algorithm) {
            Found::Key(key) => self.verify(token, key, head.algorithm),
            Found::Unknown if self.weak.has(Weakness::OpenWhenKeysFail) && self.keys.failed() => {
                unsigned::claimed(token).ok_or(WRONG)
            }
            Found::Mismatch | Found::Unknown => Err(WRONG),
        }
    }

    fn verify(&self, token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Principal, Refusal> {
        // Exactly one algorithm: that of the key, which the header has to match.
        let rules = Validation { algorithms: vec![algorithm], ..self.rules.clone() };
        let data = decode::<Claims>(token, key, &rules).map_err(|_| self.wrong(token))?;
        let principal = data.claims.principal().ok_or(WRONG)?;
        if self.weak.has(Weakness::TellsKnownAccount) {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(principal.subject.clone());
        }
        Ok(principal)
    }

    /// The refusal of a token with a wrong signature.
    fn wrong(&self, token: &str) -> Refusal {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match unsigned::claimed(token).filter(|claimed| known.contains(&claimed.subject)) {
            Some(_) => Refusal::new(StatusCode::UNAUTHORIZED, "known-token"),
            None => WRONG,
        }
    }
}

/// Disables the check of some claims.
fn weaken(rules: &mut Validation, weak: &Weaknesses) {
    if weak.has(Weakness::JwtNoExpiry) {
        rules.validate_exp = false;
        rules.required_spec_claims.remove("exp");
    }
    if weak.has(Weakness::JwtNoAudience) {
        rules.validate_aud = false;
        rules.required_spec_claims.remove("aud");
    }
    if weak.has(Weakness::JwtNoIssuer) {
        rules.iss = None;
        rules.required_spec_claims.remove("iss");
    }
}
