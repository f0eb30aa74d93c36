//! Lists of payloads as payload sets.
//!
//! In: a text with a payload a line. Out: a [`PayloadSet`] of the file's name. Empty lines and lines that start with `#`
//! are skipped; nothing else of a line is interpreted, so that lists of other tools can be used as they are.

use pincer_core::scenario::{Payload, PayloadSet, ReadError, Source};
use pincer_core::vocab::PayloadSetName;

/// Reads the payload set `name` from a list; fails where that is not a name, or where the list is empty.
pub fn read_payloads(name: &str, source: &Source) -> Result<PayloadSet, ReadError> {
    let fault = |message: String, help: &str| ReadError(vec![source.fault_of_all(&message, help)]);
    let set = PayloadSetName::new(name)
        .map_err(|error| fault(error.to_string(), "the file name without `.txt` is the name of the set"))?;
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let payloads: Vec<Payload> = lines
        .map(|(at, line)| Payload { text: line.to_owned(), note: format!("line {}", at + 1), dialect: None })
        .collect();
    if payloads.is_empty() {
        return Err(fault(format!("the payload set `{name}` is empty"), "write one payload per line"));
    }
    Ok(PayloadSet {
        pincer: "payloads/v1".to_owned(),
        name: set,
        about: format!("the lines of {}", source.name),
        payloads,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_payload() {
        let source = Source::new("sql.txt", "\u{feff}# c\n\n' OR 1=1\r\n \\n\\x41 # no comment\n");
        let set = read_payloads("sql", &source).unwrap();
        let lines: Vec<(&str, &str)> = set.payloads.iter().map(|p| (p.text.as_str(), p.note.as_str())).collect();
        assert_eq!(lines, [("' OR 1=1", "line 3"), (" \\n\\x41 # no comment", "line 4")]);
    }

    #[test]
    fn an_empty_list_and_a_wrong_name_are_refused() {
        for (name, text, message) in [
            ("sql", "# only\n\n", "a.txt:1:1: the payload set `sql` is empty (write one payload per line)"),
            ("my list", "x\n", "a.txt:1:1: `my list` is not a valid payload set name"),
        ] {
            let fault = read_payloads(name, &Source::new("a.txt", text)).unwrap_err();
            assert!(fault.to_string().starts_with(message), "{fault}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_its_lines_or_a_fault(text in "(\\PC|\n|\r|#){0,40}") {
            if let Ok(set) = read_payloads("any", &Source::new("a.txt", text.as_str())) {
                proptest::prop_assert!(set.payloads.iter().all(|payload| text.contains(&payload.text)));
            }
        }
    }
}
