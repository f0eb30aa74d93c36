//! Folding: how a text looks to a reader who confuses look-alikes with the real characters.
//!
//! Text comes in; lower-case text goes out, with compatibility forms made plain, marks on letters and invisible
//! characters removed, and look-alikes of ASCII replaced. The copy is judged and never forwarded.

use std::sync::LazyLock;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The folded text. Folding it again changes nothing.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => {}
            _ if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            // Ideographs and syllables have no case, and none looks like ASCII.
            '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => out.push(c),
            // Unicode decomposes a mark that stands alone into a space and the mark, but every reader sees one
            // character.
            _ if !c.is_whitespace() && spaced(c) => out.push(c),
            _ => decompose_compatible(c, |part| {
                part.to_lowercase().for_each(|low| decompose_compatible(low, |plain| push(&mut out, plain)));
            }),
        }
    }
    out
}

/// Whether the compatibility form of a character contains a space.
fn spaced(c: char) -> bool {
    let mut spaced = false;
    decompose_compatible(c, |part| spaced |= part.is_whitespace());
    spaced
}

/// Adds a character in its plainest form, unless it is invisible.
fn push(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c);
    } else if !is_combining_mark(c) && !is_invisible(c) {
        out.push(look_alike(c));
    }
}

/// The ASCII in Unicode tag characters (U+E0020 to U+E007E), if there is any.
pub(super) fn tagged(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let spelt: String = text
        .chars()
        .filter_map(|c| u32::from(c).checked_sub(0xe0000).filter(|tag| (0x20..0x7f).contains(tag)))
        .filter_map(char::from_u32)
        .collect();
    (!spelt.is_empty()).then_some(spelt)
}

/// Characters without width: the default-ignorable ones (Unicode 16, `DerivedCoreProperties`), NUL and the noncharacter
/// U+FFFE.
fn is_invisible(c: char) -> bool {
    matches!(
        u32::from(c),
        0 | 0xad
            | 0x034f
            | 0x061c
            | 0x115f..=0x1160
            | 0x17b4..=0x17b5
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x202a..=0x202e
            | 0x2060..=0x206f
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xfeff
            | 0xffa0
            | 0xfff0..=0xfff8
            | 0xfffe
            | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a
            | 0xe0000..=0xe0fff
    )
}

/// The ASCII character that this one looks like, among those that attacks use.
fn look_alike(c: char) -> char {
    let found = PAIRS.binary_search_by_key(&c, |(odd, _)| *odd).ok().and_then(|at| PAIRS.get(at));
    found.map_or(c, |(_, ascii)| *ascii)
}

/// [`LOOK_ALIKES`] as sorted pairs.
static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut pairs: Vec<_> =
        LOOK_ALIKES.iter().flat_map(|(ascii, looks)| looks.chars().map(|odd| (odd, *ascii))).collect();
    pairs.sort_unstable();
    pairs
});

/// ASCII and its look-alikes in Greek, Cyrillic, Armenian, Cherokee, small capitals and punctuation: the common
/// confusables of Unicode TS 39, in lower case.
const LOOK_ALIKES: &[(char, &str)] = &[
    ('\'', "‘’‚‛′‵ʹʻʼʽʾʿˈˊ՚׳ꞌ"),
    ('"', "“”„‟ʺ״ˮ〃"),
    ('`', "ˋ"),
    ('-', "‐‒–—―−⁃˗"),
    ('/', "⁄∕⟋⧸╱〳"),
    ('\\', "∖⟍⧵⧹╲"),
    ('<', "‹〈⟨❮˂ᐸ⦉❰𝈶"),
    ('>', "›〉⟩❯˃ᐳ⦊❱𝈷"),
    (':', "∶꞉ː˸։ ׃"),
    (';', "⁏"),
    ('=', "᐀゠꓿⹀"),
    ('|', "∣ǀ│┃❘⏐"),
    ('*', "∗⁎٭✱⚹"),
    ('(', "❨❲⦅"),
    (')', "❩❳⦆"),
    ('{', "❴"),
    ('}', "❵"),
    ('.', "。"),
    ('#', "⋕♯"),
    ('~', "∼〜"),
    ('\n', "\u{2028}\u{2029}\u{85}"),
    (' ', "\u{1680}"),
    ('a', "аαɑᴀꭺ"),
    ('b', "ьʙꮟ"),
    ('c', "сᴄꮯ"),
    ('d', "ԁᴅꭰ"),
    ('e', "еєεᴇꭼҽ"),
    ('f', "ꜰƒ"),
    ('g', "ɡցɢꮐ"),
    ('h', "һհʜꮋ"),
    ('i', "іıιɩɪꭵ"),
    ('j', "јϳᴊꭻ"),
    ('k', "кκᴋꮶ"),
    ('l', "ӏʟꮮ"),
    ('m', "мᴍꮇ"),
    ('n', "нոηɴ"),
    ('o', "оοօᴏ"),
    ('p', "рρᴘꮲ"),
    ('q', "ԛզ"),
    ('r', "гʀꭱꮁ"),
    ('s', "ѕꜱꮪ"),
    ('t', "тτᴛꭲ"),
    ('u', "υսᴜ"),
    ('v', "ѵνᴠꮩ"),
    ('w', "ԝωᴡꮃ"),
    ('x', "хχ"),
    ('y', "уγүʏ"),
    ('z', "ᴢꮓ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_idempotent_for_every_character() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{:x}", u32::from(c));
        }
    }

    #[test]
    fn folding_adds_no_white_space() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| !c.is_whitespace()) {
            assert!(!fold(&c.to_string()).contains(char::is_whitespace), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn look_alikes_become_ascii() {
        for (odd, plain) in [
            ("ＳＥＬＥＣＴ＇", "select'"),
            ("ѕеlесt", "select"),
            ("sc\u{200b}ri\u{ad}pt", "script"),
            ("s\u{336}c\u{301}ript", "script"),
            ("ſcrİpt ıd K", "script id k"),
            ("‘OR’ 1＝1−−", "'or' 1=1--"),
            ("‹script›", "<script>"),
            ("x\u{2260}1", "x=1"),
        ] {
            assert_eq!(fold(odd), plain, "{odd}");
        }
    }

    #[test]
    fn tags_become_ascii() {
        assert_eq!(tagged("x\u{e0027}\u{e0020}\u{e004f}").as_deref(), Some("' O"));
        assert_eq!(tagged("plain"), None);
    }

    proptest::proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC*") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once);
        }
    }
}
