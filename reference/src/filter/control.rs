//! Characters that control whatever shows, logs or forwards a text.
//!
//! A decoded text comes in, with the number of line ends in the text as sent; a danger goes out. People write line ends
//! in texts, but a line end or control that appears only after decoding was hidden.

use unicode_normalization::char::is_combining_mark;

use super::Danger;

/// The start of a serialised Java object (Java Object Serialization, section 6.4.2), its bytes read as Latin-1.
const JAVA: &str = "\u{ac}\u{ed}\0\u{5}";

/// Pairs of characters whose low bytes are CR and LF.
const CUT: [&str; 3] = ["\u{10d}\u{10a}", "\u{560d}\u{560a}", "\u{240d}\u{240a}"];

/// Most consecutive variation selectors. Each selects the form of one character; a row of them carries hidden bytes.
const SELECTORS: usize = 1;

/// Most consecutive marks on one letter. No language needs more than a handful; more of them hide the neighbours.
const MARKS: usize = 16;

/// The danger of a decoded text's characters; `lines` is the number of line ends in the text as sent.
pub(super) fn danger(text: &str, lines: usize) -> Option<Danger> {
    if text.contains(JAVA) {
        return Some(Danger::Object);
    }
    let bare_cr = || text.split('\r').skip(1).any(|behind| !behind.starts_with('\n'));
    let plain = text.is_ascii();
    let steers = text.chars().any(is_steering) || bare_cr() || line_ends(text) > lines;
    let hides = !plain && (CUT.iter().any(|pair| text.contains(pair)) || heaped(text));
    (steers || hides).then_some(Danger::Control)
}

/// The number of line ends.
pub(super) fn line_ends(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count()
}

/// Controls except tab and line end, line separators, direction overrides, interlinear marks and noncharacters.
fn is_steering(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | ' '..='~' => false,
        '\u{2028}' | '\u{2029}' | '\u{202d}' | '\u{202e}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => c.is_control(),
    }
}

/// Whether one letter has more marks or selectors than any language writes.
fn heaped(text: &str) -> bool {
    let (mut marks, mut selectors) = (0, 0);
    text.chars().any(|c| {
        selectors = if matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}') { selectors + 1 } else { 0 };
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks > MARKS || selectors > SELECTORS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found() {
        for text in ["a\0b", "\u{1b}[2J", "a\rb", "\u{8}", "\u{7f}", "\u{9b}2J", "a\u{2028}b", "\u{202e}txt", "čĊx: y"]
        {
            assert_eq!(danger(text, 9), Some(Danger::Control), "{text:?}");
        }
        assert_eq!(danger(&format!("a{}", "\u{301}".repeat(17)), 0), Some(Danger::Control));
        assert_eq!(danger("a\u{fe01}\u{fe02}", 0), Some(Danger::Control));
        assert_eq!(danger("\u{ac}\u{ed}\0\u{5}t", 0), Some(Danger::Object));
    }

    #[test]
    fn line_ends_and_marks_of_languages_pass() {
        for text in ["a\r\nb\n\tc", "\u{200f}שלום\u{200f}", "\u{2067}x\u{2069}", "Nguye\u{302}\u{303}n", "👩🏽\u{200d}💻"]
        {
            assert_eq!(danger(text, line_ends(text)), None, "{text:?}");
        }
    }

    #[test]
    fn line_end_after_decoding_is_hidden() {
        assert_eq!(danger("a\nb", 0), Some(Danger::Control));
    }
}
