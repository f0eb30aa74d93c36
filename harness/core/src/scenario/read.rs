//! From text to typed values; every fault has a place.

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location};

use super::Catalogue;
use super::error::{Diagnostic, ReadError, nearest};
use super::locate::{Seg, locate};

/// A text and the name it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name, for messages.
    pub name: String,
    /// YAML.
    pub text: String,
}

impl Source {
    /// A text by its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Reads the text as a `T` of this format; fails with one diagnostic.
    pub(crate) fn read<T: DeserializeOwned>(&self, format: &'static str) -> Result<T, Diagnostic> {
        let value: T = serde_saphyr::from_str(&self.text).map_err(|error| self.explain(&error))?;
        let head: Head = serde_saphyr::from_str(&self.text).unwrap_or(Head { pincer: None });
        if head.pincer.as_deref() == Some(format) {
            Ok(value)
        } else {
            Err(self.fault(
                &["pincer".into()],
                format!("this is not a {format} file"),
                Some(format!("write `pincer: {format}`")),
            ))
        }
    }

    /// Reads the text as a `T` of a format that is not ours; fails with one diagnostic.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        // In those, as in YAML 1.2, `no` is a word.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(&self.text, options).map_err(|error| self.explain(&error))
    }

    /// The format that the text says it has, such as `scenario/v1`.
    pub fn format(&self) -> Option<String> {
        serde_saphyr::from_str::<Head>(&self.text).ok().and_then(|head| head.pincer)
    }

    /// A fault at a path of the document.
    pub(super) fn fault(&self, path: &[Seg], message: String, help: Option<String>) -> Diagnostic {
        self.at(locate(&self.text, path), message, help)
    }

    fn explain(&self, error: &Error) -> Diagnostic {
        let place = error.location();
        match error.without_snippet() {
            Error::SerdeUnknownField { field, expected, .. } => {
                self.at(place, format!("`{field}` is not a key here"), one_of(field, expected))
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                self.at(place, format!("`{variant}` is not a word here"), one_of(variant, expected))
            }
            Error::SerdeMissingField { field, .. } => self.at(place, format!("the key `{field}` is missing"), None),
            other => {
                let text = other.to_string();
                let line = text.lines().next().unwrap_or("not valid").to_owned();
                self.at(place, line, None)
            }
        }
    }

    fn at(&self, place: Option<Location>, message: String, help: Option<String>) -> Diagnostic {
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let (line, column, span) =
            place.map_or((1, 1, None), |p| (number(p.line()).max(1), number(p.column()).max(1), Some(p.span())));
        let offset = span.and_then(|s| s.byte_offset()).map_or(0, number).min(self.text.len());
        let length = span.and_then(|s| s.byte_len()).map_or(0, number).min(self.text.len() - offset);
        Diagnostic { file: self.name.clone(), text: self.text.clone(), line, column, offset, length, message, help }
    }
}

#[derive(serde::Deserialize)]
struct Head {
    pincer: Option<String>,
}

/// Help that names the nearest valid word, or all when none is near.
pub(super) fn one_of<'a>(word: &str, valid: impl IntoIterator<Item = &'a &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, valid.clone().into_iter().copied()) {
        Some(format!("did you mean `{near}`?"))
    } else {
        let mut all: Vec<&str> = valid.into_iter().copied().collect();
        all.sort_unstable();
        (!all.is_empty()).then(|| format!("valid here: {}", all.join(", ")))
    }
}

/// Reads the control catalogue.
pub fn read_catalogue(source: &Source) -> Result<Catalogue, ReadError> {
    source.read("controls/v1").map_err(|fault| ReadError(vec![fault]))
}
