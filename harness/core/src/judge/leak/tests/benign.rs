//! What must not be found.

use super::super::{Needle, Scanner};

#[test]
fn ordinary_text_has_no_leaks() {
    let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: b"5f3a9c1e".to_vec(), tail: 24 }]);
    let mut count = 0;
    for text in include_str!("benign.txt").split("\n%%\n") {
        count += 1;
        let leaks = scanner.scan(text.as_bytes());
        assert!(leaks.is_empty(), "{text}\ngives {leaks:?}");
    }
    assert!(count >= 150, "only {count} snippets");
    // All snippets in a row, as one answer.
    assert_eq!(scanner.scan(include_bytes!("benign.txt")), Vec::new());
}
