//! Texts of a descriptor with placeholders that are filled in when a target is set up: `http://127.0.0.1:${port:http}`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Upstream;

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A placeholder without an end.
    #[error("`{0}` has a `${{` without a `}}`")]
    Open(String),
    /// An unknown placeholder.
    #[error("`${{{0}}}` is unknown; `pincer init` shows the valid words, and `$${{{0}}}` stays as text")]
    Unknown(String),
}

/// A placeholder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// `${dir}`: the folder of the descriptor.
    Dir,
    /// `${work}`: a folder for this start of the target, removed when it ends.
    Work,
    /// `${audit}`: the address that the target posts its audit records to.
    Audit,
    /// `${idp}`: the address of the identity provider that Pincer plays.
    Idp,
    /// `${model}`: the address of the model that Pincer plays, `http://127.0.0.1:9102`.
    Model,
    /// `${certificate}`: a PEM file that Pincer makes for this start of the target: a certificate for `localhost` and
    /// `127.0.0.1`, and its key.
    Certificate,
    /// `${task}`: the task of an agent that is started for each task.
    Task,
    /// `${authority}`: a PEM file with the certificate of the authority for Pincer's TLS upstreams.
    Authority,
    /// `${port:NAME}`: a free port, the same wherever NAME is used.
    Port(String),
    /// `${upstream:NAME}`: the address at which Pincer plays an upstream, `http://127.0.0.1:9101`.
    Upstream(Upstream),
    /// `${upstream:NAME.host}`: only its IP address, `127.0.0.1`.
    UpstreamHost(Upstream),
    /// `${upstream:NAME.port}`: only its port, `9101`.
    UpstreamPort(Upstream),
    /// `${canary:NAME}`: a secret that Pincer invents for this run, the same wherever NAME is used. Pincer searches for
    /// it everywhere.
    Canary(String),
    /// `${digest:NAME}`: the SHA-256 of such a secret in hexadecimal, for a target that stores only the digest.
    Digest(String),
    /// `${env:NAME}`: an environment variable of Pincer.
    Env(String),
    /// `${file:PATH}`: the trimmed text of a file, relative to the descriptor's folder.
    File(String),
}

impl FromStr for Word {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let unknown = || TemplateError::Unknown(text.to_owned());
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned()).ok_or_else(unknown);
        match text.split_once(':') {
            None => match text {
                "dir" => Ok(Self::Dir),
                "work" => Ok(Self::Work),
                "audit" => Ok(Self::Audit),
                "idp" => Ok(Self::Idp),
                "model" => Ok(Self::Model),
                "certificate" => Ok(Self::Certificate),
                "authority" => Ok(Self::Authority),
                "task" => Ok(Self::Task),
                _ => Err(unknown()),
            },
            Some(("port", name)) => named(name).map(Self::Port),
            Some(("upstream", name)) => {
                let (name, word): (_, fn(Upstream) -> Self) = match name.rsplit_once('.') {
                    Some((name, "host")) => (name, Self::UpstreamHost),
                    Some((name, "port")) => (name, Self::UpstreamPort),
                    _ => (name, Self::Upstream),
                };
                Upstream::new(name).map(word).map_err(|_| unknown())
            }
            Some(("canary", name)) => named(name).map(Self::Canary),
            Some(("digest", name)) => named(name).map(Self::Digest),
            Some(("env", name)) => named(name).map(Self::Env),
            Some(("file", path)) => named(path).map(Self::File),
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dir => f.write_str("dir"),
            Self::Work => f.write_str("work"),
            Self::Audit => f.write_str("audit"),
            Self::Idp => f.write_str("idp"),
            Self::Model => f.write_str("model"),
            Self::Certificate => f.write_str("certificate"),
            Self::Authority => f.write_str("authority"),
            Self::Task => f.write_str("task"),
            Self::Port(name) => write!(f, "port:{name}"),
            Self::Upstream(name) => write!(f, "upstream:{name}"),
            Self::UpstreamHost(name) => write!(f, "upstream:{name}.host"),
            Self::UpstreamPort(name) => write!(f, "upstream:{name}.port"),
            Self::Canary(name) => write!(f, "canary:{name}"),
            Self::Digest(name) => write!(f, "digest:{name}"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Word(Word),
}

/// A text with placeholders. A dollar sign before a placeholder, `$${HOME}`, gives the text `${HOME}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Template(Vec<Piece>);

impl Template {
    /// A template with this literal text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The placeholders, in order.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word),
            Piece::Text(_) => None,
        })
    }

    /// The template with the placeholders filled that `say` knows; fails if `say` fails.
    pub fn settle<E>(&self, mut say: impl FnMut(&Word) -> Result<Option<String>, E>) -> Result<Self, E> {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Word(word) => Ok(say(word)?.map_or_else(|| piece.clone(), Piece::Text)),
            Piece::Text(_) => Ok(piece.clone()),
        });
        pieces.collect::<Result<_, E>>().map(Self)
    }

    /// The text with each placeholder filled by `say`; fails if `say` fails.
    pub fn fill<E>(&self, mut say: impl FnMut(&Word) -> Result<String, E>) -> Result<String, E> {
        self.0.iter().try_fold(String::new(), |mut text, piece| {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Word(word) => text.push_str(&say(word)?),
            }
            Ok(text)
        })
    }
}

impl FromStr for Template {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            plain.push_str(before);
            if before.ends_with('$') {
                // The first dollar sign belongs to the text.
                plain.push('{');
                rest = after;
                continue;
            }
            let (word, behind) = after.split_once('}').ok_or_else(|| TemplateError::Open(line_of(rest)))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Word(word.parse()?));
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }
}

/// The line of a placeholder without an end: a text may be a whole file.
fn line_of(text: &str) -> String {
    text.split_once("${")
        .map_or("", |(_, behind)| behind)
        .lines()
        .next()
        .map(|line| format!("${{{line}"))
        .unwrap_or_default()
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(&text.replace("${", "$${")),
            Piece::Word(word) => write!(f, "${{{word}}}"),
        })
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let template: Template = "${work}/a:${port:http}$x{}".parse().unwrap();
        let filled = template.fill(|word| Ok::<_, ()>(format!("<{word}>")));
        assert_eq!(filled.as_deref(), Ok("<work>/a:<port:http>$x{}"));
        assert_eq!(template.words().count(), 2);
        let settled = template.settle(|word| Ok::<_, ()>((*word == Word::Work).then(|| "/w".to_owned())));
        assert_eq!(settled.map(|template| template.to_string()).as_deref(), Ok("/w/a:${port:http}$x{}"));
    }

    #[test]
    fn second_dollar_sign_gives_literal_text() {
        for (text, filled) in [
            ("$${HOME}:${dir}", "${HOME}:<dir>"),
            ("$$${dir}$", "$${dir}$"),
            ("$${", "${"),
            ("$ ${dir} $x $$", "$ <dir> $x $$"),
        ] {
            let template: Template = text.parse().unwrap();
            assert_eq!(template.fill(|word| Ok::<_, ()>(format!("<{word}>"))).as_deref(), Ok(filled));
            assert_eq!(template.to_string(), text);
        }
        assert_eq!(Template::literal("${HOME}").to_string().parse(), Ok(Template::literal("${HOME}")));
    }

    #[test]
    fn host_and_port_of_an_upstream_are_separate_placeholders() {
        let template: Template = "${upstream:a-1.host} ${upstream:a-1.port} ${upstream:a-1}".parse().unwrap();
        let name = Upstream::new("a-1").unwrap();
        let words = [Word::UpstreamHost(name.clone()), Word::UpstreamPort(name.clone()), Word::Upstream(name)];
        assert!(template.words().eq(&words));
    }

    #[test]
    fn unknown_placeholder_is_refused() {
        for wrong in
            ["${", "${nope}", "${port:}", "${prt:http}", "${upstream:a b}", "${upstream:a.name}", "${upstream:.host}"]
        {
            assert!(wrong.parse::<Template>().is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_template_reads_back(text in "([a-z/:. $]|\\$\\{(dir|port:a|env:B)\\}){0,9}") {
            let template: Template = text.parse()?;
            proptest::prop_assert_eq!(template.to_string(), text);
        }
    }
}
