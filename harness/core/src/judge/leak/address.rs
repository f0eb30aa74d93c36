//! Internal addresses and host names, and errors that name a host.

use std::net::Ipv6Addr;
use std::ops::Range;

use super::class::Class;
use super::detector::{Detector, is_word};

const fn pattern(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::InternalAddress, detail, anchors, pattern, example)
}

pub(super) const DETECTORS: &[Detector] = &[
    // RFC 1918, RFC 3927, and loopback with a port, but not a version of four numbers.
    Detector::with(
        Class::InternalAddress,
        "private IPv4 address",
        &["10.", "192.168.", "172.1", "172.2", "172.3", "127.0.", "169.254.", "0.0.0.0:", "100.", "168.63.129.16", "192.0.0.192"],
        ipv4,
        "connect to 10.20.0.7:5432 failed",
    )
    .unless_shown(),
    // RFC 4193 and RFC 4291, section 2.5.6.
    Detector::with(
        Class::InternalAddress,
        "private IPv6 address",
        &[
            "fe80:", "[::1]:", "\"fd", "'fd", "[fd", " fd", "(fd", "=fd", "/fd", "@fd", "\nfd", "\"fc", "'fc", "[fc", " fc", "(fc",
            "=fc", "/fc", "@fc", "\nfc", ",fd", ">fd", "|fd", ";fd", "\tfd", ",fc", ">fc", "fd00:ec2:",
        ],
        ipv6,
        "dialing [fd12:3456:789a::1]:5432",
    )
    .unless_shown(),
    pattern(
        "loopback host",
        &["localhost:"],
        r"\blocalhost:\d{2,5}\b",
        "proxying to http://localhost:9101/accounts",
    )
    .word()
    .unless_shown(),
    pattern(
        "cluster host",
        &[".svc", "cluster.local", "kubernetes.default", ".pod.cluster"],
        r"(?i)\b[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*\.(?:svc(?:\.cluster\.local)?(?::\d+|\b[^\w.-]|[.,](?:\s|$)|$)|svc\.cluster\.local\b)|\b[\w-]+\.[\w-]+\.pod\.cluster\.local\b|\bkubernetes\.default(?:\.svc)?\b|\b[\w-]+\.(?:svc|pod)\.[a-z][\w-]*\.(?:local|internal)\b",
        "upstream ledger.payments.svc.cluster.local:8080",
    )
    .back(100),
    Detector::with(
        Class::InternalAddress,
        "internal host",
        &[".internal", ".local", ".corp", ".lan", ".intranet", ".home.arpa", ".consul", ".private", ".localdomain", ".intra", ".priv", ".mgmt", ".nomad", ".mesos", ".svc.local", ".prod", ".staging", ".docker", ".k8s"],
        host,
        "getaddrinfo ENOTFOUND db-1.prod.internal",
    ),
    // How Go and Spring report a failed request: with the URL behind the target.
    pattern(
        "connection error naming a host",
        &["Get \"http", "Post \"http", "Put \"http", "Patch \"http", "Delete \"http", "Head \"http", "Get \\\"http", "Post \\\"http", "Put \\\"http", "Patch \\\"http", "Delete \\\"http", "Get &quot;http", "Post &quot;http", "Put &quot;http", "Patch &quot;http", "Delete &quot;http", "Get &#34;http", "Post &#34;http", " request for \"http", " request for \\\"http", " request for &quot;http"],
        r"\b(?:Get|Post|Put|Patch|Delete|Head|[A-Z]+ request for) <Q>https?://[^\n]{1,300}?<Q>: [A-Za-z]",
        "Get \"http://ledger/v1/accounts\": context deadline exceeded",
    )
    .back(16)
    .ahead(400),
    // Connection strings of databases and brokers.
    pattern(
        "connection string",
        &["mongodb://", "mongodb+srv://", "redis://", "rediss://", "amqp://", "amqps://", "postgres://", "postgresql://", "mysql://", "mariadb://", "nats://", "ldap://", "ldaps://", "memcached://", "clickhouse://", "bolt://", "neo4j://", "mssql://", "sqlserver://", "etcd://", "mqtt://", "cassandra://", "kafka://"],
        r"\b[a-z+]{4,12}://(?:[^\s/@\x22'<>]*@)?(\w[\w.-]*(?::\d{2,5}\b)?)",
        "mongodb://ledger-0.ledger:27017/accounts",
    )
    .word()
    .keep(somewhere)
    .unless_shown(),
    // A load balancer's cookie that contains an address as a number.
    pattern(
        "balancer cookie",
        &["BIGipServer"],
        r"\bBIGipServer[\w.~%-]*=(?:\d{6,10}\.\d{1,5}\.0000|rd\d+o[0-9a-f]+|vi[0-9a-f]+)",
        "Set-Cookie: BIGipServerledger=1677787402.20480.0000; path=/",
    ),
    // The same words between a machine name and a public domain.
    pattern(
        "internal host",
        &[".corp.", ".internal.", ".intranet.", ".intra."],
        r"\b[a-z0-9][\w-]*(?:\.[\w-]+)*\.(?:corp|internal|intranet|intra)(?:\.[\w-]+)*\.(?:com|net|org|io|de|eu|cloud|dev|co)\b",
        "https://wiki.corp.acme.com/ledger",
    )
    .back(80),
    // `http://ledger:9101`: a name without a dot is known only internally.
    Detector::with(Class::InternalAddress, "internal host", &["://"], single, "GET http://ledger:9101/accounts/7"),
    pattern(
        "connection error naming a host",
        &["ECONNREFUSED ", "ENOTFOUND ", "EAI_AGAIN ", "ETIMEDOUT ", "EHOSTUNREACH ", "ECONNRESET ", "ENETUNREACH ", "dial tcp", "dial udp", "dial unix", ": no such host", "ConnectionPool(host", "ailed to connect to ", "onnection refused: ", "to resolve '", "onnect() failed", "ould not resolve host", "ould not connect to ", "an't connect to ", "annot connect to ", "nable to connect to ", "rror connecting to ", "rror connecting ", "read tcp ", "write tcp ", "UnknownHostException: ", "no further information", "Name or service not known", "getaddrinfo failed", "name resolution", "nodename nor servname", "No route to host", "Max retries exceeded", "to resolve host", "server misbehaving", "Connect call failed", "actively refused", "onnection to ", "to resolve ", "Network is unreachable", "tcp connect error", "onnect to ", "transport: Error while dialing", "all addresses; last error", "no live upstreams", "name could not be resolved", "No such host is known", "pen TCP connection to ", "to_address", "nxdomain", "roduced zero addresses", "failed_connect"],
        r"no live upstreams while|name could not be resolved: <Q>[\w.-]+|No such host is known\.? ?\(|[Ff]ailed to open TCP connection to [\w.-]+:\d+|\bto_address,\s*\{|\bfailed_connect,|\bnxdomain\b|produced zero addresses|(?:Name or service not known|nodename nor servname provided[\w, ]*)(?:: | \(|: \()[\w.-]*\w|\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET|ENETUNREACH) [\w/-]*[\w:\]][.:]?[\w.:/-]*|\bdial (?:tcp|udp|unix)[46]?:? (?:lookup )?[\w\[/][\w.:/\[\]-]*|\blookup [\w.-]+(?: on [\w.:\[\]]+)?: (?:no such host|server misbehaving|i/o timeout)|\bHTTPS?ConnectionPool\(host=<Q>|\b[Ff]ailed to connect to /?[\w.-]+(?:/[\d.]+)?[: ](?:port )?\d+|[Cc]onnection refused: [\w.-]+/[\w.:]+|\bconnect\(\) failed \(\d+: [^\n]*upstream: |[Cc]ould not resolve host:? <?[\w.-]*\w|(?:[Cc]ould not|[Cc]an(?:<Q>|\\')t|[Cc]annot|[Uu]nable to) connect to (?:\w+ )*?(?:(?:at|on|host) )?(?:<Q>[\w.-]+<Q>|[\w.-]*[\w\]](?::\d{2,5}\b|/\d+\.\d))|[Ee]rror (?:\d+ )?connecting (?:to )?[\w.-]+:\d+|\b(?:read|write) tcp [\d\[][\w.:\[\]]*->|UnknownHostException: [\w.-]+|no further information: [\w.-]+/|[\w.-]+:? (?:<Q>)?(?:Name or service not known|nodename nor servname provided)|getaddrinfo failed|[Tt]emporary failure in name resolution|No route to host:? [\w.-]+[:/]|Max retries exceeded with url|[Uu]nable to resolve host <Q>|Connect call failed \(|actively refused it|[Cc]onnection to (?:server at )?<Q>?[\w.-]+<Q>?(?::\d{2,5}| \([\d.]+\), port \d+|, port \d+) (?:refused|failed|timed out|closed|was)|[Ff]ailed to resolve <Q>?[\w.-]+|tcp connect error: |transport: Error while dialing|(?i:connect to) (?:host )?[\w.-]+(?::\d{2,5}| port \d{2,5})\b[^\n]{0,40}(?:failed|refused|timed out|timeout|unreachable)|all addresses; last error",
        "connect ECONNREFUSED ledger:9101",
    )
    .back(80),
    pattern(
        "node name",
        &["ip-10-", "ip-172-", "ip-192-168-"],
        r"\bip-(?:10|172|192)(?:-\d{1,3}){3}\b(?:\.[a-z][\w.-]*\w)?",
        "running on ip-10-0-12-34",
    )
    .word(),
    pattern(
        "metadata host",
        &["metadata.google", "latest/meta-data", "metadata/instance", "computeMetadata", "metadata.azure", "metadata.tencentyun"],
        r"\bmetadata\.google(?:\.internal)?\b|/latest/meta-data\b|/metadata/instance\b|/computeMetadata/v1|\bmetadata\.(?:azure|tencentyun)\.\w+",
        "GET http://metadata.google.internal/computeMetadata/v1/instance",
    )
    .unless_shown(),
    pattern(
        "backend header",
        &["X-Backend", "X-Upstream", "X-Real-Server", "X-Forwarded-Server", "X-Server-Name", "X-Instance", "X-Served-By", "X-Pod", "X-Hostname"],
        r"(?mi)^X-(?:Pod|Hostname)[\w-]*: *[a-z0-9][^\r\n]*|^X-Served-By: *(?:[^\r\n]*, *)?[a-z][\w-]*-[b-df-hj-np-tv-z2-9]{8,10}-[b-df-hj-np-tv-z2-9]{5}\s*$|^X-(?:Backend|Upstream|Real-Server|Forwarded-Server|Server-Name|Instance)[\w-]*: *[^\r\n]*[a-z0-9][^\r\n]*",
        "X-Backend-Server: ledger-7f9c\n",
    ),
];

/// Addresses of private networks: RFC 1918, RFC 3927, the shared space of RFC 6598, and the metadata hosts of clouds.
fn is_inside(address: std::net::Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let metadata = [[168, 63, 129, 16], [192, 0, 0, 192]].contains(&address.octets());
    address.is_private() || address.is_link_local() || metadata || a == 100 && (64..128).contains(&b)
}

/// Whether somebody could own a host: documentation names are nobody's.
fn somewhere(host: &[u8]) -> bool {
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    let host = host.split(':').next().unwrap_or_default();
    !["localhost", "127.0.0.1", "host", "hostname", "server", "hosts", "host1", "user", "username", "username"]
        .contains(&host)
        && !["example", "your", "my-", "my_", "<"].iter().any(|part| host.contains(part))
}

/// Words before four numbers that make them a version or a section number.
const NUMBERED: [&str; 14] = [
    "version",
    "ver",
    "v",
    "release",
    "section",
    "sec",
    "chapter",
    "clause",
    "paragraph",
    "article",
    "build",
    "firmware",
    "update",
    "oid",
];

fn ipv4(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    let before = bytes.get(..hit.start)?;
    let rest = bytes.get(hit.start..)?;
    if before.last().is_some_and(|b| is_word(*b) || matches!(b, b'.' | b'-' | b'+')) && !escaped(before) {
        return None;
    }
    let text = rest.get(..rest.iter().take(16).take_while(|b| b.is_ascii_digit() || **b == b'.').count())?;
    // An address may end a sentence.
    let text = text.strip_suffix(b".").unwrap_or(text);
    let address: std::net::Ipv4Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    let mut width = text.len();
    let after = rest.get(width..)?;
    if after.first().is_some_and(|b| is_word(*b) || *b == b'-') {
        return None;
    }
    let port =
        after.strip_prefix(b":").map_or(0, |digits| digits.iter().take(5).take_while(|b| b.is_ascii_digit()).count());
    if port > 0 {
        width += 1 + port;
    } else if !is_inside(address) || numbered(before) || is_network(address, after) {
        return None;
    }
    let inside = is_inside(address) || address.is_loopback() || address.is_unspecified();
    inside.then_some(hit.start..hit.start + width)
}

/// Whether the address is a network that a text is about, as in `10.0.0.0/8`.
fn is_network(address: std::net::Ipv4Addr, after: &[u8]) -> bool {
    let digits = after.strip_prefix(b"/").map(|rest| rest.iter().take(2).take_while(|b| b.is_ascii_digit()).count());
    let width = digits.and_then(|n| std::str::from_utf8(after.get(1..=n)?).ok()?.parse::<u32>().ok());
    width.is_some_and(|width| width <= 32 && u32::from(address).checked_shl(width).unwrap_or(0) == 0)
}

/// Whether the text before a number says that it counts something, as in `"version": "` or `Agent/`.
fn numbered(before: &[u8]) -> bool {
    let near = before.get(before.len().saturating_sub(40)..).unwrap_or(before);
    if let [.., word, b'/'] = near {
        return is_word(*word);
    }
    let gap = near.iter().rev().take_while(|b| !is_word(**b)).count();
    let word = near.get(..near.len() - gap).unwrap_or_default();
    let word =
        word.get(word.len() - word.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count()..).unwrap_or_default();
    let word = String::from_utf8_lossy(word).to_ascii_lowercase();
    near.ends_with("§ ".as_bytes())
        || near.ends_with("§".as_bytes())
        || gap <= 5 && (NUMBERED.contains(&word.as_str()) || word.ends_with("version"))
}

/// Whether the last letter before belongs to an escape, as in `\n10.0.0.7`.
fn escaped(before: &[u8]) -> bool {
    matches!(before, [.., b'\\', b'n' | b'r' | b't'])
}

fn ipv6(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    let loopback = bytes.get(hit.clone())? == b"[::1]:";
    // The anchor begins one byte before the address, except for link-local ones.
    let first = bytes.get(hit.start)?;
    let start = if matches!(first, b'f' | b'F') { hit.start } else { hit.start + 1 };
    if start == hit.start
        && hit.start.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| is_word(*b) || *b == b':')
    {
        return None;
    }
    let rest = bytes.get(start..)?;
    let text = rest.get(..rest.iter().take(40).take_while(|b| b.is_ascii_hexdigit() || **b == b':').count())?;
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    let after = rest.get(text.len()..)?;
    if after.first().is_some_and(|b| is_word(*b)) {
        return None;
    }
    let port = matches!(after, [b']', b':', digit, ..] if digit.is_ascii_digit());
    let inside = address.is_unique_local() || address.is_unicast_link_local() || loopback && port;
    // `fd12` alone does not parse, but `fc::` does: an abbreviation of a single group.
    inside.then_some(start..start + text.len())
}

/// Words before a name that mark it as a host.
const HOSTS: [&str; 18] = [
    "host",
    "hostname",
    "server",
    "upstream",
    "resolve",
    "lookup",
    "enotfound",
    "eai_again",
    "econnrefused",
    "to",
    "tcp",
    "addr",
    "address",
    "node",
    "backend",
    "endpoint",
    "via",
    "from",
];

/// First labels of names that are code or error codes, not hosts.
const CODE: [&str; 14] = [
    "com",
    "org",
    "net",
    "io",
    "jdk",
    "java",
    "sun",
    "error",
    "errors",
    "err",
    "exception",
    "code",
    "messages",
    "config",
];

fn host(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    let before = bytes.get(hit.start.saturating_sub(120)..hit.start)?;
    let label = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    let name = before.get(before.len() - before.iter().rev().take_while(|b| label(b)).count()..)?;
    let lead = before.get(..before.len() - name.len())?;
    let name = name.get(usize::from(lead.last() == Some(&b'\\') && matches!(name, [b'n' | b'r' | b't', _, ..]))..)?;
    let (first, last) = (name.first()?, name.last()?);
    let after = bytes.get(hit.end..)?;
    let more = match after {
        [b'.', next, ..] => is_word(*next),
        [b, ..] => is_word(*b) || matches!(b, b'-' | b'('),
        [] => false,
    };
    if more || !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() || name.windows(2).any(|w| w == b"..") {
        return None;
    }
    let labels: Vec<String> =
        name.split(|b| *b == b'.').map(|l| String::from_utf8_lossy(l).to_ascii_lowercase()).collect();
    if labels.first().is_some_and(|first| CODE.contains(&first.as_str())) {
        return None;
    }
    let port =
        after.strip_prefix(b":").map_or(0, |digits| digits.iter().take(5).take_while(|b| b.is_ascii_digit()).count());
    let gap = lead.iter().rev().take_while(|b| b" \"'`=:(\\".contains(b)).count().min(4);
    let word = lead.get(..lead.len() - gap)?;
    let word = word.get(word.len() - word.iter().rev().take_while(|b| is_word(**b)).count()..)?;
    let word = String::from_utf8_lossy(word).to_ascii_lowercase();
    // These suffixes occur only in private networks.
    let sure = [&b".localdomain"[..], b".home.arpa", b".consul", b".nomad"].contains(&bytes.get(hit.clone())?);
    let told = sure
        || port > 0
        || lead.ends_with(b"://")
        || lead.last() == Some(&b'@')
        || labels.len() >= 2
        || labels.iter().any(|l| l.contains('-') && l.bytes().any(|b| b.is_ascii_digit()))
        || gap > 0 && HOSTS.contains(&word.as_str());
    let width = if port > 0 { port + 1 } else { 0 };
    told.then(|| hit.start - name.len()..hit.end + width)
}

fn single(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    // `dns:///ledger:9101` has an empty authority.
    let start = hit.end + usize::from(bytes.get(hit.end) == Some(&b'/'));
    let rest = bytes.get(start..)?;
    let width = rest.iter().take(64).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    let name = rest.get(..width)?;
    let digits = rest.get(width..)?.strip_prefix(b":")?.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    let next = rest.get(width + 1 + digits);
    let named = name.first().is_some_and(u8::is_ascii_alphabetic) && !name.eq_ignore_ascii_case(b"localhost");
    // Digits before `@` are a password, and six digits are not a port.
    let port = (2..=5).contains(&digits) && !next.is_some_and(|b| is_word(*b) || matches!(b, b'@' | b'.'));
    (named && port).then(|| start..start + width + 1 + digits)
}
