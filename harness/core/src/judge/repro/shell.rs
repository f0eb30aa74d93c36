//! Bytes as words of a POSIX shell.
//!
//! The result is one line of visible characters. Other bytes are written by `printf`, so that a line copied from a
//! terminal or a page still sends the same bytes.

use std::fmt::Write as _;

/// Whether a word can be single-quoted unchanged: visible ASCII, and letters and digits of other scripts.
pub(super) fn is_plain(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' '..='~') || (!c.is_ascii() && c.is_alphanumeric()))
}

/// The text in single quotes.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A word with these bytes. NUL, which no word can contain, and trailing line ends of text that is not plain are lost.
pub(super) fn word(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain(text) => quote(text),
        _ => format!("\"$(printf {})\"", format_of(bytes)),
    }
}

/// The argument as a user would type it: unquoted if it contains nothing special to a shell.
pub(super) fn argument(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(bare) { text.to_owned() } else { word(text.as_bytes()) }
}

/// These bytes as a `printf` format (POSIX XCU), in single quotes.
pub(super) fn format_of(bytes: &[u8]) -> String {
    let mut format = "'".to_owned();
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' => format.push_str(r"\r"),
            b'\n' => format.push_str(r"\n"),
            b'%' => format.push_str("%%"),
            // Characters that would begin an option or an escape, or end the word.
            b'-' if i == 0 => format.push_str(r"\055"),
            b'\\' => format.push_str(r"\\"),
            b' '..=b'~' if *byte != b'\'' => format.push(char::from(*byte)),
            // Writing to a String can't fail.
            _ => drop(write!(format, "\\{byte:03o}")),
        }
    }
    format.push('\'');
    format
}

/// The environment variable of a credential: `ALICE_X_API_KEY`.
pub(super) fn variable(parts: &[&str]) -> String {
    let joined = parts.join("_");
    let upper = joined.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    let lead = if joined.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    upper.fold(lead.to_owned(), |mut name, c| {
        name.push(c);
        name
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a real shell prints for this command.
    fn sh(command: &str) -> Vec<u8> {
        let out = Command::new("sh").arg("-c").arg(command).output().unwrap();
        assert!(out.status.success(), "{command}: {}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    }

    const NASTY: [&str; 10] = [
        "it's \"quoted\" and 'again'",
        "$HOME ${HOME} $(id) `id`",
        "a\\nb\\\\c\\'d%s%%d",
        "-n -e --",
        "line\nfeed\r\nand\ttab",
        "\u{1b}[2J\u{7}\u{202e}\u{200b}",
        "Straße für 東京, Ελλάδα, \u{1f512}",
        "*?[a-z]{1,2}~!#&;|<>()",
        "",
        "@file",
    ];

    #[test]
    fn real_shell_reads_the_same_text() {
        for text in NASTY {
            let line = word(text.as_bytes());
            assert!(line.chars().all(|c| !c.is_control() && c != '\u{202e}' && c != '\u{200b}'), "{line}");
            assert_eq!(String::from_utf8(sh(&format!("printf %s {line}"))).unwrap(), text);
            assert_eq!(sh(&format!("printf {}", format_of(text.as_bytes()))), text.as_bytes());
            assert_eq!(String::from_utf8(sh(&format!("printf %s {}", argument(text)))).unwrap(), text);
        }
    }

    proptest! {
        // Each case starts a shell.
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_text_is_unchanged_in_a_shell(text in "[^\0]{0,24}[^\0\n]") {
            let out = sh(&format!("printf %s {}", word(text.as_bytes())));
            prop_assert_eq!(String::from_utf8(out).unwrap(), text);
        }

        #[test]
        fn any_bytes_are_printed(bytes: Vec<u8>) {
            prop_assert_eq!(sh(&format!("printf {}", format_of(&bytes))), bytes);
        }
    }

    #[test]
    fn variable_is_a_valid_name() {
        assert_eq!(variable(&["alice", "X-Api-Key"]), "ALICE_X_API_KEY");
        assert_eq!(variable(&["2nd", "authorization"]), "_2ND_AUTHORIZATION");
    }
}
