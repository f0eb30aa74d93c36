//! Lines of which only the beginning was kept.

/// What stands behind the beginning.
pub(super) const MARK: &str = " [cut by Pincer: the line has ";

/// Says at the end of a line that only its beginning is kept, and how many bytes it has.
pub fn mark_cut(line: &mut Vec<u8>, length: u64) {
    line.extend_from_slice(format!("{MARK}{length} bytes]").as_bytes());
}

/// Whether only the beginning of a line is kept: what is not in it may be in its rest.
pub fn is_cut(line: &str) -> bool {
    let behind = line.rsplit_once(MARK).and_then(|(_, behind)| behind.strip_suffix(" bytes]"));
    behind.is_some_and(|length| !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_says_so() {
        let mut line = b"{\"id\":7".to_vec();
        assert!(!is_cut(&String::from_utf8_lossy(&line)));
        mark_cut(&mut line, 900);
        assert!(is_cut(&String::from_utf8_lossy(&line)));
        assert!(!is_cut("it was [cut by Pincer: the line has many bytes]"));
    }
}
