//! Encoded bodies that contain a secret: they are kept decoded, because the secret could not be masked otherwise.

use std::borrow::Cow;

use super::{Capture, Event, Header, Redactor, What, content};

/// The event to write: if an encoded body of an answer or arrival contains a secret, it is replaced by the decoded text
/// without the secret, and no header names the coding any more.
pub(super) fn unfolded<'a>(event: &'a Event, redactor: &Redactor) -> Cow<'a, Event> {
    let open = |headers: &[Header], body: &Capture| {
        content::is_coded(headers, &body.bytes.0).then(|| masked(headers, body, redactor)).flatten()
    };
    match &event.what {
        What::Answered { outcome: Ok(answer), .. } => {
            let Some(body) = open(&answer.headers, &answer.body) else { return Cow::Borrowed(event) };
            let mut event = event.clone();
            if let What::Answered { outcome: Ok(answer), .. } = &mut event.what {
                answer.headers.retain(|(name, _)| !is_coding(name));
                answer.body = body;
            }
            Cow::Owned(event)
        }
        What::Arrived { arrival, .. } => {
            let Some(body) = open(&arrival.headers, &arrival.body) else { return Cow::Borrowed(event) };
            let mut event = event.clone();
            if let What::Arrived { arrival, .. } = &mut event.what {
                arrival.headers.retain(|(name, _)| !is_coding(name));
                arrival.body = body;
            }
            Cow::Owned(event)
        }
        _ => Cow::Borrowed(event),
    }
}

fn is_coding(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-encoding")
}

/// The decoded body without its secrets; none if it contains none. One that could not be decoded completely is marked
/// as incomplete.
fn masked(headers: &[Header], body: &Capture, redactor: &Redactor) -> Option<Capture> {
    let (text, whole) = match content::plain(headers, body) {
        Ok(text) => (text.into_owned(), true),
        Err(unreadable) => (unreadable.read, false),
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    let clean = redactor.clean(text.clone());
    (clean != text).then(|| {
        let mut capture = Capture::of(clean.as_bytes(), clean.len());
        capture.length += u64::from(!whole);
        capture
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::observe::{Answered, End};
    use crate::vocab::Octets;

    fn answered(text: &str, cut: usize) -> Event {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(text.as_bytes()).unwrap();
        let bytes = coder.finish().unwrap();
        let body = Capture::of(&bytes, bytes.len() - cut);
        let headers = vec![("Content-Encoding".to_owned(), Octets::from("gzip"))];
        let answer = Answered { status: 200, reason: None, headers, body, end: End::Complete, extras: None };
        Event::new(0, What::Answered { took_us: 0, outcome: Ok(answer) })
    }

    fn kept(text: &str, cut: usize) -> (String, bool, usize) {
        let redactor = Redactor::new([("alice", "not-a-real-key-0001")]);
        let event = answered(text, cut);
        let event = unfolded(&event, &redactor);
        let What::Answered { outcome: Ok(answer), .. } = &event.what else { panic!("another event") };
        (answer.body.bytes.lossy().into_owned(), answer.body.is_whole(), answer.headers.len())
    }

    #[test]
    fn encoded_body_with_a_secret_is_kept_decoded_and_masked() {
        assert_eq!(kept("the key is not-a-real-key-0001", 0), ("the key is [secret:alice]".to_owned(), true, 0));
        assert_eq!(kept("nothing to hide", 0).2, 1);
    }

    #[test]
    fn coding_that_no_header_names_hides_no_secret() {
        let mut event = answered("the key is not-a-real-key-0001", 0);
        if let What::Answered { outcome: Ok(answer), .. } = &mut event.what {
            answer.headers.clear();
        }
        let event = unfolded(&event, &Redactor::new([("alice", "not-a-real-key-0001")])).into_owned();
        let What::Answered { outcome: Ok(answer), .. } = event.what else { panic!("another event") };
        assert_eq!(answer.body.bytes.lossy(), "the key is [secret:alice]");
    }

    #[test]
    fn truncated_body_stays_truncated() {
        let (text, whole, _) = kept(&format!("not-a-real-key-0001{}", "a".repeat(9999)), 3);
        assert!(text.starts_with("[secret:alice]") && !whole, "{text:.40}");
    }
}
