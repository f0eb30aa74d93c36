//! Texts of a descriptor with places that are filled in when a target is set up: `http://127.0.0.1:${port:http}`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Upstream;

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A place that does not end.
    #[error("`{0}` has a `${{` without a `}}`")]
    Open(String),
    /// A word that means nothing.
    #[error("`${{{0}}}` is unknown; `pincer init` shows the valid words, and `$${{{0}}}` stays as text")]
    Unknown(String),
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// `${dir}`: the folder of the descriptor.
    Dir,
    /// `${work}`: a folder of this start of the target, gone when it ends.
    Work,
    /// `${audit}`: the address to which the target posts its audit records.
    Audit,
    /// `${idp}`: the address of the identity provider that Pincer plays.
    Idp,
    /// `${model}`: the address of the model that Pincer plays, `http://127.0.0.1:9102`.
    Model,
    /// `${certificate}`: a file of PEM that Pincer makes for this start of the target: a certificate for `localhost` and
    /// `127.0.0.1`, and its key.
    Certificate,
    /// `${task}`: the task, of an agent that is started for each.
    Task,
    /// `${authority}`: a file of PEM with the certificate of the authority that Pincer's upstreams are certified by, where
    /// they speak TLS.
    Authority,
    /// `${port:NAME}`: a free port, the same wherever the name stands.
    Port(String),
    /// `${upstream:NAME}`: the address at which Pincer plays an upstream, `http://127.0.0.1:9101`.
    Upstream(Upstream),
    /// `${upstream:NAME.host}`: its IP address alone, `127.0.0.1`.
    UpstreamHost(Upstream),
    /// `${upstream:NAME.port}`: its port alone, `9101`.
    UpstreamPort(Upstream),
    /// `${canary:NAME}`: a secret that Pincer makes up for this run, the same wherever the name stands; what shows it is
    /// seen to show it.
    Canary(String),
    /// `${digest:NAME}`: the SHA-256 of such a secret in hexadecimal, for a target that keeps no more.
    Digest(String),
    /// `${env:NAME}`: a variable of Pincer's own environment.
    Env(String),
    /// `${file:PATH}`: the text of a file, seen from the descriptor's folder, without the white space around it.
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

/// A text with places. A dollar sign in front of a place, `$${HOME}`, makes it the text `${HOME}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Template(Vec<Piece>);

impl Template {
    /// A template that is this text, whatever stands in it.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words, in order of their places.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word),
            Piece::Text(_) => None,
        })
    }

    /// The template with the places filled that `say` knows; fails with what `say` fails with.
    pub fn settle<E>(&self, mut say: impl FnMut(&Word) -> Result<Option<String>, E>) -> Result<Self, E> {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Word(word) => Ok(say(word)?.map_or_else(|| piece.clone(), Piece::Text)),
            Piece::Text(_) => Ok(piece.clone()),
        });
        pieces.collect::<Result<_, E>>().map(Self)
    }

    /// The text with each place filled by `say`; fails with what `say` fails with.
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
                // The dollar sign that stands there is the first of the text.
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

/// The line in which a place begins that does not end: a text may be a whole file.
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
    fn places_are_filled() {
        let template: Template = "${work}/a:${port:http}$x{}".parse().unwrap();
        let filled = template.fill(|word| Ok::<_, ()>(format!("<{word}>")));
        assert_eq!(filled.as_deref(), Ok("<work>/a:<port:http>$x{}"));
        assert_eq!(template.words().count(), 2);
        let settled = template.settle(|word| Ok::<_, ()>((*word == Word::Work).then(|| "/w".to_owned())));
        assert_eq!(settled.map(|template| template.to_string()).as_deref(), Ok("/w/a:${port:http}$x{}"));
    }

    #[test]
    fn a_second_dollar_sign_keeps_what_stands_there() {
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
    fn host_and_port_of_an_upstream_are_words_of_their_own() {
        let template: Template = "${upstream:a-1.host} ${upstream:a-1.port} ${upstream:a-1}".parse().unwrap();
        let name = Upstream::new("a-1").unwrap();
        let words = [Word::UpstreamHost(name.clone()), Word::UpstreamPort(name.clone()), Word::Upstream(name)];
        assert!(template.words().eq(&words));
    }

    #[test]
    fn what_means_nothing_is_refused() {
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
