//! A header with the caller's credential, its value as a shell writes it.

use super::shell;

/// The placeholder in a step's `key` for the caller's own key.
const OWN: &str = "${key}";
/// The words that stand for another spelling of it, each with the shell's way to write that of `$k`: without its last
/// character; with each letter in the other case, or without the last character where it has no letter; and with a blank
/// in its middle.
const SPELLED: [(&str, &str); 3] = [
    ("${shortened}", r#"printf %s "${k%?}""#),
    ("${recased}", r#"case $k in *[A-Za-z]*) printf %s "$k" | tr A-Za-z a-zA-Z;; *) printf %s "${k%?}";; esac"#),
    ("${spaced}", r#"f=$(printf '%.*s' $((${#k} / 2)) "$k"); printf '%s %s' "$f" "${k#"$f"}""#),
];

/// A header whose value is in a shell variable.
#[derive(Debug)]
pub(in crate::judge) struct Shown {
    /// The header's name.
    pub(super) name: String,
    /// The variable with the caller's value.
    pub(super) variable: String,
    /// The replacement for the key in it, if the case sends another.
    pub(super) key: Option<String>,
}

/// A part of a value.
pub(super) enum Part {
    /// This text.
    Text(String),
    /// The shell's expansion of this word.
    Word(String),
}

impl Shown {
    /// The header as a reader sees it.
    pub(in crate::judge) fn line(&self) -> String {
        let key = self.key.as_ref().map(|text| format!(", its key written as `{text}`")).unwrap_or_default();
        format!("{}: ${}{key}", self.name, self.variable)
    }

    /// Its value: the variable, or its scheme and the other key.
    pub(super) fn value(&self) -> Vec<Part> {
        let variable = &self.variable;
        let Some(text) = &self.key else { return vec![Part::Word(format!("\"${variable}\""))] };
        let scheme = Part::Word(format!("\"${{{variable}%\"${{{variable}##* }}\"}}\""));
        [scheme].into_iter().chain(self.parts(text)).collect()
    }

    /// The key after its scheme, as one word.
    pub(super) fn own(&self) -> String {
        let Some(text) = &self.key else { return self.behind() };
        let last = text.rsplit(' ').next().unwrap_or_default();
        let word: String = self.parts(last).iter().map(Part::word).collect();
        if word.is_empty() { "''".to_owned() } else { word }
    }

    /// The argument of curl's `-H`. A header without a value is written `name;`, because curl removes the header for
    /// `name:`.
    pub(super) fn argument(&self) -> String {
        if self.key.as_ref().is_some_and(|text| text.trim().is_empty()) {
            let (name, variable) = (shell::word(self.name.as_bytes()), &self.variable);
            return format!(
                "{name}\"$(k=${{{variable}##* }}; s=${{{variable}%\"$k\"}}; printf %s \"${{s:+: }}${{s:-;}}\")\""
            );
        }
        let value: String = self.value().iter().map(Part::word).collect();
        format!("{}{value}", shell::word(format!("{}: ", self.name).as_bytes()))
    }

    /// The part of the variable after the scheme.
    fn behind(&self) -> String {
        format!("\"${{{}##* }}\"", self.variable)
    }

    /// The replacement for the key, split at its placeholders.
    fn parts(&self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((at, word, part)) = self.next_word(rest) {
            parts.extend(rest.get(..at).filter(|known| !known.is_empty()).map(|known| Part::Text(known.to_owned())));
            parts.push(part);
            rest = rest.get(at + word.len()..).unwrap_or_default();
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        parts
    }

    /// The first word in a text that stands for the key or a spelling of it: its place, itself, and what a shell makes of it.
    fn next_word(&self, text: &str) -> Option<(usize, &'static str, Part)> {
        let own = text.find(OWN).map(|at| (at, OWN, self.behind()));
        let spelled = SPELLED.into_iter().filter_map(|(word, write)| {
            Some((text.find(word)?, word, format!("\"$(k=${{{}##* }}; {write})\"", self.variable)))
        });
        let (at, word, written) = own.into_iter().chain(spelled).min_by_key(|(at, ..)| *at)?;
        Some((at, word, Part::Word(written)))
    }
}

impl Part {
    /// As a shell word, which cannot contain NUL.
    fn word(&self) -> String {
        match self {
            Self::Text(text) => shell::word(text.as_bytes()),
            Self::Word(word) => word.clone(),
        }
    }
}
