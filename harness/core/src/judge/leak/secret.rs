//! Credentials, recognised by their form. The examples are split where a code host would mistake them for real ones.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::class::Class;
use super::detector::{Detector, is_word};
use super::entropy::{credible, dealt, in_use, random};

const fn secret(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::Secret, detail, anchors, pattern, example)
}

pub(super) const DETECTORS: &[Detector] = &[
    secret("AWS access key id", &["AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA", "AGPA", "ANPA", "APKA"], r"\bA(?:KI|SI|BI|CC|RO|ID|GP|NP|PK)A[A-Z0-9]{16}\b", concat!("AK", "IA2E0A8F3B244C9986")).word().keep(no_example),
    secret(
        "AWS secret access key",
        &["secret_access_key", "SecretAccessKey", "secretaccesskey"],
        r"(?i)secret_?access_?key<Q>?\s*[=:]\s*<Q>?([A-Za-z0-9/+=]{40})\b",
        concat!("aws_secret_access_key = wJalrXUtnFEMI", "K7MDENGbPxRfiCYzq8Lm0pT4v1s"),
    ),
    secret("Google API key", &["AIza"], r"\bAIza[\w-]{35}", concat!("AI", "zaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY")).word(),
    secret("Google OAuth secret", &["ya29.", "GOCSPX-"], r"\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}", concat!("GOC", "SPX-9tSrke72PouQMnMXa7eZSW0jkFMB")).word(),
    secret(
        "Azure key",
        &["AccountKey=", "SharedAccessKey=", "SharedAccessSignature=", "Q~"],
        r"\b(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40,}={0,2})|\b[\w~.-]{3}\dQ~[\w~.-]{31,}|SharedAccessSignature=([\w%&=+/-]{40,})",
        concat!("EndpointSuffix=core.windows.net;Account", "Key=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A="),
    )
    .back(4),
    secret("Azure signature", &["&sig=", "?sig="], r"[?&]sig=([A-Za-z0-9%/+]{40,})", "https://x.example/c?sv=2023-01-03&sig=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A%3D"),
    secret("Slack webhook", &["hooks.slack.com/"], r"hooks\.slack\.com/(?:services|workflows|triggers)/([TE]\w+/[AB\d]\w+/[\w/]{8,})", concat!("https://hooks.slack.com/", "services/T02AB3CD4/B05EF6GH7/9tSrke72PouQMnMXa7eZ")),
    secret("OpenAI key", &["sk-"], r"\bsk-[A-Za-z0-9_-]{20,}", concat!("sk-", "9tSrke72PouQMnMXa7eZSW0jkFMBWYq8")).word().keep(plain_key),
    secret("JSON Web Token", &["eyJ"], r"\beyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}\.(?:[\w-]{8,}|[^\w-]|$)|[\w-]{0,800}\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})", concat!("ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.9tSrke72PouQMnMXa7eZSW0j")).word().ahead(4000),
    secret("webhook", &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/", ".webhook.office.com/", "hooks.zapier.com/", "chat.googleapis.com/v1/spaces/"], r"discord(?:app)?\.com/api/webhooks/(\d{16,20}/[\w-]{50,})|\.webhook\.office\.com/webhookb2/([\w@/-]{60,})|hooks\.zapier\.com/hooks/catch/(\d+/\w+)|chat\.googleapis\.com/v1/spaces/(\w+/messages\?key=[\w-]{20,}&token=[\w%-]{20,})", concat!("https://discord.com/", "api/webhooks/1098765432109876543/9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0pT4v1s9tSrke72PouQMnMXa7eZSW0jkFM")),
    secret("bot token", &[":AA", "Bot "], r"\b\d{8,10}:AA[\w-]{32,}|\bBot ([MNO][\w-]{22,27}\.[\w-]{6}\.[\w-]{27,})", concat!("7102938475:AA", "H9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm")).back(10),
    secret("provider token", &[".atlasv1.", "-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8", "-us9", "_mmk"], r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}|\b[0-9a-f]{32}-us\d{1,2}\b|\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b", concat!("9tSrke72PouQMn.atlas", "v1.9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0pT4v1s9tSrke72PouQMnMX")).back(40),
    secret("PuTTY key", &["PuTTY-User-Key-File"], r"PuTTY-User-Key-File-\d: \S+", "PuTTY-User-Key-File-3: ssh-ed25519"),
    secret("private key", &["PRIVATE KEY"], r"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP|ANY|SSH2 ENCRYPTED) )?PRIVATE KEY(?: BLOCK)?-----", concat!("-----BEGIN RSA ", "PRIVATE KEY-----")).back(24),
    // `scheme://user:password@host`.
    secret(
        "URL with a password",
        &["://"],
        r#"\b[a-z][a-z0-9+.-]*://[^\s/:@"'<>?#]*:([^\s/@"'<>]+)@[\w.\[-]"#,
        "postgres://ledger:9tSrke72Pou@db/ledger",
    )
    .back(24)
    .then(user)
    .keep(in_use),
    secret(
        "connection string with a password",
        &["password=", "pwd="],
        r#"(?i)(?:\b(?:Server|Data Source|Host|Endpoint|User ID|Uid|Username|Database|Initial Catalog)\s*=[^;\n"]*;(?:[^;\n"=]+=[^;\n"]*;)*\s*|\b(?:host|user|dbname|port)=\S+ (?:\w+=\S+ )*)(?:Password|Pwd)\s*=\s*([^;"'\s&]+)"#,
        "Server=db;Database=ledger;User Id=sa;Password=9tSrke72Pou;",
    )
    .back(200)
    .keep(in_use),
    secret(
        "Azure key",
        &["AZDO", "AzFu", "AzSe", "ACDb"],
        r"\b[A-Za-z0-9]{52,76}AZDO[A-Za-z0-9]{4}\b|\b[\w-]{44}AzFu[\w-]{5}[AQgw]==|\b[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}\b|\b[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{6}==",
        concat!("9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0pT4v1s9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm", "AZ", "DO9tSr"),
    )
    .back(80),
    secret(
        "bearer token",
        &["AAAAAAAAAAAAAAAAAAAA"],
        r"\bA{20,24}[A-Za-z0-9]{20,60}%[A-Za-z0-9%]{30,}",
        concat!("AAAAAAAAAAAAAAAAAAAAAA", "9tSrke72PouQMnMXa7eZSW0jkFMBWYq%3D9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0p"),
    ),
    // A header whose name says token.
    secret(
        "API key or token",
        &["-Token:", "-Token\"", "-Token\\\""],
        r"(?i)\bX-(?:\w+-)*(?:Server|Account|Auth|Access|Api|Vault|Security|Service|Private|Admin|Gitlab|Consul|Figma|Session|User|Client|Job|Deploy|Api-Auth)-Token<Q>?\s*:\s*<Q>?([\w.~+/-]{20,}=*)",
        concat!("X-Ledger-Server-Token: 9tSrke72Pou", "QMnMXa7eZSW0jkFMBWY"),
    )
    .back(60)
    .keep(random),
    // Any other scheme of a header, and environment variables.
    secret(
        "API key or token",
        &["Authorization", "_TOKEN=", "_TOKEN:", "_KEY=", "_KEY:", "_SECRET=", "_SECRET:", "_PASSWORD=", "_CREDENTIALS="],
        r"(?i:authorization)<Q>?\s*[:=]\s*<Q>?[A-Za-z][\w-]{1,20} ([\w.~+/-]{20,}=*)|\b[A-Z][A-Z0-9_]*_(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS)\s?[=:]\s*<Q>?((?:base64:)?[\w.~+/-]{20,}=*)",
        concat!("LEDGER_TOKEN=9tSrke72Pou", "QMnMXa7eZSW0jkFMBWY"),
    )
    .back(60)
    .keep(random),
    Detector::with(Class::Secret, "basic credentials", &["Basic "], basic, "Authorization: Basic YWxpY2U6OXRTcmtlNzJQb3U="),
    secret("bearer token", &["Bearer "], r"\bBearer ([\w.~+/-]{20,}=*)", concat!("Authorization: Bearer 9tSrke72Pou", "QMnMXa7eZSW0jkFMBWY")).word().keep(random),
    // A name that says secret, with a plausible value.
    secret(
        "password",
        &["password", "passwd", "pwd", "passphrase"],
        r#"(?i)(?:password|passwd|pwd|passphrase)<Q>?\s*(?::=|[:=]|=>)\s*<Q>?([^"'\s\\,;&<>(){}]+)"#,
        r#"{"user":"alice","password":"9tSrke72!Pou"}"#,
    )
    .keep(credible),
    secret(
        "API key or token",
        &["api_key", "api-key", "apikey", "secret_key", "secretkey", "client_secret", "clientsecret", "access_token", "accesstoken", "auth_token", "authtoken", "refresh_token", "refreshtoken", "private_key", "privatekey", "access_key", "accesskey", "secret\"", "secret\\\"", "secret=", "secret:"],
        r"(?i)(?:api[_-]?key|secret[_-]?key(?:_base)?|client[_-]?secret|(?:access|auth|refresh)[_-]?token|private[_-]?key|access[_-]?key|secret)<Q>?\s*(?::=|[:=]|=>)\s*<Q>?([A-Za-z0-9][\w.~+/=!@#%^*$-]{15,})",
        concat!("api_key=9tSrke72Pou", "QMnMXa7eZSW0j"),
    )
    .keep(credible),
];

/// Whether a token after `sk-` is random: letters of both cases and digits, or many hexadecimal digits. A CSS class is
/// not.
fn plain_key(token: &[u8]) -> bool {
    let body = token.strip_prefix(b"sk-").unwrap_or(token);
    let mixed =
        [u8::is_ascii_digit, u8::is_ascii_uppercase, u8::is_ascii_lowercase].iter().all(|kind| body.iter().any(kind));
    (mixed || body.len() >= 32 && body.iter().all(u8::is_ascii_hexdigit)) && dealt(body)
}

/// Whether a key is not a known example from documentation.
fn no_example(key: &[u8]) -> bool {
    // The example token of jwt.io, for `{"sub":"1234567890","name":"John Doe"`.
    let john = b"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l";
    !key.ends_with(b"EXAMPLE") && memchr::memmem::find(key, john).is_none()
}

/// Whether a URL's authority begins with a name and a password.
fn user(rest: &[u8]) -> bool {
    let end = rest.iter().take(200).position(|b| matches!(b, b'@' | b'/' | b'"' | b'\'' | b' ' | b'\n' | b'<' | b'>'));
    end.is_some_and(|end| rest.get(end) == Some(&b'@') && rest.iter().take(end).any(|b| *b == b':'))
}

/// `Basic` and base64 of a name, a colon and a password (RFC 7617).
fn basic(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    if hit.start.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| is_word(*b)) {
        return None;
    }
    let rest = bytes.get(hit.end..)?;
    let width =
        rest.iter().take(400).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).count();
    let decoded = STANDARD.decode(rest.get(..width)?).ok()?;
    let colon = decoded.iter().position(|b| *b == b':')?;
    let printable = decoded.iter().all(|b| (b' '..=b'~').contains(b));
    (printable && colon > 0 && colon + 1 < decoded.len()).then(|| hit.end..hit.end + width)
}
