//! The agent's own credentials, to mask them in whatever goes to the model or to the user.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

const MASK: &str = "[masked]";
/// Shorter keys are not masked: they may be ordinary words.
const LEAST: usize = 6;

/// The forms in which a credential could appear.
#[derive(Debug)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<_> = keys.into_iter().filter(|key| key.len() >= LEAST).flat_map(forms).collect();
        // The longest first: a shorter one may be part of it.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self(forms)
    }

    /// The text with the credentials masked.
    pub(super) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for form in &self.0 {
            if masked.contains(form.as_str()) {
                masked = masked.replace(form.as_str(), MASK).into();
            }
        }
        masked
    }

    /// The value with the credentials masked, in member names too.
    pub(super) fn mask_all(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.mask(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.mask_all(item)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, value)| (self.mask(&name).into_owned(), self.mask_all(value))).collect()
            }
            other => other,
        }
    }

    /// Whether one of them occurs in a text.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        self.0.iter().any(|form| text.contains(form.as_str()))
    }
}

fn forms(key: &str) -> Vec<String> {
    let rotate = |c: char| match c {
        'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c) + 13).unwrap_or(c),
        'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c) - 13).unwrap_or(c),
        _ => c,
    };
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        key.to_owned(),
        key.to_ascii_lowercase(),
        key.to_ascii_uppercase(),
        BASE64_STANDARD_NO_PAD.encode(key),
        BASE64_URL_SAFE_NO_PAD.encode(key),
        hex.to_ascii_uppercase(),
        hex,
        key.chars().rev().collect(),
        key.chars().map(rotate).collect(),
        percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC).to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_masked_in_each_form() {
        let secrets = Secrets::new(["a-Key-of-the-API", "short"]);
        for form in [
            "a-Key-of-the-API",
            "YS1LZXktb2YtdGhlLUFQSQ==",
            "612d4b65792d6f662d7468652d415049",
            "IPA-eht-fo-yeK-a",
            "n-Xrl-bs-gur-NCV",
            "a%2DKey%2Dof%2Dthe%2DAPI",
        ] {
            let masked = secrets.mask_all(json!({"a": [form]})).to_string();
            assert!(masked.contains(MASK) && !masked.contains(form), "{form}: {masked}");
        }
        assert_eq!(secrets.mask("short words stay"), "short words stay");
    }
}
