//! Properties of paths.

use http::uri::PathAndQuery;
use percent_encoding::{percent_decode, percent_decode_str};
use url::Url;

use crate::path::guard;

/// An accepted path can be read in only one way. Decoding it again changes nothing, no reader leaves its root, and the
/// URL standard's parser, which resolves dot segments and turns backslashes, finds the same segments.
pub fn path(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(target) = PathAndQuery::try_from(text) else { return };
    let path = target.path();
    if !path.starts_with('/') || guard(path).is_err() {
        return;
    }
    let once = percent_decode_str(path).decode_utf8().expect("what passes decodes to text").into_owned();
    // A lone percent sign is literal. If it formed an escape with the following digits, that would be a second
    // decoding.
    let twice: Vec<u8> = percent_decode(once.as_bytes()).collect();
    assert_eq!(twice, once.as_bytes(), "{path:?} can be decoded twice");
    assert!(!once.chars().any(char::is_control), "{path:?} holds a control");
    let mut depth = 0_i64;
    for segment in once.split(['/', '\\']).skip(1) {
        depth += match segment {
            ".." => -1,
            "." | "" => 0,
            _ => 1,
        };
        assert!(depth >= 0 && segment != "..", "{path:?} climbs");
    }
    assert_eq!(once.matches(['/', '\\']).count(), path.matches('/').count(), "{path:?} hides a separator");
    let Ok(url) = Url::parse(&format!("http://gateway{path}")) else { return };
    let read: Vec<u8> = percent_decode_str(url.path()).collect();
    assert_eq!(read, once.as_bytes(), "{path:?} is another path for a reader of URLs");
    assert!(guard(url.path()).is_ok(), "{path:?} does not pass as {:?}", url.path());
}
