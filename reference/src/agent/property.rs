//! Properties of what the user gets to see.
#![expect(clippy::missing_panics_doc, reason = "a property says by a panic that it is broken")]

use super::output::clean;

/// Whatever the model says, the output contains no markup, image or address that a viewer would act on, and cleaning it
/// again changes nothing.
pub fn agent_output(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let out = clean(text, "");
    assert_eq!(clean(&out, ""), out, "cleaning again changes more");
    let tag = out.match_indices('<').find(|(at, _)| {
        let behind = out.get(at + 1..).and_then(|rest| rest.chars().next());
        behind.is_some_and(|c| c.is_ascii_alphabetic() || "/!?".contains(c))
    });
    assert_eq!(tag, None, "a tag stays: {out:?}");
    assert!(!out.contains("!["), "an image stays: {out:?}");
    let lower = out.to_ascii_lowercase();
    let live = ["http://", "https://", "ftp://", "file://"].into_iter().find(|lead| {
        // An address with nothing after its slashes leads nowhere.
        lower.match_indices(lead).any(|(at, _)| {
            let behind = lower.get(at + lead.len()..).and_then(|rest| rest.chars().next());
            behind.is_some_and(char::is_alphanumeric)
        })
    });
    assert_eq!(live, None, "an address stays: {out:?}");
}
