//! What the filter refuses and what it accepts, in any spelling.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

/// Attacks, by the danger that must be found.
const ATTACKS: &[(Danger, &[&str])] = &[
    (
        Danger::Query,
        &[
            "' OR 1=1--",
            "1 UNION SELECT name, pass FROM users",
            "x'; DROP TABLE accounts; --",
            "admin'--",
            "' AND SLEEP(5)--",
            "1; EXEC xp_cmdshell('dir')",
            "' || (SELECT banner FROM v$version) || '",
            "'/**/OR/**/'a'='a",
            "7 or 8 between 1 and 9",
            "k' union/*x*/all select null,null--",
            "{\"$ne\": null}",
            "a[$gt]=&b=1",
            "'; return true; var q='",
            "*)(uid=*))(|(uid=*",
            "z)(|(cn=*)",
            "'] | //account | //a['",
            "x' or name()='account' or 'a'='b",
            "{ __schema { types { name } } }",
            "query { accounts { id } }",
            "1 AND 1=1",
        ],
    ),
    (
        Danger::Markup,
        &[
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "javascript:alert(1)",
            "<iframe src=//x>",
            "\" onfocus=go() x=\"",
            "';go('x');//",
            "[a](javascript:go())",
            "a{background:url(//x.test/a)}",
        ],
    ),
    (
        Danger::Template,
        &[
            "{{7*7}}",
            "${7*7}",
            "<%= 7*7 %>",
            "#{6*6}",
            "{% import 'os' as o %}",
            "{{ a.__class__ }}",
            "${jndi:ldap://x.test/a}",
            "=HYPERLINK(\"http://x.test\")",
        ],
    ),
    (
        Danger::Command,
        &[
            "; cat /etc/passwd",
            "$(id)",
            "`id`",
            "| nc 127.0.0.1 9",
            "&& curl http://127.0.0.1/x",
            "\nid\n",
            "; w\"\"hoami",
            ";{ls,-la}",
            "& whoami",
            "| powershell -enc AAAA",
        ],
    ),
    (
        Danger::Path,
        &[
            "../../etc/passwd",
            "file:///etc/passwd",
            "..\\..\\windows\\win.ini",
            "C:\\Windows\\x",
            "..;/a",
            "/proc/self/x",
        ],
    ),
    (
        Danger::Entity,
        &["<!DOCTYPE a [<!ENTITY b SYSTEM \"c\">]><a>&b;</a>", "<xi:include href=\"a\"/>", "<!ENTITY % a \"b\">"],
    ),
    (
        Danger::Address,
        &["http://127.0.0.1:8080/x", "see http://2130706433/", "http://[::1]/", "gopher://x.test/", "http://localhost"],
    ),
    (
        Danger::Object,
        &[
            "rO0ABXNyAAFh",
            "O:3:\"Abc\":0:{}",
            "!!python/object:a.B {}",
            "{\"@type\":\"a.b.C\"}",
            "cos\nsystem\n(S'id'\ntR.",
        ],
    ),
    (Danger::Control, &["a\0b", "a\u{1b}[2Jb", "a\rb", "a\r\nSet-Cookie: b=c", "a\n2026-11-25T08:00:00Z INFO b"]),
];

const SOUND: &[&str] = &[
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
    "https://example.com/go?to=https%3A%2F%2Fexample.org%2F",
    "Привет, мир",
    "مرحبا بالعالم",
    "你好，世界！",
    "🎉 party & cake",
    "👩🏽\u{200d}💻 and \u{2067}שלום\u{2069}",
    "VGhpcyBpcyBqdXN0IHRleHQ=",
    "Ag1aIa",
    "a -- b",
    "it's 1 = 1 in logic",
    "neither Tom's nor Lea's, and not like Mia's",
    "'small' or 'large' = price on request",
    "drop me a line; update follows",
    "union of workers, select committee",
    "\"quoted\" and 'single'",
    "x = y || z",
    "if (a === 'x' || b === 'y') { go(); }",
    "SELECT a.name FROM authors a JOIN books b ON b.author = a.id",
    "echo chamber",
    "cat videos | dog videos",
    "cargo build && cargo test",
    "Dear {{ customer.name }}, thank you",
    "`Hello ${name}`",
    "**bold** _it_ `code`",
    "{curly} [square] (round)",
    "100 %20 of it",
    "R&D; Q&A",
    "either/or",
    "1/2 ... 3/4",
    "-5 + 3 = -2",
    "=SUM(B2:B9)",
    "[^\\x00-\\x7f]+",
    "one\ntwo\r\n\tthree",
    "name: build\non: [push]",
    "10.0.0.1 is the version of the driver",
    "C:\\Users\\Anna\\notes.txt",
];

fn encodings(text: &str) -> Vec<String> {
    let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let wide = |c: char| if c.is_ascii_punctuation() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c };
    let each = |write: &dyn Fn(&mut String, u32)| {
        text.chars().fold(String::new(), |mut out, c| {
            if c.is_ascii_alphanumeric() {
                out.push(c);
            } else {
                write(&mut out, c.into());
            }
            out
        })
    };
    let mixed = |(at, c): (usize, char)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    vec![
        text.to_owned(),
        percent(text),
        percent(&percent(text)),
        text.chars().map(wide).collect(),
        each(&|out, code| write!(out, "\\u{code:04x}").unwrap()),
        each(&|out, code| write!(out, "&#{code};").unwrap()),
        each(&|out, code| write!(out, "&#x{code:X};").unwrap()),
        text.chars().enumerate().map(mixed).collect(),
        text.chars().flat_map(|c| [c, '\u{200b}']).collect(),
    ]
}

fn all(text: &str) -> Vec<Danger> {
    found(&canonical::layers(text)).collect()
}

#[test]
fn attacks_are_classified() {
    for (danger, texts) in ATTACKS {
        for text in *texts {
            assert!(all(text).contains(danger), "{text}: {:?}", all(text));
        }
    }
}

#[test]
fn every_encoding_of_an_attack_is_refused() {
    for text in ATTACKS.iter().flat_map(|(_, texts)| *texts) {
        for written in encodings(text) {
            assert!(danger(&written, &Weaknesses::default()).is_some(), "{text}: {written}");
        }
    }
}

#[test]
fn base64_of_the_whole_value_is_decoded() {
    // Shorter text cannot be told from a word.
    for text in ATTACKS.iter().flat_map(|(_, texts)| *texts).filter(|text| text.len() > 5) {
        let written = STANDARD.encode(text);
        assert!(danger(&written, &Weaknesses::default()).is_some(), "{text}: {written}");
    }
}

#[test]
fn harmless_text_passes() {
    for text in SOUND {
        assert_eq!(danger(text, &Weaknesses::default()), None, "{text}");
    }
}

#[cfg(feature = "weaknesses")]
#[test]
fn weakness_removes_only_its_own_danger() {
    for (weakness, text) in [
        (Weakness::NoInputFilter, "x' UNION SELECT name FROM users--"),
        (Weakness::NoMarkupFilter, "<svg/onload=go()>"),
        (Weakness::NoTemplateFilter, "{{7*7}}"),
        (Weakness::NoCommandFilter, "$(id)"),
        (Weakness::NoPathGuard, "../secret"),
        (Weakness::NoCanonicalisation, "%27%20OR%201%3D1--"),
    ] {
        assert!(danger(text, &Weaknesses::default()).is_some(), "{text}");
        assert_eq!(danger(text, &Weaknesses::new(&[weakness]).unwrap()), None, "{text}");
    }
    let weak = Weaknesses::new(&[Weakness::NoCanonicalisation]).unwrap();
    assert_eq!(danger("' OR 1=1--", &weak), Some(Danger::Query), "what is plain needs no canonical form");
}

/// Words that the query, markup and shell grammars know, between harmless ones.
fn prose() -> impl Strategy<Value = String> {
    let words =
        ["select", "union", "or", "and", "script", "cat", "drop", "table", "id", "sleep", "like", "we", "O'Hara"];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 1..30).prop_map(|words| words.join(", "))
}

proptest! {
    #[test]
    fn words_alone_are_no_attack(text in prose()) {
        prop_assert_eq!(danger(&text, &Weaknesses::default()), None);
    }

    #[test]
    fn any_text_is_judged(text in "\\PC*") {
        let once = danger(&text, &Weaknesses::default());
        prop_assert_eq!(danger(&text, &Weaknesses::default()), once);
    }

    #[test]
    fn words_around_an_attack_do_not_hide_it(before in "[a-z ]{0,40}", after in "[a-z ]{0,40}", which in 0..4_usize) {
        let attack = ["' OR 1=1 OR '", "<script>", "$(cat /etc/passwd)", "../"].get(which).copied().unwrap_or_default();
        for written in encodings(&format!("{before}{attack}{after}")) {
            prop_assert!(danger(&written, &Weaknesses::default()).is_some(), "{}", written);
        }
    }
}
