//! Secrets never enter a trace: they are replaced in the line that is about to be written.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Replaces each secret, in the forms in which it may stand in a line, by its name.
#[derive(Debug, Default)]
pub struct Redactor {
    needles: Option<AhoCorasick>,
    names: Vec<String>,
}

/// What stands in front of a replaced secret's name. An answer that holds it gave a secret away.
pub const MARK: &str = "[secret:";

impl Redactor {
    /// A redactor of these secrets, by name. Secrets shorter than 6 bytes are too common to be told from text.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut needles = Vec::new();
        let mut names = Vec::new();
        for (name, secret) in secrets.into_iter().filter(|(_, secret)| secret.len() >= 6) {
            for form in forms(secret) {
                needles.push(form);
                names.push(format!("{MARK}{name}]"));
            }
        }
        let needles = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(needles).ok();
        Self { needles, names }
    }

    /// The text without secrets.
    pub fn clean(&self, text: String) -> String {
        match &self.needles {
            Some(needles) if needles.is_match(&text) => needles.replace_all(&text, &self.names),
            _ => text,
        }
    }

    /// A line of JSON without secrets in its texts. A secret may look like a number or like a member's name: those stay,
    /// or the line would be no event any more.
    pub(super) fn clean_line(&self, line: String) -> String {
        // What stands behind base64 shows only when it is decoded.
        let hides = |needles: &AhoCorasick| needles.is_match(&line) || line.contains(r#"{"b64":"#);
        let Some(needles) = self.needles.as_ref().filter(|needles| hides(needles)) else { return line };
        let Ok(mut value) = serde_json::from_str(&line) else { return self.clean(line) };
        self.clean_value(&mut value, needles);
        value.to_string()
    }

    fn clean_value(&self, value: &mut Value, needles: &AhoCorasick) {
        match value {
            Value::String(text) => *text = self.clean(std::mem::take(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_value(item, needles)),
            Value::Object(members) => {
                for (name, member) in members {
                    let bytes = member.as_str().filter(|_| name == "b64").and_then(|text| STANDARD.decode(text).ok());
                    match bytes {
                        // Bytes that are no text: what is cleaned must still be base64.
                        Some(bytes) => *member = STANDARD.encode(needles.replace_all_bytes(&bytes, &self.names)).into(),
                        None => self.clean_value(member, needles),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The text as it stands between the quotes of a JSON string.
fn in_json(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// A secret as it is, inside JSON, percent-encoded, reversed, in hexadecimal and in base64 at each alignment.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        secret.chars().rev().collect(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for lead in 0..3_usize {
        let mut bytes = vec![0; lead];
        bytes.extend(secret.bytes());
        let text = STANDARD_NO_PAD.encode(bytes);
        // The characters that mix the secret with its neighbours are left out at both ends.
        let skip = [0, if cfg!(planted) { 1 } else { 2 }, 3].get(lead).copied().unwrap_or(0);
        let end = text.len().saturating_sub(usize::from(!(lead + secret.len()).is_multiple_of(3)));
        if let Some(inner) = text.get(skip..end) {
            forms.push(inner.to_owned());
        }
    }
    // Each may stand in a line of JSON.
    forms.extend(forms.iter().map(|form| in_json(form)).collect::<Vec<_>>());
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleaned_line_is_still_json() {
        let clean = |secret: &str, line: &str| Redactor::new([("alice", secret)]).clean_line(line.to_owned());
        assert_eq!(
            clean("100000", r#"{"at_us":100000,"what":"100000"}"#),
            r#"{"at_us":100000,"what":"[secret:alice]"}"#
        );
        assert_eq!(clean("finished", r#"{"finished":"finished"}"#), r#"{"finished":"[secret:alice]"}"#);
        assert_eq!(clean("k\"ey-42", r#"{"what":"24-ye\"k"}"#), r#"{"what":"[secret:alice]"}"#);
        let bytes = |text: &[u8]| format!(r#"{{"b64":"{}"}}"#, STANDARD.encode(text));
        assert_eq!(clean("key-42", &bytes(b"\xffkey-42")), bytes(b"\xff[secret:alice]"));
        assert_eq!(clean("key-42", &bytes(b"\xff24-yek")), bytes(b"\xff[secret:alice]"));
    }

    proptest::proptest! {
        #[test]
        fn no_form_of_a_secret_survives(before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
            let secret = "k3y-Of-Alice-42";
            let redactor = Redactor::new([("alice", secret)]);
            let text = format!("{before}{secret}{after}");
            let blob = STANDARD.encode(&text);
            proptest::prop_assert!(!redactor.clean(text).contains(secret));
            let cleaned = redactor.clean(blob);
            proptest::prop_assert!(cleaned.contains("[secret:alice]"), "{}", cleaned);
        }
    }
}
