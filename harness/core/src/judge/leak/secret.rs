//! Credentials, recognised by their form. The examples are cut in two where a code host would take them for real.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::class::Class;
use super::detector::{Detector, is_word};
use super::entropy::{credible, in_use, random};

const fn secret(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::Secret, detail, anchors, pattern, example)
}

pub(super) const DETECTORS: &[Detector] = &[
    secret("AWS access key id", &["AKIA", "ASIA", "ABIA", "ACCA"], r"\bA(?:KI|SI|BI|CC)A[A-Z0-9]{16}\b", concat!("AK", "IA2E0A8F3B244C9986")).word(),
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
        &["AccountKey=", "SharedAccessKey=", "8Q~"],
        r"\b(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40,}={0,2})|\b[\w~.-]{3}8Q~[\w~.-]{31,}",
        concat!("EndpointSuffix=core.windows.net;Account", "Key=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A="),
    )
    .back(4),
    secret("Azure signature", &["&sig=", "?sig="], r"[?&]sig=([A-Za-z0-9%/+]{40,})", "https://x.example/c?sv=2023-01-03&sig=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A%3D"),
    secret("GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{40,}", concat!("gh", "p_9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0p")).word(),
    secret("GitLab token", &["glpat-", "gldt-", "glrt-", "glptt-"], r"\bgl(?:pat|dt|rt|ptt)-[\w-]{20,}", concat!("gl", "pat-9tSrke72PouQMnMXa7eZ")).word(),
    secret("Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"], r"\b(?:xox[abprs]|xapp)-[\w-]*\d[\w-]{9,}", concat!("xo", "xb-2048102410-9tSrke72PouQMnMX")).word(),
    secret("Slack webhook", &["hooks.slack.com/"], r"hooks\.slack\.com/(?:services|workflows)/(T\w+/[AB]\w+/\w{8,})", concat!("https://hooks.slack.com/", "services/T02AB3CD4/B05EF6GH7/9tSrke72PouQMnMXa7eZ")),
    secret("Stripe key", &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"], r"\b(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}", concat!("sk_", "live_9tSrke72PouQMnMXa7eZSW0j")).word(),
    secret("Anthropic key", &["sk-ant-"], r"\bsk-ant-[\w-]{20,}", concat!("sk-", "ant-api03-9tSrke72PouQMnMXa7eZSW0jkFMBWYq8")).word(),
    secret("OpenAI key", &["sk-"], r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}", concat!("sk-", "proj-9tSrke72PouQMnMXa7eZSW0jkFMBWYq8")).word().keep(openai),
    secret(
        "provider token",
        &["hf_", "SG.", "npm_", "pypi-AgE", "dop_v1_", "shpat_", "shpss_", "hvs.", "dapi", "gsk_", "xai-", "pplx-", "PMAK-", "NRAK-", "glsa_", "lin_api_", "AGE-SECRET-KEY-", "dp.pt.", "figd_", "r8_"],
        r"\b(?:hf_[A-Za-z]{34}|SG\.[\w-]{22}\.[\w-]{43}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,}|dop_v1_[0-9a-f]{64}|shp(?:at|ss)_[0-9a-f]{32}|hvs\.[\w-]{24,}|dapi[0-9a-f]{32}|gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{40,}|pplx-[A-Za-z0-9]{40,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|NRAK-[A-Z0-9]{27}|glsa_\w{32,}|lin_api_[A-Za-z0-9]{40}|AGE-SECRET-KEY-1[0-9A-Z]{50,}|dp\.pt\.[A-Za-z0-9]{40,}|figd_[\w-]{36,}|r8_[A-Za-z0-9]{37})\b",
        concat!("np", "m_9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0p"),
    )
    .word(),
    secret("JSON Web Token", &["eyJ"], r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}", concat!("ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.9tSrke72PouQMnMXa7eZSW0j")).word().ahead(4000),
    secret("private key", &["PRIVATE KEY"], r"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----", concat!("-----BEGIN RSA ", "PRIVATE KEY-----")).back(24),
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
    Detector::with(Class::Secret, "basic credentials", &["Basic "], basic, "Authorization: Basic YWxpY2U6OXRTcmtlNzJQb3U="),
    secret("bearer token", &["Bearer "], r"\bBearer ([\w.~+/-]{20,}=*)", concat!("Authorization: Bearer 9tSrke72Pou", "QMnMXa7eZSW0jkFMBWY")).word().keep(random),
    // A name that says secret, and a value that may be one.
    secret(
        "password",
        &["password", "passwd", "pwd", "passphrase"],
        r#"(?i)(?:password|passwd|pwd|passphrase)(?:\\*["'])?\s*(?:[:=]|=>)\s*(?:\\*["'])?([^"'\s\\,;&<>(){}]+)"#,
        r#"{"user":"alice","password":"9tSrke72!Pou"}"#,
    )
    .keep(credible),
    secret(
        "API key or token",
        &["api_key", "api-key", "apikey", "secret_key", "secretkey", "client_secret", "clientsecret", "access_token", "accesstoken", "auth_token", "authtoken", "refresh_token", "refreshtoken", "private_key", "access_key", "accesskey", "secret\"", "secret\\\"", "secret=", "secret:"],
        r#"(?i)(?:api[_-]?key|secret[_-]?key|client[_-]?secret|(?:access|auth|refresh)[_-]?token|private[_-]?key|access[_-]?key|secret)(?:\\*["'])?\s*(?:[:=]|=>)\s*(?:\\*["'])?([A-Za-z0-9][\w.~+/=-]{15,})"#,
        concat!("api_key=9tSrke72Pou", "QMnMXa7eZSW0j"),
    )
    .keep(credible),
];

/// Whether a token after `sk-` has the mixture of `OpenAI`'s, and is not Anthropic's or a class of a style sheet.
fn openai(token: &[u8]) -> bool {
    !token.starts_with(b"sk-ant-")
        && token.iter().any(u8::is_ascii_digit)
        && token.iter().any(u8::is_ascii_uppercase)
        && token.iter().any(u8::is_ascii_lowercase)
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
