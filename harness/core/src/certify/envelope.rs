//! DSSE envelopes, a line of JSON each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{PrivateKey, PublicKey};
use crate::vocab::Digest;

/// The type of an in-toto statement.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A signed payload (DSSE v1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Envelope {
    /// The statement, in base64.
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: String,
    sig: String,
}

/// Why an envelope can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is none, or none as Pincer writes them.
    #[error("line {0} is no DSSE envelope as Pincer writes them; use the file as it was issued")]
    Form(usize),
    /// There are more or fewer lines than a certificate has.
    #[error("a certificate has one line, or two: the run statement and the certifier's; this file has {0}")]
    Lines(usize),
}

impl Envelope {
    /// Signs a payload.
    pub fn sign(payload: &[u8], key: &PrivateKey) -> Self {
        let sig = STANDARD.encode(key.sign(&pae(PAYLOAD_TYPE, payload)));
        Self {
            payload: STANDARD.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![Signature { keyid: key.public().id(), sig }],
        }
    }

    /// The payload, where its one signature is by one of these keys; with that key.
    pub fn open(&self, keys: &[PublicKey]) -> Option<(Vec<u8>, PublicKey)> {
        let [signature] = self.signatures.as_slice() else { return None };
        // The id only finds the key: what counts is that the key in hand made the signature.
        let key = keys.iter().find(|key| key.id() == signature.keyid)?;
        let payload = self.payload()?;
        let sig = STANDARD.decode(&signature.sig).ok()?;
        (self.payload_type == PAYLOAD_TYPE && key.holds(&pae(PAYLOAD_TYPE, &payload), &sig)).then_some((payload, *key))
    }

    /// The payload, whoever signed it.
    pub fn payload(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.payload).ok()
    }

    /// The id of the key that is said to have signed.
    pub fn key_id(&self) -> &str {
        self.signatures.first().map_or("", |signature| &signature.keyid)
    }

    /// As a line, without its newline.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The digest of its line: what a certificate refers to.
    pub fn digest(&self) -> Digest {
        Digest::of(self.line().as_bytes())
    }
}

/// The envelopes of a certificate's file: one or two, each a line exactly as Pincer writes it.
pub fn read_lines(text: &str) -> Result<Vec<Envelope>, EnvelopeError> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if !(1..=2).contains(&lines.len()) {
        return Err(EnvelopeError::Lines(lines.len()));
    }
    let read = |(number, line): (usize, &str)| {
        let envelope: Option<Envelope> = line.strip_suffix('\n').and_then(|line| serde_json::from_str(line).ok());
        // One text for one envelope: nothing in the file is free to change.
        envelope.filter(|envelope| envelope.line() + "\n" == line).ok_or(EnvelopeError::Form(number))
    };
    (1..).zip(lines).map(read).collect()
}

/// The pre-authentication encoding: what is signed.
fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the DSSE protocol.
    #[test]
    fn what_is_signed_is_encoded_as_the_protocol_says() {
        let text = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(pae("http://example.com/HelloWorld", b"hello world"), text.as_bytes());
    }

    #[test]
    fn an_envelope_opens_only_with_the_key_that_signed_it() {
        let [one, other] = [1, 2].map(|seed| PrivateKey::from_seed([seed; 32]).unwrap());
        let envelope = Envelope::sign(b"{}", &one);
        assert_eq!(envelope.open(&[other.public(), one.public()]), Some((b"{}".to_vec(), one.public())));
        assert_eq!(envelope.open(&[other.public()]), None);
        let mut claimed = envelope.clone();
        claimed.signatures[0].keyid = other.public().id();
        assert_eq!(claimed.open(&[one.public(), other.public()]), None, "a key's id alone is no signature");
        assert_eq!(read_lines(&(envelope.line() + "\n")), Ok(vec![envelope.clone()]));
        for spoiled in [envelope.line(), envelope.line().replace(':', ": ") + "\n"] {
            assert_eq!(read_lines(&spoiled), Err(EnvelopeError::Form(1)), "{spoiled}");
        }
        assert_eq!(read_lines(""), Err(EnvelopeError::Lines(0)));
    }
}
