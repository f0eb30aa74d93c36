//! Text of others that does nothing on a terminal.

/// The text with all characters shown as escapes that act on a terminal or can't be seen there: controls, line and
/// paragraph separators, what changes the direction of writing, and what stands there invisibly.
pub fn inert(text: &str) -> String {
    shown(text, |_| false)
}

/// The same, but lines stay lines.
pub fn inert_lines(text: &str) -> String {
    shown(&text.replace("\r\n", "\n"), |sign| sign == '\n')
}

fn shown(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        if acts(sign) && !stays(sign) {
            shown.extend(sign.escape_unicode());
        } else {
            shown.push(sign);
        }
    }
    shown
}

/// Whether a character is a control (Cc), a format character (Cf), a separator of lines or paragraphs (Zl, Zp), or
/// ignored where it is shown (`Default_Ignorable_Code_Point`), by Unicode 16.
fn acts(sign: char) -> bool {
    sign.is_control() || (!sign.is_ascii() && ACTING.iter().any(|(first, last)| (*first..=*last).contains(&sign)))
}

/// See [`acts`]; the controls are left out.
const ACTING: [(char, char); 25] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn nothing_acts(text in ".*") {
            proptest::prop_assert!(!inert(&text).chars().any(acts));
            proptest::prop_assert!(!inert_lines(&text).chars().any(|sign| acts(sign) && sign != '\n'));
        }
    }

    #[test]
    fn escapes_are_shown() {
        assert_eq!(inert("a\u{1b}[2Jb\u{202e}\u{9b}\u{e0041}\n"), "a\\u{1b}[2Jb\\u{202e}\\u{9b}\\u{e0041}\\u{a}");
        assert_eq!(inert_lines("one\r\ntwo\u{1b}[2J\n\rthree"), "one\ntwo\\u{1b}[2J\n\\u{d}three");
        assert_eq!(inert("Grüße, 日本, 👋, a\u{301}"), "Grüße, 日本, 👋, a\u{301}");
    }

    /// By the tables of another.
    #[test]
    fn what_unicode_calls_a_control_or_invisible_acts() {
        let class = regex::Regex::new(r"^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]$").unwrap();
        let missed: Vec<char> = (0..=0x10_ffff)
            .filter_map(char::from_u32)
            .filter(|c| class.is_match(&c.to_string()) && !acts(*c))
            .collect();
        assert!(missed.is_empty(), "{missed:?}");
    }
}
