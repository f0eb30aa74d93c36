//! Folds a text so that all forms of a letter are the same.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The text in plain lower-case letters, without invisible characters.
pub(super) fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => plain.push(c.to_ascii_lowercase()),
            c if is_hidden(c) => {}
            c => match tagged(c).or_else(|| look(c)) {
                Some(letter) => plain.push(letter),
                None => decompose_compatible(c, |part| fold_part(part, &mut plain)),
            },
        }
    }
    plain
}

/// A part of a character's compatibility form (Unicode, annex 15), without its accents.
fn fold_part(part: char, plain: &mut String) {
    if !is_combining_mark(part) {
        plain.push(look(part).unwrap_or(part).to_ascii_lowercase());
    }
}

/// Characters without width: joiners, directions, fillers, variation selectors.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// The letter of a tag character.
fn tagged(c: char) -> Option<char> {
    let letter = u32::from(c).checked_sub(0xe_0000).and_then(char::from_u32)?;
    matches!(letter, ' '..='~').then(|| letter.to_ascii_lowercase())
}

/// The letter that a Cyrillic or Greek one looks like.
fn look(c: char) -> Option<char> {
    match c {
        'а' | 'А' | 'α' | 'Α' => Some('a'),
        'Ь' | 'ь' | 'В' | 'β' | 'Β' => Some('b'),
        'с' | 'С' | 'ϲ' | 'Ϲ' => Some('c'),
        'ԁ' | 'Ԁ' => Some('d'),
        'е' | 'Е' | 'ε' | 'Ε' => Some('e'),
        _ => None,
    }
}
