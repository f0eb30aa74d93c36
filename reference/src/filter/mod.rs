//! The input filter: what free text would do if somebody downstream took it for code.
//!
//! A copy of the text is brought to the form in which a careless reader would see it, and the detectors judge that
//! copy. What passes is forwarded as it came.

mod canonical;
mod detect;

use crate::weakness::{Weakness, Weaknesses};

/// What a text would be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Danger {
    /// A part of a query.
    Query,
    /// Active markup or a template.
    Markup,
    /// A shell command.
    Command,
    /// A path out of its folder.
    Path,
}

/// The danger of a text, if any.
pub(crate) fn danger(text: &str, weak: &Weaknesses) -> Option<Danger> {
    let readings =
        if weak.has(Weakness::NoCanonicalisation) { vec![text.to_lowercase()] } else { canonical::readings(text) };
    let off = |danger| match danger {
        Danger::Query => weak.has(Weakness::NoInputFilter),
        Danger::Markup => weak.has(Weakness::NoMarkupFilter),
        Danger::Command => weak.has(Weakness::NoCommandFilter),
        Danger::Path => weak.has(Weakness::NoPathGuard),
    };
    readings.iter().flat_map(|reading| detect::dangers(reading)).find(|danger| !off(*danger))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_seen() {
        let weak = Weaknesses::default();
        for text in [
            "' OR 1=1--",
            "1 UNION SELECT name, pass FROM users",
            "x'; DROP TABLE accounts; --",
            "admin'--",
            "' AND SLEEP(5)--",
            "1; EXEC xp_cmdshell('dir')",
            "' || (SELECT banner FROM v$version) || '",
            "{\"$ne\": null}",
            "*)(uid=*))(|(uid=*",
            "1 AND 1=1",
            "'/**/OR/**/'a'='a",
            "%2527%2520OR%25201%253D1--",
            "\u{ff07} OR 1\u{ff1d}1--",
            "&#39; OR 1&#61;1--",
            "\\u0027 OR 1=1--",
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "javascript:alert(1)",
            "<iframe src=//x>",
            "{{7*7}}",
            "${7*7}",
            "<%= 7*7 %>",
            "; cat /etc/passwd",
            "$(id)",
            "`id`",
            "| nc 127.0.0.1 9",
            "&& curl http://127.0.0.1/x",
            "../../etc/passwd",
            "file:///etc/passwd",
            "..\\..\\windows\\win.ini",
        ] {
            assert!(danger(text, &weak).is_some(), "{text}");
        }
    }

    #[test]
    fn sound_text_passes() {
        let weak = Weaknesses::default();
        for text in [
            "O'Brien & sons; select sizes",
            "rock & roll",
            "AT&T",
            "5 > 3; 2 < 4",
            "if a < b and b > c then a < c",
            "how to select rows from a table where id is 5",
            "50% off",
            "the price is $5 (each)",
            "Tom; ls is my initials",
            "C++ templates: vector<int> v;",
            "https://example.com/a?b=1&c=2",
            "Привет, мир",
            "مرحبا بالعالم",
            "你好，世界！",
            "🎉 party & cake",
            "VGhpcyBpcyBqdXN0IHRleHQ=",
            "a -- b",
            "it's 1 = 1 in logic",
            "drop me a line; update follows",
            "union of workers, select committee",
            "\"quoted\" and 'single'",
            "x = y || z",
            "echo chamber",
            "cat videos | dog videos",
            "**bold** _it_ `code`",
            "{curly} [square] (round)",
            "100 %20 of it",
            "R&D; Q&A",
            "either/or",
            "1/2 ... 3/4",
        ] {
            assert_eq!(danger(text, &weak), None, "{text}");
        }
    }
}
