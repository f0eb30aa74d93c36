//! Reads typed values from text; every fault has a place.

pub(super) mod json;
mod locate;
mod plain;
pub(super) mod walk;
pub(super) mod yaml;

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use super::Catalogue;
use super::error::{Diagnostic, Place, ReadError};
use super::seg::Seg;
use json::Syntax;
use locate::Places;
use plain::Fault;

pub use plain::one_of;

/// A text and its name.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name, for messages.
    pub name: String,
    /// YAML or JSON.
    pub text: String,
    /// Its syntax and the format that it states, read once.
    head: OnceLock<Result<(Written, Option<String>), Diagnostic>>,
    /// The places of its values, computed when a fault needs them.
    places: OnceLock<Places>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.text) == (&other.name, &other.text)
    }
}

impl Eq for Source {}

/// The syntax of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Json,
    Yaml,
}

impl Source {
    /// A text by its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), head: OnceLock::new(), places: OnceLock::new() }
    }

    /// Reads the text as a `T` of this format; fails with one diagnostic: what is no YAML or JSON at all is told first, then
    /// what is of another format, then what does not fit the format.
    pub fn read<T: DeserializeOwned>(&self, format: &'static str) -> Result<T, Diagnostic> {
        let (written, head) = self.head()?;
        match head.as_deref() {
            Some(stated) if stated == format => {}
            Some(stated) => {
                let known = FORMATS.contains(&stated);
                let help = if known { None } else { one_of(stated, &FORMATS) };
                let help = help.unwrap_or_else(|| format!("write `pincer: {format}`"));
                let message = format!("this file says `{stated}`, but a {format} file is expected");
                return Err(self.fault(&["pincer".into()], message, Some(help)));
            }
            None => {
                let message = "the key `pincer` is missing: it names the file's format".to_owned();
                let help = format!("add `pincer: {format}`; the formats are {}", FORMATS.join(", "));
                return Err(self.fault(&["pincer".into()], message, Some(help)));
            }
        }
        let read = match written {
            Written::Json => json::read(&self.text),
            Written::Yaml => yaml::read(&self.text, yaml::options(&self.text)),
        };
        read.map_err(|fault| self.told(fault))
    }

    /// Reads the text as a `T` of a format that is not ours; fails with one diagnostic.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        let read = match self.head()?.0 {
            Written::Json => json::read(&self.text),
            Written::Yaml => yaml::read(&self.text, yaml::foreign(&self.text)),
        };
        read.map_err(|fault| self.told(fault))
    }

    /// The format that the text states, such as `scenario/v1`; none if it is not YAML or JSON.
    pub fn format(&self) -> Option<String> {
        self.head().ok().and_then(|(_, format)| format)
    }

    /// A fault of the whole text, told at its beginning.
    pub fn fault_of_all(&self, message: &str, help: &str) -> Diagnostic {
        Diagnostic::new(&self.name, &self.text, Place::START, message, Some(help))
    }

    /// A fault at a path of the document: at the deepest part of it that exists.
    pub fn fault(&self, path: &[Seg], message: String, help: Option<String>) -> Diagnostic {
        let places = self.places.get_or_init(|| Places::of(&self.text));
        self.told((places.find(&self.text, path), Fault { message, help }))
    }

    /// The line, from 1, of the deepest part of a path that exists.
    pub(super) fn line(&self, path: &[Seg]) -> usize {
        self.places.get_or_init(|| Places::of(&self.text)).find(&self.text, path).line
    }

    fn told(&self, (place, fault): (Place, Fault)) -> Diagnostic {
        Diagnostic::new(&self.name, &self.text, place, &fault.message, fault.help.as_deref())
    }

    /// The syntax of the text; fails if it is neither JSON nor YAML. If a text begins like JSON but is neither, the
    /// error is that of the reader that got further.
    fn written(&self) -> Result<Written, Diagnostic> {
        if !json::may_be(&self.text) {
            return yaml::syntax(&self.text).map(|()| Written::Yaml).map_err(|fault| self.told(fault));
        }
        let as_json = match json::syntax(&self.text) {
            Syntax::Json => return Ok(Written::Json),
            Syntax::Refused(place, fault) => return Err(self.told((place, fault))),
            Syntax::Other(place, fault) => (place, fault),
        };
        match yaml::syntax(&self.text) {
            Ok(()) => Ok(Written::Yaml),
            Err(as_yaml) => Err(self.told(if as_json.0.offset > as_yaml.0.offset { as_json } else { as_yaml })),
        }
    }

    /// The syntax of the text, and the format that it states; fails if it is neither JSON nor YAML.
    fn head(&self) -> Result<(Written, Option<String>), Diagnostic> {
        let read = || {
            if !json::may_be(&self.text) {
                // One pass is enough for most texts: it reads to the end and skips all but one key.
                if let Ok(head) = yaml::read::<Head>(&self.text, yaml::options(&self.text)) {
                    return Ok((Written::Yaml, head.pincer));
                }
            }
            let written = self.written()?;
            let head = match written {
                Written::Json => json::read::<Head>(&self.text),
                Written::Yaml => yaml::read::<Head>(&self.text, yaml::options(&self.text)),
            };
            Ok((written, head.ok().and_then(|head| head.pincer)))
        };
        self.head.get_or_init(read).clone()
    }
}

/// The formats that a file of a user may have.
const FORMATS: [&str; 8] = [
    "baseline/v1",
    "challenge/v1",
    "controls/v1",
    "payloads/v1",
    "profile/v1",
    "scenario/v1",
    "target/v1",
    "waivers/v1",
];

#[derive(serde::Deserialize)]
struct Head {
    pincer: Option<String>,
}

/// Reads the control catalogue.
pub fn read_catalogue(source: &Source) -> Result<Catalogue, ReadError> {
    source.read("controls/v1").map_err(|fault| ReadError(vec![fault]))
}

#[cfg(test)]
mod tests;
