//! Finds the secrets in a caller's headers: whole keys, and the parts that are as good as the whole.
//!
//! A header whose name suggests a credential contains one. In other headers plain words, such as `openai`, are public,
//! and text that looks random is secret.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{cookies, is_cookie, split};

/// A secret, and the suffix of its name; empty for what gives access to the target.
pub(super) type Secret = (&'static str, String);

/// The suffix for a token's claims: not a key, but no answer may show them.
const PAYLOAD: &str = ":payload";

/// Shorter cookie values are words, such as `dark`, and not credentials.
const COOKIE: usize = 8;

/// A part of a key with at least this length, after a prefix that all keys of a kind share, is as good as the key.
const PART: usize = 16;

/// A shorter password of plain letters occurs in other texts too, so it counts only together with its user.
const WORD: usize = 12;

/// The secrets in a header's value.
pub(super) fn in_header(name: &str, value: &str) -> Vec<Secret> {
    if is_cookie(name) {
        let keys = cookies(value).filter(|(name, key)| key.len() >= COOKIE && (is_session(name) || !is_public(key)));
        return keys.flat_map(|(_, key)| of_key(key).into_iter().chain(unescaped(key))).collect();
    }
    let (scheme, key) = split(value);
    if !is_secret_name(name) && is_public(value) {
        return Vec::new();
    }
    let mut secrets = of_key(key);
    if scheme.eq_ignore_ascii_case("basic") {
        secrets.extend(of_basic(key));
    }
    secrets
}

/// A key and its identifying parts.
pub(super) fn of_key(key: &str) -> Vec<Secret> {
    let mut secrets = vec![("", key.to_owned())];
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        // A JWS in its compact form (RFC 7515 section 7.1): its header is the same for all.
        [head, payload, signature] if is_json(head) => {
            secrets.extend([(PAYLOAD, (*payload).to_owned()), ("", (*signature).to_owned())]);
        }
        _ => {
            let parts = key.split(|c: char| !c.is_alphanumeric());
            let parts = parts.filter(|part| *part != key && part.len() >= PART && !is_word(part));
            secrets.extend(parts.map(|part| ("", part.to_owned())));
        }
    }
    secrets
}

/// The password of Basic credentials (RFC 7617 section 2), alone and together with its user, whose name is not secret.
/// If the user part is a key, the password is empty or a word.
fn of_basic(key: &str) -> Vec<Secret> {
    let decoded = decode(key).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) else { return Vec::new() };
    let mut secrets = vec![("", format!("{user}:{password}"))];
    if password.len() >= WORD || password.chars().any(|c| !c.is_alphabetic()) {
        secrets.extend(of_key(password));
    }
    if is_word(password) && user.len() >= PART && !is_public(user) {
        secrets.extend(of_key(user));
    }
    secrets
}

/// The decoded cookie value, if it is encoded.
fn unescaped(key: &str) -> Vec<Secret> {
    let text = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
    if text == key { Vec::new() } else { of_key(&text) }
}

/// Whether a header of this name contains a credential, whatever its value looks like.
fn is_secret_name(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["authorization", "cookie", "token", "secret", "password", "passwd", "session", "credential"];
    const KEYS: [&str; 10] =
        ["key", "keys", "apikey", "accesskey", "authkey", "appkey", "clientkey", "masterkey", "privatekey", "userkey"];
    let name = name.to_ascii_lowercase();
    // `key` must be a separate word: names of products can end in it too.
    let is_key = name.split(|c: char| !c.is_alphanumeric()).any(|part| KEYS.contains(&part));
    is_key || WORDS.iter().any(|word| name.contains(word))
}

/// Whether a cookie of this name identifies the caller.
fn is_session(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_secret_name(&name) || ["sess", "sid", "auth", "jwt", "login"].iter().any(|word| name.contains(word))
}

/// Whether a value consists only of words and small numbers, such as `openai`, `gpt-4o`, `2023-06-01` or `tenant
/// eu-west-1`.
fn is_public(value: &str) -> bool {
    value.split(|c: char| !c.is_alphanumeric()).all(is_word)
}

/// Whether a text is a word, a number or both: at most one change between letters and digits, and the case of a name.
fn is_word(text: &str) -> bool {
    const LONGEST: usize = 20;
    const DIGITS: usize = 8;
    let changes = |class: fn(char) -> bool| {
        let classes: Vec<bool> = text.chars().map(class).collect();
        classes.windows(2).filter(|pair| pair.first() != pair.last()).count()
    };
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.chars().count() <= LONGEST
        && text.chars().all(char::is_alphanumeric)
        && digits <= DIGITS
        && changes(|c| c.is_ascii_digit()) <= 1
        && changes(char::is_uppercase) <= 5
}

/// Whether a part of a token is a JSON object in base64url.
fn is_json(part: &str) -> bool {
    decode(part).is_some_and(|bytes| serde_json::from_slice::<serde_json::Map<_, _>>(&bytes).is_ok())
}

/// Base64 in either alphabet, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose;

    use super::*;

    fn of(name: &str, value: &str) -> Vec<String> {
        in_header(name, value).into_iter().map(|(kind, text)| format!("{text}{kind}")).collect()
    }

    #[test]
    fn constant_words_are_public_and_credentials_are_not() {
        for (name, value) in [
            ("X-Provider", "openai"),
            ("x-portkey-provider", "openai"),
            ("x-model", "gpt-4o"),
            ("anthropic-version", "2023-06-01"),
            ("X-Region", "eu-west-1"),
            ("accept-language", "de-AT, en;q=0.8"),
            ("X-Tenant", "AcmeCorp/EMEA"),
        ] {
            assert_eq!(of(name, value), [""; 0], "{name}: {value}");
        }
        for (name, value) in [
            ("x-api-key", "openai"),
            ("X-Auth-Token", "letmein"),
            ("x-caller", "4f9c2b7e1a6d8035"),
            ("x-caller", "550e8400-e29b-41d4-a716-446655440000"),
            ("x-account", "4111111111111111"),
        ] {
            assert_eq!(of(name, value).first().map(String::as_str), Some(value), "{name}: {value}");
        }
        assert_eq!(of("Authorization", "Bearer changeme"), ["changeme"]);
    }

    #[test]
    fn basic_password_is_secret_and_the_user_is_not() {
        let basic = |text: &str| general_purpose::STANDARD.encode(text);
        let value = |text: &str| format!("Basic {}", basic(text));
        let shown = of("authorization", &value("alice:not-a-real-password-0001"));
        assert!(shown.contains(&"not-a-real-password-0001".to_owned()), "{shown:?}");
        assert!(!shown.contains(&"alice".to_owned()), "{shown:?}");
        assert!(of("authorization", &value("alice:hunter2")).contains(&"hunter2".to_owned()));
        // A word occurs in texts of all kinds.
        assert_eq!(of("authorization", &value("alice:secret")), [basic("alice:secret"), "alice:secret".to_owned()]);
        let shown = of("authorization", &value("sk4eC39HqLyjWDarjtT1zdP7:"));
        assert!(shown.contains(&"sk4eC39HqLyjWDarjtT1zdP7".to_owned()), "{shown:?}");
    }

    #[test]
    fn signature_of_a_token_is_secret_and_its_payload_has_another_name() {
        let payload = "eyJzdWIiOiJhbGljZSJ9";
        let token = format!("eyJhbGciOiJFUzI1NiJ9.{payload}.c2lnbmF0dXJlLTAwMDE");
        let shown = of("authorization", &format!("Bearer {token}"));
        assert_eq!(shown, [token, format!("{payload}:payload"), "c2lnbmF0dXJlLTAwMDE".to_owned()]);
    }

    #[test]
    fn part_after_a_prefix_is_secret() {
        let shown = of("x-api-key", "sk_live_4eC39HqLyjWDarjtT1zdP7dc");
        assert_eq!(shown, ["sk_live_4eC39HqLyjWDarjtT1zdP7dc", "4eC39HqLyjWDarjtT1zdP7dc"]);
        assert_eq!(of("x-api-key", "not-a-real-key-alice-0001"), ["not-a-real-key-alice-0001"]);
        let shown = of("authorization", "HMAC-SHA256 Credential=alice, Signature=4f9c2b7e1a6d80354f9c2b7e1a6d8035");
        assert!(shown.contains(&"4f9c2b7e1a6d80354f9c2b7e1a6d8035".to_owned()), "{shown:?}");
    }

    #[test]
    fn cookies_are_secret_plain_and_decoded() {
        let shown = of("Cookie", "session=s%3A4eC39HqLyjWDarjt%2Fx; theme=dark");
        assert!(shown.contains(&"s%3A4eC39HqLyjWDarjt%2Fx".to_owned()), "{shown:?}");
        assert!(shown.contains(&"s:4eC39HqLyjWDarjt/x".to_owned()), "{shown:?}");
        assert!(!shown.iter().any(|text| text.contains("dark")), "{shown:?}");
        assert_eq!(of("Cookie", "consent=accepted; region=eu-west-1; sid=acceptedby"), ["acceptedby"]);
    }
}
