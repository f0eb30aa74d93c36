//! Properties of the input filter.

use std::fmt::Write as _;

use arbitrary::Arbitrary;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::filter::{Danger, danger, danger_as_written, is_plain};
use crate::given::given;
use crate::weakness::Weaknesses;

/// A text and an encoding, or an attack among words.
#[derive(Debug, Arbitrary)]
enum Given<'a> {
    Text(&'a str),
    Attack { which: u8, before: &'a [u8], after: &'a [u8] },
}

/// Attacks that no surrounding words make harmless.
const ATTACKS: [&str; 8] = [
    "' OR 1=1 OR '",
    "<script>",
    "$(cat /etc/passwd)",
    "../../etc/passwd",
    "{{7*7}}",
    "http://127.0.0.1:8080/x",
    "'; DROP TABLE accounts; --",
    "<svg/onload=go()>",
];

/// An attack is refused whatever words surround it. A text that is refused as written is refused in every encoding too.
/// Look-alike encodings apply only to text without look-alikes of its own, because those could not be told apart.
pub fn input_filter(data: &[u8]) {
    let weak = Weaknesses::default();
    let (mut steers, mut plain) = (false, true);
    let text = match given::<Given<'_>>(data) {
        // Nine encodings of a long text take long and show nothing more.
        Some(Given::Text(text)) if text.len() > 256 => return,
        Some(Given::Text(text)) => {
            assert_eq!(danger(text, &weak), danger(text, &weak), "the same text, another judgement");
            let Some(written) = danger_as_written(text) else { return };
            steers = written == Danger::Control;
            plain = is_plain(text);
            text.to_owned()
        }
        Some(Given::Attack { which, before, after }) => {
            let attack = ATTACKS.get(usize::from(which) % ATTACKS.len()).expect("one of them");
            format!("{}{attack}{}", prose(before), prose(after))
        }
        None => return,
    };
    // Text between two controls takes their meaning.
    let fits = |name: &str| match name {
        "zero width" => plain && !steers,
        "full width" => plain,
        _ => true,
    };
    for (name, written) in encodings(&text).into_iter().filter(|(name, _)| fits(name)) {
        assert!(danger(&written, &weak).is_some(), "{text:?} passes as {name}: {written:?}");
    }
}

/// Words of small letters.
fn prose(bytes: &[u8]) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz      ";
    bytes.iter().take(40).filter_map(|byte| letters.get(usize::from(byte % 32))).map(|b| char::from(*b)).collect()
}

fn encodings(text: &str) -> Vec<(&'static str, String)> {
    let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let wide = |c: char| if c.is_ascii_punctuation() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c };
    let each = |write: &dyn Fn(&mut String, char)| {
        text.chars().fold(String::new(), |mut out, c| {
            if c.is_ascii_alphanumeric() {
                out.push(c);
            } else {
                write(&mut out, c);
            }
            out
        })
    };
    let units = |lead: &'static str| {
        each(&|out, c| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "{lead}{unit:04x}");
            }
        })
    };
    let entities = |lead: &'static str, hexadecimal: bool| {
        each(&|out, c| {
            let code = u32::from(c);
            let _ = if hexadecimal { write!(out, "{lead}{code:X};") } else { write!(out, "{lead}{code};") };
        })
    };
    vec![
        ("plain text", text.to_owned()),
        ("percent", percent(text)),
        ("double percent", percent(&percent(text))),
        ("full width", text.chars().map(wide).collect()),
        ("unicode escapes", units("\\u")),
        ("percent unicode", units("%u")),
        ("decimal entities", entities("&#", false)),
        ("hexadecimal entities", entities("&#x", true)),
        ("zero width", text.chars().flat_map(|c| [c, '\u{200b}']).collect()),
    ]
}
