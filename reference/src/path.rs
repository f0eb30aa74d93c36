//! Paths that can be read in only one way.

use http::StatusCode;
use percent_encoding::percent_decode_str;

use crate::problem::Refusal;

/// Refuses a path with dot segments, empty segments, encoded separators, double encoding, invalid UTF-8 or controls.
pub(crate) fn guard(path: &str) -> Result<(), Refusal> {
    let refusal = Refusal::new(StatusCode::BAD_REQUEST, "path");
    let lower = path.to_ascii_lowercase();
    let odd = ["%2f", "%5c", "%2e", "%25", "%00", "\\", "//", "/./", "/../", ";"];
    if odd.iter().any(|odd| lower.contains(odd)) || lower.ends_with("/..") || lower.ends_with("/.") {
        return Err(refusal);
    }
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| refusal)?;
    // A percent sign that is left would begin an escape for whoever decodes again.
    let open = decoded.contains('%');
    if open || decoded.chars().any(char::is_control) { Err(refusal) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_percent_sign_begins_no_second_escape() {
        for odd in ["/a/%%32%65%%32%65/b", "/%%39Aacb", "/50%", "/%zz"] {
            assert!(guard(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn ambiguous_paths_are_refused() {
        for odd in ["/a/../b", "/a/%2e%2e/b", "//a", "/a%2fb", "/a/..", "/a;b", "/a%00", "/a%252e", "/a\\b", "/a%c0%af"]
        {
            assert!(guard(odd).is_err(), "{odd}");
        }
        assert!(guard("/accounts/1001").is_ok() && guard("/documents/a%20b.pdf").is_ok());
    }
}
