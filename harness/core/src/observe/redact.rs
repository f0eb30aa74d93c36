//! Secrets never enter a trace: they are replaced in the line that is about to be written.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

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

    /// The line without secrets.
    pub fn clean(&self, line: String) -> String {
        match &self.needles {
            Some(needles) if needles.is_match(&line) => needles.replace_all(&line, &self.names),
            _ => line,
        }
    }
}

/// A secret as it is, inside JSON, percent-encoded, reversed, in hexadecimal and in base64 at each alignment.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let mut forms = vec![
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        secret.chars().rev().collect(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for lead in 0..3_usize {
        let mut bytes = vec![0; lead];
        bytes.extend(secret.bytes());
        let text = STANDARD_NO_PAD.encode(bytes);
        // The characters that mix the secret with its neighbours are left out at both ends.
        let skip = [0, 2, 3].get(lead).copied().unwrap_or(0);
        let end = text.len().saturating_sub(usize::from(!(lead + secret.len()).is_multiple_of(3)));
        if let Some(inner) = text.get(skip..end) {
            forms.push(inner.to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_form_of_a_secret_survives(before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
            let secret = "k3y-Of-Alice-42";
            let redactor = Redactor::new([("alice", secret)]);
            let text = format!("{before}{secret}{after}");
            let blob = base64::engine::general_purpose::STANDARD.encode(&text);
            proptest::prop_assert!(!redactor.clean(text).contains(secret));
            let cleaned = redactor.clean(blob);
            proptest::prop_assert!(cleaned.contains("[secret:alice]"), "{}", cleaned);
        }
    }
}
