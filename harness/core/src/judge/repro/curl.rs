//! A well-formed request as a curl line.

use url::Url;

use super::{Repro, ReproFile, credentials, place, shell};
use crate::plan::{Case, Plan};
use crate::scenario::Wire;
use crate::vocab::Octets;

/// A longer body goes into a file.
const INLINE: usize = 8 << 10;

/// From this length on, some versions of curl send `Expect: 100-continue`.
const ASKS: usize = 1000;

/// The line; none if a client library refuses to send the request.
pub(super) fn curl(plan: &Plan, case: &Case) -> Option<Repro> {
    let call = case.call.http()?;
    let sendable = |bytes: &[u8]| !bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
    let named = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    let keyed = case.key.as_ref().is_none_or(|text| sendable(text.as_bytes()));
    if !keyed || !call.headers.iter().all(|(name, value)| named(name) && sendable(&value.0)) {
        return None;
    }
    let target = target(&call.target)?;
    let mut words = vec!["curl -sS -i --path-as-is --globoff".to_owned()];
    let secure = plan.target.url.to_string().starts_with("https:");
    if secure {
        // As Pincer does: the target is tested, not its certificate.
        words.push("--insecure".to_owned());
    }
    if call.wire == Wire::Http2 {
        words.push(if secure { "--http2" } else { "--http2-prior-knowledge" }.to_owned());
    }
    words.push(match (call.method.as_str(), &call.body) {
        ("HEAD", None) => "--head".to_owned(),
        (method, _) => format!("-X {}", shell::argument(method)),
    });
    words.extend(call.headers.iter().map(|(name, value)| header(name, value)));
    words.extend(credentials(plan, case).iter().map(|shown| format!("-H {}", shown.argument())));
    // Suppress what curl would add itself.
    let has = |name: &str| call.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let length = call.body.as_ref().map(|body| body.0.len());
    let unasked = [
        ("user-agent", true),
        ("content-type", length.is_some()),
        ("expect", length.is_some_and(|length| length >= ASKS)),
    ];
    words.extend(unasked.iter().filter(|(name, adds)| *adds && !has(name)).map(|(name, _)| format!("-H '{name}:'")));
    if has("accept-encoding") {
        // A requested coding is decoded for display.
        words.push("--compressed".to_owned());
    }
    let (mut before, mut file) = (String::new(), None);
    match &call.body {
        None => {}
        Some(body) if body.0.len() > INLINE => {
            let name = format!("{}-{}.body", case.scenario, case.id.index);
            words.push(format!("--data-binary @{}", place(&name)));
            file = Some(ReproFile { name, bytes: body.0.clone() });
        }
        Some(body) => match std::str::from_utf8(&body.0) {
            Ok(text) if shell::is_plain(text) && !text.starts_with('@') => {
                words.push(format!("--data-binary {}", shell::quote(text)));
            }
            _ => {
                before = format!("printf {} | ", shell::format_of(&body.0));
                words.push("--data-binary @-".to_owned());
            }
        },
    }
    words.push(format!("\"$PINCER_TARGET\"{}", shell::word(target.as_bytes())));
    Some(Repro { line: Some(format!("{before}{}", words.join(" "))), file })
}

/// The target as a client library writes it: dot segments resolved, invalid characters escaped.
fn target(target: &Octets) -> Option<String> {
    let text = std::str::from_utf8(&target.0).ok().filter(|text| text.starts_with('/'))?;
    let url = Url::parse(&format!("http://target{text}")).ok()?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{query}", url.path()))
}

/// A header. One without a value is written `name;`, because curl removes the header for `name:`.
fn header(name: &str, value: &Octets) -> String {
    let blank = value.0.iter().all(u8::is_ascii_whitespace);
    let line = if blank { format!("{name};").into_bytes() } else { [name.as_bytes(), b": ", &value.0].concat() };
    format!("-H {}", shell::word(&line))
}
