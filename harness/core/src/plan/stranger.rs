//! The address of a host that the target's owner does not know, filled into texts.

use percent_encoding::utf8_percent_encode;

use super::place::COMPONENT;
use super::{Call, HttpCall, Play, RawCall, TaskCall};
use crate::vocab::Octets;

/// Placeholders and their values.
struct Words([(String, String); 4]);

impl Words {
    /// For this URL: `${stranger}` is the URL, `${stranger.host}` its host and port, both also percent-encoded for
    /// queries.
    fn new(url: &str) -> Self {
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        let pair = |word: &str, value: &str| (word.to_owned(), value.to_owned());
        let query = |text: &str| utf8_percent_encode(text, COMPONENT).to_string();
        let (whole, part) = ("${stranger}", "${stranger.host}");
        Self([pair(whole, url), pair(part, host), pair(&query(whole), &query(url)), pair(&query(part), &query(host))])
    }

    fn say(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    fn octets(&self, bytes: &Octets) -> Octets {
        if speaks(bytes) { Octets(self.say(&bytes.lossy()).into_bytes()) } else { bytes.clone() }
    }
}

/// Whether a text may contain one of the placeholders.
fn speaks(bytes: &Octets) -> bool {
    memchr::memmem::find(&bytes.0, b"stranger").is_some()
}

impl Call {
    /// The same with the stranger's address filled in; none if it has no placeholder.
    pub fn pointed_at(&self, url: &str) -> Option<Self> {
        if !self.texts().any(speaks) {
            return None;
        }
        let words = Words::new(url);
        Some(match self {
            Self::Http(call) => Self::Http(HttpCall {
                target: words.octets(&call.target),
                headers: call.headers.iter().map(|(name, value)| (name.clone(), words.octets(value))).collect(),
                body: call.body.as_ref().map(|body| words.octets(body)),
                ..call.clone()
            }),
            Self::Raw(call) => Self::Raw(RawCall { raw: words.octets(&call.raw), ..call.clone() }),
            Self::Task(call) => Self::Task(TaskCall { task: words.octets(&call.task) }),
        })
    }
}

impl Play {
    /// The same with the stranger's address filled in.
    #[must_use]
    pub fn pointed_at(&self, url: &str) -> Self {
        let words = Words::new(url);
        Self {
            headers: self.headers.iter().map(|(name, value)| (name.clone(), words.say(value))).collect(),
            body: words.octets(&self.body),
            raw: self.raw.as_ref().map(|raw| words.octets(raw)),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(target: &str, header: &str) -> Call {
        Call::Http(HttpCall {
            method: "GET".to_owned(),
            target: Octets::from(target),
            headers: vec![("x-upstream".to_owned(), Octets::from(header))],
            body: Some(Octets(vec![0xff, b'a'])),
            ..HttpCall::default()
        })
    }

    #[test]
    fn placeholder_of_the_stranger_is_filled_in() {
        let pointed = call("/a?url=%24%7Bstranger%7D&b=${stranger}", "${stranger.host}");
        let pointed = pointed.pointed_at("http://localhost:8081").unwrap();
        let pointed = pointed.http().unwrap();
        assert_eq!(pointed.target.lossy(), "/a?url=http%3A%2F%2Flocalhost%3A8081&b=http://localhost:8081");
        assert_eq!(pointed.headers[0].1.lossy(), "localhost:8081");
        assert_eq!(pointed.body_bytes(), [0xff, b'a']);
    }

    #[test]
    fn call_without_a_placeholder_is_unchanged() {
        assert_eq!(call("/a", "b").pointed_at("http://localhost:8081"), None);
    }
}
