//! Text of the target's that does nothing on a terminal.

/// The text with control characters and what changes the direction or place of writing shown as escapes.
pub fn inert(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let acts = c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
            let (plain, escaped) = if acts { (None, Some(c.escape_unicode())) } else { (Some(c), None) };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    proptest::proptest! {
        #[test]
        fn nothing_acts(text in ".*") {
            proptest::prop_assert!(!super::inert(&text).chars().any(char::is_control));
        }
    }

    #[test]
    fn escapes_are_shown() {
        assert_eq!(super::inert("a\u{1b}[2Jb\u{202e}"), "a\\u{1b}[2Jb\\u{202e}");
    }
}
