//! Truncated lines.

/// What stands behind the beginning.
pub(super) const MARK: &str = " [cut by Pincer: the line has ";

/// Marks the end of a line of which only the beginning is kept, with its full length in bytes.
pub fn mark_cut(line: &mut Vec<u8>, length: u64) {
    line.extend_from_slice(format!("{MARK}{length} bytes]").as_bytes());
}

/// Whether only the beginning of a line is kept: missing text may be in its rest.
pub fn is_cut(line: &str) -> bool {
    let behind = line.rsplit_once(MARK).and_then(|(_, behind)| behind.strip_suffix(" bytes]"));
    behind.is_some_and(|length| !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_line_says_so() {
        let mut line = b"{\"id\":7".to_vec();
        assert!(!is_cut(&String::from_utf8_lossy(&line)));
        mark_cut(&mut line, 900);
        assert!(is_cut(&String::from_utf8_lossy(&line)));
        assert!(!is_cut("it was [cut by Pincer: the line has many bytes]"));
    }
}
