//! Detectors over text in lower case.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::Danger;

/// Structure of SQL, `NoSQL` and LDAP queries, not their words: prose says select and union too.
const QUERY: &[&str] = &[
    r#"['"`)]\s*(?:;\s*)?(?:--|#|/\*)"#,
    r#"['"`)\d]\s*(?:or|and|xor|\|\||&&)\s*(?:not\s+)?['"`(\d][^=<>]{0,40}?['"`)\d]?\s*(?:=|<|>|like\b|is\b|in\s*\()"#,
    r#"['"`)]\s*(?:or|and)\s+[\w.(]+\s*(?:\(|=|<|>|like\b|is\s+(?:not\s+)?null|between\b|in\s*\()"#,
    r"\b(?:or|and)\s+(\d+)\s*(?:=|<|>)\s*\d+\s*(?:--|#|$|;)",
    r"\bunion\s+(?:all\s+|distinct\s+)?select\s",
    r#"['"`)\d]\s*;\s*(?:select|insert|update|delete|drop|alter|create|exec|execute|declare|truncate|shutdown|begin|waitfor|call|copy|grant)\b"#,
    r"\b(?:sleep|benchmark|pg_sleep|waitfor\s+delay|dbms_pipe\.receive_message|extractvalue|updatexml|load_file|xp_cmdshell|utl_http\.request|randomblob)\s*[('\x22]",
    r"\b(?:information_schema|pg_catalog|sqlite_master|sys\.objects|v\$version|all_tables|mysql\.user)\b",
    r"\(\s*select\s+[^)]{1,200}\bfrom\b",
    r"\bselect\s+(?:\*|@@\w+|[\w.,\s()@]{1,60})\s+from\s+\w+(?:\s+where\s+\w+\s*=|\s*(?:--|;|limit\b))",
    r"\binto\s+(?:out|dump)file\b",
    r"\b(?:order|group)\s+by\s+\d+\s*(?:--|#|,)",
    r#"["']?\$(?:ne|gt|gte|lt|lte|in|nin|where|regex|exists|or|and|expr|function)["']?\s*:"#,
    r"[*)]\)\s*\(\s*[|&!]?\(?\s*\w+\s*=",
    r"\)\(\s*[|&]\s*\(",
    r"\b__schema\s*\{",
    r#"['"]\s*(?:\|\||\+)\s*(?:\(?\s*select\b|['"])"#,
];

/// Elements and attributes that act, and template expressions that are computed.
const MARKUP: &[&str] = &[
    r"<\s*/?\s*(?:script|iframe|object|embed|applet|base|form|meta|link|svg|math|style|template|portal|frameset)\b",
    r"<[^>]{1,200}[\s/\x22']on[a-z]{3,20}\s*=",
    r"\bon(?:error|load|click|focus|mouseover|toggle|pointerenter|animationstart)\s*=\s*['\x22a-z]",
    r"(?:javascript|vbscript|livescript)\s*:\s*[^\s]",
    r"data\s*:\s*text/html",
    r"<!(?:entity|doctype)\b|<\?xml",
    r"\{\{.{1,200}\}\}",
    r"[$#@*]\{[^}]{1,200}[*+.('\[\x22][^}]{0,200}\}",
    r"<%[=@ ]",
    r"srcdoc\s*=|xlink:href\s*=",
];

/// Ways to make a shell do something: substitution, or a separator with a command that takes arguments.
const COMMAND: &[&str] = &[
    r"\$\([^)]{1,200}\)",
    r"`\s*(?:id|ls|cat|whoami|uname|curl|wget|nc|ping|sleep|sh|bash|env|ps)\b[^`]{0,200}`",
    r"(?:[;&|\n]|\|\||&&)\s*(?:/\w+/(?:\w+/)?)?(?:cat|id|ls|whoami|uname|curl|wget|nc|ncat|netcat|ping|sleep|bash|sh|zsh|python3?|perl|ruby|php|powershell|cmd(?:\.exe)?|certutil|nslookup|dig|env|printenv|rm|chmod|touch|echo|tee|kill|ps|net\s+user|dir|type|ifconfig|ipconfig|tftp|ftp|ssh|telnet|reboot|shutdown|mkfifo|base64|xxd|awk|sed|find)\s+(?:-{1,2}\w|/|\.\.?/|~|\$|https?:|\d+(?:\.\d+){0,3}\b|['\x22>|]|[a-z]:\\|\w+\.\w+)",
    r"(?:[;&|\n]|\|\||&&)\s*(?:id|whoami|uname|env|printenv|ifconfig|ipconfig|hostname)\s*(?:$|[;&|#])",
    r"\bpowershell(?:\.exe)?\s+-\w",
    r"\bcmd(?:\.exe)?\s*/c\b",
    r"[<>]\(\s*\w+",
    r"\$\{ifs\}|\$ifs\b",
    r">\s*/(?:dev|tmp|etc|proc)/",
    r"\(\)\s*\{\s*:?;\s*\}\s*;",
];

/// Ways out of a folder.
const PATH: &[&str] = &[
    r"\.\.[/\\]",
    r"/etc/(?:passwd|shadow|hosts|group)\b",
    r"\b(?:file|gopher|dict|php|phar|expect)://",
    r"\b[a-z]:\\(?:windows|winnt|boot|users)\b",
    r"/proc/(?:self|\d+)/",
    r"(?:^|\s)\\\\[\w.-]+\\[\w$]+",
];

struct Detector {
    danger: Danger,
    set: RegexSet,
}

#[expect(clippy::expect_used, reason = "the patterns are constants; a test builds them")]
static DETECTORS: LazyLock<Vec<Detector>> = LazyLock::new(|| {
    [(Danger::Query, QUERY), (Danger::Markup, MARKUP), (Danger::Command, COMMAND), (Danger::Path, PATH)]
        .into_iter()
        .map(|(danger, patterns)| Detector { danger, set: RegexSet::new(patterns).expect("constant patterns") })
        .collect()
});

#[expect(clippy::expect_used, reason = "the pattern is a constant; a test builds it")]
static COMMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/\*.{0,64}?\*/|\s+|%0[9a-d]").expect("a constant pattern"));

/// All dangers of a text in lower case.
pub(super) fn dangers(text: &str) -> impl Iterator<Item = Danger> {
    let spaced = COMMENT.replace_all(text, " ").into_owned();
    let text = text.to_owned();
    DETECTORS.iter().filter(move |d| d.set.is_match(&text) || d.set.is_match(&spaced)).map(|d| d.danger)
}
