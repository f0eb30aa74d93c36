//! Lines after a line end that forge a header, a log record or a message.

/// All patterns.
pub(in crate::filter) const PATTERNS: &[&str] = &[
    // Registered field names (RFC 9110, RFC 6265, RFC 5322) on their own line.
    concat!(
        r"\n[ \t]*(?:x-[\w-]+|set-cookie2?|content-[\w-]+|access-control-[\w-]+|transfer-encoding|proxy-[\w-]+",
        r"|sec-[\w-]+|accept(?:-[\w-]+)?|cache-control|www-authenticate|last-modified|strict-transport-security",
        r"|if-[\w-]+|user-agent|retry-after|keep-alive|max-forwards|permissions-policy|referrer-policy",
        r"|clear-site-data|alt-svc|mime-version|reply-to|return-path|message-id|x_\w+|forwarded|authorization",
        r"|proxy|cookie)\s*:",
    ),
    concat!(
        r"\r\n[ \t]*(?:[\w]+-[\w-]+|location|authorization|cookie|host|connection|refresh|bcc|cc|to|from",
        r"|subject|etag|server|via|expect|link|upgrade|trailer|te|age|pragma|origin|vary|allow|date|warning",
        r"|status|referer|digest|range)\s*:",
    ),
    r"\n[ \t]*(?:bcc|cc|location|set-cookie)\s*:|\n[ \t]*http/\d",
    concat!(
        r"\n[ \t]*(?:get|post|put|delete|head|options|patch|trace|connect|helo|ehlo|mail from|rcpt to|data|quit",
        r"|auth|user|pass|stor|retr)\b[^\n]*(?:http/\d|:<|\r\n)",
    ),
    r"\r\n\r\n\s*[<\w{]",
    r"=\?[\w-]+\?[qb]\?[^?]*=0[ad]|\\r\\n\s*[\w-]+:|\\[rn]\s*(?:x-|set-cookie|content-|location)[\w-]*\s*:",
    // Log records.
    concat!(
        r"(?:\n|\\n)\s*(?:\[?\d{4}-\d\d-\d\d[t ]\d\d:\d\d|\w{3}\s+\d{1,2}\s+\d\d:\d\d:\d\d\s",
        r"|\d{1,3}(?:\.\d{1,3}){3}\s+-|\[\d\d/\w{3}/\d{4}|\[(?:info|warn|warning|error|audit|debug|fatal",
        r"|critical|notice|trace|alert|emerg|severe)\]|(?:info|warn|warning|error|audit|debug|fatal|critical",
        r"|notice|trace|alert|emerg|severe)(?::\s|\s+\[|\s+-\s|\s*\||\s+\w+=)|(?:\w+=\S+\s+)*(?:level|severity",
        r"|lvl|msg|user|event|time|ts|status)=|<\d{1,3}>\d?|at\s+[\w.$<>]+\(|caused by:|traceback",
        r"|\{\s*['\x22](?:ts|time|level|msg|event|severity|timestamp)['\x22]\s*:|type=\w+\s+msg=|cef:\d|leef:\d",
        r"|root:)",
    ),
    r"^[^'\x22]*\x22\s*,\s*\x22(?:level|severity|user|event|msg|outcome|time)\x22\s*:|~ODD~\s+\w+=\S+\s+\w+=",
    r"\|\s*(?:suser|duser|src|dst|cs\d|act|outcome|msg)=|(?:^|\n)<\d{1,3}>\d?\s*\d{4}-|%[a-z]\{[^}]*\}.*%[mnc]",
    r"\s\w+=\x22[^\x22]*\x22\s+(?:user|level|role|outcome|ref|status)=\w+",
    r"(?:%[snpx]){3,}|%\d*\$?n%|%n(?:%|$)|%\d+\$[snx]",
    r"(?:^|[;\s])(?:domain|path|expires|max-age|samesite)\s*=[^;]*;?.*;\s*\w+=",
    r"^[^;=]*;\s*(?:admin|session|role|user|domain|path)\s*=|\x22;\s*(?:filename|name|admin|charset)\s*=",
    r";\s*filename\*?=",
];
