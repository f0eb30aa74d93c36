//! Text in lines that break between words.

/// Columns of a line of output.
pub const COLUMNS: usize = 80;

/// The text in lines of at most [`COLUMNS`], each behind `indent` spaces. A line breaks only between words: a longer word
/// has a line of its own.
pub fn wrapped(text: &str, indent: usize) -> String {
    let room = COLUMNS.saturating_sub(indent);
    let mut lines = String::new();
    for line in text.lines() {
        let mut used = 0;
        for word in line.split_whitespace() {
            let length = word.chars().count();
            let fits = used > 0 && used + 1 + length <= room;
            if fits {
                lines.push(' ');
                used += 1 + length;
            } else {
                if used > 0 {
                    lines.push('\n');
                }
                lines.extend(std::iter::repeat_n(' ', indent));
                used = length;
            }
            lines.push_str(word);
        }
        lines.push('\n');
    }
    lines
}

/// The same behind a first word or two that stand in the indent.
pub fn hanging(head: &str, text: &str, indent: usize) -> String {
    let lines = wrapped(text, indent);
    let body = lines.trim_start();
    let gap = indent.saturating_sub(head.chars().count()).max(1);
    format!("{head}{}{body}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, hanging, wrapped};

    #[test]
    fn lines_break_between_words_alone() {
        let text = "one two three ".repeat(20);
        let lines = wrapped(&text, 10);
        assert!(lines.lines().all(|line| line.chars().count() <= COLUMNS && line.starts_with("          ")), "{lines}");
        let words = lines.split_whitespace().collect::<Vec<_>>();
        assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let long = "x".repeat(100);
        assert_eq!(wrapped(&format!("a {long} b"), 2), format!("  a\n  {long}\n  b\n"));
    }

    #[test]
    fn a_head_stands_before_the_first_line() {
        assert_eq!(hanging("  id", "a text", 8), "  id    a text\n");
        assert_eq!(hanging("  a-long-head", "a text", 8), "  a-long-head a text\n");
    }
}
