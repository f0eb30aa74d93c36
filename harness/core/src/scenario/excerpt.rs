//! The few lines of a text that are shown with a fault, however long the text and its lines are.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// The line of a fault and its neighbours, shortened to be readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// The number of its first line in the whole text, from 0.
    first: usize,
    offset: usize,
    length: usize,
    /// The column of the fault in the whole text, from 0.
    column: usize,
}

impl Excerpt {
    /// The lines around `length` bytes at `offset`, which are on line `line`, counted from 1.
    pub(super) fn new(text: &str, line: usize, offset: usize, length: usize) -> Self {
        let (before, rest) = text.split_at_checked(offset).unwrap_or((text, ""));
        let (marked, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let (above, before) = before.rsplit_once('\n').map_or((None, before), |(above, line)| (Some(above), line));
        // A fault over several lines is shown by its first.
        let (marked, after) = marked.split_once('\n').map_or((marked, after), |(first, _)| (first, ""));
        let (after, below) = after.split_once('\n').map_or((after, None), |(line, below)| (line, Some(below)));
        let mut shown = String::new();
        if let Some(above) = above {
            shown.push_str(&beginning(above.rsplit('\n').next().unwrap_or_default(), LINE));
            shown.push('\n');
        }
        let column = before.chars().count();
        let mark = beginning(marked, MARK);
        // Space that one side does not need goes to the other.
        let room = LINE - mark.chars().count().min(LINE);
        let ahead = before.chars().rev().take(room).count();
        let behind = after.trim_end_matches('\r').chars().take(room).count();
        let most = ahead.min((room / 2).max(room - behind));
        shown.push_str(&end(before, most));
        let offset = shown.len();
        shown.push_str(&mark);
        let length = shown.len() - offset;
        shown.push_str(&beginning(after, room - most));
        if let Some(below) = below {
            shown.push('\n');
            shown.push_str(&beginning(below.split('\n').next().unwrap_or_default(), LINE));
        }
        let first = line.saturating_sub(1 + usize::from(above.is_some()));
        Self { text: shown, first, offset, length, column }
    }

    /// The place of the fault in the excerpt, and its length, in bytes.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.offset, self.length)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        above: usize,
        below: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let part = self.text.read_span(span, above, below)?;
        let line = part.line() + self.first;
        // Without context only the fault is requested, and its line may be cut at the beginning.
        let column = if (above, below) == (0, 0) { self.column } else { part.column() };
        Ok(Box::new(MietteSpanContents::new(part.data(), *part.span(), line, column, part.line_count())))
    }
}

/// Characters shown of a line: with the line number and two ellipses it fits 80 columns.
const LINE: usize = 68;
/// Characters shown of the fault itself.
const MARK: usize = 48;

/// The first characters of a line.
fn beginning(line: &str, most: usize) -> String {
    let line = line.trim_end_matches('\r');
    let mut text: String = line.chars().take(most).map(still).collect();
    if line.chars().nth(most).is_some() {
        text.push('…');
    }
    text
}

/// The last characters of a line.
fn end(line: &str, most: usize) -> String {
    match line.char_indices().rev().nth(most) {
        Some(_) => {
            let from = line.char_indices().rev().nth(most - 1).map_or(0, |(at, _)| at);
            format!("…{}", line.get(from..).unwrap_or_default().chars().map(still).collect::<String>())
        }
        None => line.chars().map(still).collect(),
    }
}

/// A text of at most `most` characters, cut in its middle, without characters that act on a terminal.
pub(super) fn shown(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.chars().map(still).collect();
    }
    let half = most / 2;
    let from = text.char_indices().rev().nth(half.saturating_sub(1)).map_or(0, |(at, _)| at);
    let head = text.chars().take(half).map(still);
    let tail = text.get(from..).unwrap_or_default().chars().map(still);
    head.chain(['…']).chain(tail).collect()
}

/// The character, or a replacement for one that acts on a terminal.
fn still(c: char) -> char {
    let acts = c.is_control() && c != '\t'
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    if acts { '\u{fffd}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(excerpt: &Excerpt) -> &str {
        &excerpt.text[excerpt.offset..excerpt.offset + excerpt.length]
    }

    #[test]
    fn fault_is_shown_with_neighbouring_lines() {
        let text = "a: 1\nb: wrong\nc: 3\nd: 4\n";
        let excerpt = Excerpt::new(text, 2, 8, 5);
        assert_eq!((excerpt.text.as_str(), excerpt.first, marked(&excerpt)), ("a: 1\nb: wrong\nc: 3", 0, "wrong"));
    }

    #[test]
    fn line_of_any_length_is_cut_around_its_fault() {
        let text = format!("x\n{}FAULT{}\ny", "ä".repeat(100_000), "b".repeat(100_000));
        let excerpt = Excerpt::new(&text, 2, 2 + 200_000, 5);
        assert!(excerpt.text.chars().count() < 200, "{}", excerpt.text);
        assert_eq!(marked(&excerpt), "FAULT");
        assert!(excerpt.text.lines().all(|line| line.chars().count() <= LINE + 2), "{}", excerpt.text);
        assert!(excerpt.text.starts_with("x\n…ä"), "{}", excerpt.text);
        assert!(excerpt.text.ends_with("b…\ny"), "{}", excerpt.text);
    }

    #[test]
    fn place_is_that_in_the_whole_text() {
        let text = format!("x\n{}FAULT", "ä".repeat(100));
        let excerpt = Excerpt::new(&text, 2, 2 + 200, 5);
        let span = SourceSpan::new(excerpt.mark().0.into(), excerpt.mark().1);
        let place = excerpt.read_span(&span, 0, 0).unwrap();
        assert_eq!((place.line(), place.column()), (1, 100));
    }

    #[test]
    fn characters_that_act_on_a_terminal_are_not_shown() {
        let excerpt = Excerpt::new("\u{1b}[2Ja\u{202e}b\r\n", 1, 4, 1);
        assert_eq!((excerpt.text.as_str(), marked(&excerpt)), ("\u{fffd}[2Ja\u{fffd}b\n", "a"));
    }

    #[test]
    fn long_text_is_cut_in_its_middle() {
        assert_eq!(shown("`0123456789` is none", 8), "`012…none");
        assert_eq!(shown("short", 8), "short");
    }

    proptest::proptest! {
        #[test]
        fn any_excerpt_is_short_and_contains_its_fault(text in "(\\PC|\n|[ -~]){0,400}", at in 0_usize..400, length in 0_usize..400) {
            let offset = super::super::error::floor(&text, at);
            let length = super::super::error::floor(&text, offset + length) - offset;
            let excerpt = Excerpt::new(&text, 1, offset, length);
            proptest::prop_assert!(excerpt.text.lines().all(|line| line.chars().count() <= LINE + 3), "{}", excerpt.text);
            proptest::prop_assert!(excerpt.text.get(excerpt.offset..excerpt.offset + excerpt.length).is_some());
        }
    }
}
