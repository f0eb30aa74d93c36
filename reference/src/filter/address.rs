//! Finds URLs to internal addresses (loopback, private, link-local and cloud metadata) in any spelling.
//!
//! Folded text comes in; whether one of its URLs leads inside goes out. Hosts are read as lenient clients read them:
//! one to four numbers, decimal, octal or hexadecimal (`inet_aton` of POSIX), each cut to its width.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

/// The host of a URL, after two slashes or a web scheme, and after anything that looks like a login.
const HOST: &str = concat!(
    r#"(?:(?P<scheme>[a-z][a-z0-9+.-]*):[/\\]*|[/\\]{2,})"#,
    r#"(?:[^/\\?\#\s"'<>]*@)*(?P<host>\[[^\]\s]*\]|[^/\\?\#\s:@"'<>()\[\]{},;|]+)"#,
);

/// An internal address with a port and no scheme.
const BARE: &str = r"(?:^|[\s=(,])(?P<host>localhost|[0-9a-fx]+(?:\.[0-9a-fx]+){3}|\[[0-9a-f:.%]+\]):[0-9]+";

/// Web schemes: after one, a host without a dot is internal.
const WEB: &[&str] = &["http", "https", "ftp", "ws", "wss"];

/// Schemes that no user of a web form needs and that clients use for internal services.
const INSIDE: &[&str] =
    &["dict", "gopher", "http+unix", "https+unix", "ldap", "ldapi", "ldaps", "rmi", "sftp", "smb", "tftp", "unix"];

/// Names that resolve to internal addresses.
const NAMES: &[&str] = &["localhost", "localdomain", "internal", "intranet", "local", "lan", "corp", "home.arpa"];

/// Matches every URL and hardly any sentence.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static MAYBE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u)[/\\]{2}|\b(?:https?|ftp|wss?):|[0-9a-z\]]:[0-9]").expect("a constant pattern"));

/// Two logins: readers disagree about the host.
#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static TWICE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u)//[^/?#\s]*@[^/?#\s]*@").expect("a constant pattern"));

#[expect(clippy::expect_used, reason = "the patterns are constants; a test builds them")]
static URLS: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [HOST, BARE].map(|pattern| RegexBuilder::new(pattern).unicode(false).build().expect("a constant pattern"))
});

/// Whether a URL in a folded text leads inside.
pub(super) fn leads_inside(text: &str) -> bool {
    if !text.contains(['/', '\\', ':']) || !MAYBE.is_match(text.as_bytes()) {
        return false;
    }
    TWICE.is_match(text.as_bytes())
        || URLS.iter().any(|url| {
            url.captures_iter(text.as_bytes()).any(|found| {
                let part = |name| found.name(name).and_then(|part| text.get(part.range()));
                let scheme = found.name("scheme").is_some().then(|| part("scheme")).flatten();
                let slashes = found.get(0).is_some_and(|whole| whole.as_bytes().windows(2).any(is_slashes));
                let inside = scheme.is_some_and(|scheme| slashes && INSIDE.contains(&scheme));
                inside || part("host").is_some_and(|host| is_inside(host, scheme, slashes))
            })
        })
}

fn is_slashes(pair: &[u8]) -> bool {
    pair.iter().all(|byte| matches!(byte, b'/' | b'\\'))
}

/// Whether a host is internal. After a `web` scheme a host needs no slashes; after any other, it would be just a word
/// after a colon.
fn is_inside(host: &str, scheme: Option<&str>, slashes: bool) -> bool {
    let web = scheme.is_some_and(|scheme| WEB.contains(&scheme));
    if scheme.is_some() && !slashes && !web {
        return false;
    }
    if let Some(v6) = host.strip_prefix('[') {
        let v6 = v6.trim_end_matches(']').split('%').next().unwrap_or_default();
        return v6.parse().is_ok_and(is_inside_v6);
    }
    let host = host.trim_end_matches('.');
    if let Some(v4) = v4(host) {
        return is_inside_v4(v4);
    }
    let named =
        NAMES.iter().any(|name| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    named || (web && slashes && !host.contains('.')) || spells_inside(host)
}

/// Whether labels of the name contain an internal address, as wildcard DNS services resolve it.
fn spells_inside(host: &str) -> bool {
    let parts: Vec<&str> = host.split(['.', '-']).collect();
    let dotted = parts.windows(4).any(|four| four.join(".").parse().is_ok_and(is_inside_v4));
    // A hash can have eight digits too, so only loopback and link-local addresses count.
    let hex = parts.iter().any(|part| part.len() == 8 && (part.starts_with("7f0000") || part.starts_with("a9fe")));
    dotted || hex || parts.contains(&"localhost")
}

/// The address in one to four numbers.
fn v4(host: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u64> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, front) = numbers.split_last()?;
    let free = 4_usize.checked_sub(front.len())?;
    let mut bits = last & (u64::MAX >> (64 - 8 * free.max(1)));
    for (place, number) in front.iter().enumerate() {
        bits |= (number & 0xff) << (24 - 8 * place);
    }
    u32::try_from(bits).ok().map(Ipv4Addr::from)
}

fn number(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return if hex.is_empty() { Some(0) } else { u64::from_str_radix(hex, 16).ok() };
    }
    if text.len() > 1 && text.starts_with('0') {
        return u64::from_str_radix(text, 8).ok();
    }
    text.parse().ok()
}

/// Special-purpose addresses that are not globally reachable (IANA registry, RFC 6890), except those for documentation.
fn is_inside_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127 | 224..=255, ..] | [169, 254, ..] | [192, 168, ..] | [198, 18..=19, ..] | [192, 0, 0, _] => true,
        [172, second, ..] => (16..32).contains(&second),
        [100, second, ..] => (64..128).contains(&second),
        _ => false,
    }
}

/// Like [`is_inside_v4`], for IPv6 addresses and the IPv4 addresses in them.
fn is_inside_v6(address: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| is_inside_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match address.segments() {
        // Unspecified, loopback, compatible, mapped, translated, NAT64 and 6to4.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, .., high, low]
        | [0x2002, high, low, ..] => v4(high, low),
        [first, ..] => matches!(first, 0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..=0xffff),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_internal_address_is_found() {
        for text in [
            "http://127.0.0.1/",
            "see http://127.1:80 there",
            "https://2130706433/x",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://383.0.0.1/",
            "http://[::1]:9/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[fe80::1%25eth0]/",
            "http://x@10.1.2.3/",
            "http://a@10.1.2.3@b.test/",
            "http://7f000001.wild.test/",
            "http://metadata.google.internal/",
            "http://db/",
            "http:\\\\localhost\\",
            "https:127.0.0.1/x",
            "?to=//169.254.169.254/",
            "http://10.0.0.1.wild.test/",
            "http://a-192-168-0-1.wild.test/",
            "gopher://x.test/",
            "localhost:8080/x",
            "[::1]:22",
        ] {
            assert!(leads_inside(text), "{text}");
        }
    }

    #[test]
    fn public_addresses_and_plain_numbers_pass() {
        for text in [
            "https://example.com:8443/a?b=http",
            "http://192.0.2.1/",
            "https://[2001:db8::1]/",
            "10.0.0.1 is a version",
            "// a comment",
            "note: 127 items",
            "at 10:30; id:10",
            "https://10.example/24",
            "1.2.3.4:80",
            "file: localhost",
        ] {
            assert!(!leads_inside(text), "{text}");
        }
    }
}
