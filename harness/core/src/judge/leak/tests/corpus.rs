//! What must be found.

use super::super::scanner::detectors;
use super::super::{Class, Scanner};

#[test]
fn every_pattern_compiles_and_finds_its_example() {
    let scanner = Scanner::new(&[]);
    for detector in detectors() {
        assert!(detector.compiled().is_some(), "{}: the pattern is wrong", detector.detail);
        let leaks = scanner.scan(detector.example.as_bytes());
        let found = leaks.iter().any(|leak| leak.class == detector.class && leak.detail == detector.detail);
        assert!(found, "{}: {:?} gives {leaks:?}", detector.detail, detector.example);
    }
}

#[test]
fn every_sample_is_found() {
    let scanner = Scanner::new(&[]);
    let mut missed = Vec::new();
    for (class, detail, text) in SAMPLES {
        let leaks = scanner.scan(text.as_bytes());
        if !leaks.iter().any(|leak| leak.class == *class && leak.detail == *detail) {
            missed.push(format!("{detail}: {text:?} gives {leaks:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn leak_has_its_place_and_shows_no_secret() {
    let leaks = Scanner::new(&[]).scan(b"x postgres://ledger:9tSrke72Pou@db-1.prod.internal/ledger");
    let secret = leaks.iter().find(|leak| leak.class == Secret);
    let shown = secret.map(|leak| (leak.offset, leak.excerpt.as_str()));
    assert_eq!(shown, Some((2, "postgres://ledger:9t…@d")));
    let host = leaks.iter().find(|leak| leak.class == InternalAddress);
    assert_eq!(host.map(|leak| (leak.offset, leak.excerpt.as_str())), Some((32, "db-1.prod.internal")));
}

use Class::{DatabaseError, FilePath, InternalAddress, Secret, ServerVersion, StackTrace};

/// The same things in other forms: in JSON, in HTML, in logs.
const SAMPLES: &[(Class, &str, &str)] = &[
    (
        StackTrace,
        "Python traceback",
        r#"{"detail":"Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in find\n    x\nKeyError: 7"}"#,
    ),
    (StackTrace, "Python traceback", "<pre>  File &quot;/app/main.py&quot;, line 12, in &lt;module&gt;</pre>"),
    (
        StackTrace,
        "Java stack trace",
        r#"{"trace":"java.lang.IllegalStateException\n\tat com.acme.Ledger.find(Ledger.java:88)\n"}"#,
    ),
    (
        StackTrace,
        "Java stack trace",
        "at java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)",
    ),
    (StackTrace, "Java stack trace", "<p>at com.acme.Ledger.&lt;init&gt;(Ledger.java:12)</p>"),
    (
        StackTrace,
        "JVM exception class",
        r#"{"exception":"org.springframework.web.HttpRequestMethodNotSupportedException"}"#,
    ),
    (
        StackTrace,
        ".NET stack trace",
        r#"{"stackTrace":"   at Acme.Store.Find(Int32 id) in /src/Store.cs:line 42\r\n   at lambda"}"#,
    ),
    (
        StackTrace,
        ".NET exception class",
        "Unhandled exception. System.Collections.Generic.KeyNotFoundException: The given key",
    ),
    (
        StackTrace,
        "JavaScript stack trace",
        r#"{"stack":"Error: boom\n    at find (/srv/store.js:58:14)\n    at async /srv/index.js:3:1"}"#,
    ),
    (StackTrace, "JavaScript stack trace", "<pre>Error: boom<br> &nbsp; &nbsp;at find (/srv/store.js:58:14)</pre>"),
    (StackTrace, "JavaScript stack trace", "at file:///app/dist/store.mjs:3:14"),
    (StackTrace, "Ruby backtrace", r#"{"traces":["app/controllers/accounts_controller.rb:7:in 'show'"]}"#),
    (StackTrace, "PHP error", r#"{"e":"Undefined index: id in \/var\/www\/a.php on line 7"}"#),
    (StackTrace, "PHP stack trace", r#"{"exception":"ErrorException","file":"\/var\/www\/a.php","line":7,"trace":[]}"#),
    (StackTrace, "Go panic", "panic: runtime error: index out of range [5] with length 3"),
    (StackTrace, "Go panic", r#"{"panic":"boom","stack":"goroutine 18 [running]:\nruntime/debug.Stack()"}"#),
    (StackTrace, "Go panic", "panic: no ledger\n\ngoroutine 1 [chan receive, 2 minutes]:"),
    (StackTrace, "Rust panic", "called `Result::unwrap()` on an `Err` value: ParseIntError"),
    (StackTrace, "Rust panic", "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"),
    (StackTrace, "C runtime abort", "Segmentation fault (core dumped)"),
    (StackTrace, "C runtime abort", "*** stack smashing detected ***: terminated"),
    (StackTrace, "C stack trace", "ledger: store.c:58: find: Assertion `id > 0' failed."),
    (StackTrace, "C stack trace", "    #3 0x4011d5 in main /src/store.c:58:3"),
    (StackTrace, "Perl error", "Died at Ledger/Store.pm line 58, <STDIN> line 1."),
    (StackTrace, "Elixir stack trace", "** (ArithmeticError) bad argument in arithmetic expression: 1 / 0"),
    (StackTrace, "Erlang crash", "=ERROR REPORT==== 24-Nov-2026::02:16:37 ==="),
    (
        StackTrace,
        "Swift crash",
        "Fatal error: Unexpectedly found nil while unwrapping an Optional value: file Store.swift, line 58",
    ),
    (StackTrace, "Dart stack trace", "#0      Store.find (file:///app/bin/store.dart:58:14)"),
    (StackTrace, "Lua error", "stack traceback:\n\t[C]: in function 'error'"),
    (StackTrace, "Haskell call stack", "ledger: Prelude.head: empty list"),
    (StackTrace, "Clojure stack trace", "{:via [{:type E, :at [ledger$find invoke \"ledger.clj\" 19]}]}"),
    (
        StackTrace,
        "Tomcat error report",
        "The server encountered an internal error that prevented it from fulfilling this request.",
    ),
    (DatabaseError, "PostgreSQL error", r#"{"error":"pq: relation \"accounts\" does not exist"}"#),
    (DatabaseError, "PostgreSQL error", "duplicate key value violates unique constraint &quot;accounts_pkey&quot;"),
    (DatabaseError, "PostgreSQL driver error", "psycopg2.errors.UndefinedTable: no"),
    (DatabaseError, "PostgreSQL error", r#"invalid input syntax for type integer: "x""#),
    (DatabaseError, "MySQL error", "Duplicate entry &#39;7&#39; for key &#39;PRIMARY&#39;"),
    (DatabaseError, "MySQL error", "Unknown column 'a.x' in 'where clause'"),
    (DatabaseError, "MySQL error", "(1146, \"Table 'ledger.accounts' doesn't exist\")"),
    (DatabaseError, "MySQL error", "Access denied for user 'app'@'10.0.0.3' (using password: YES)"),
    (DatabaseError, "SQL Server error", "Incorrect syntax near 'FROM'."),
    (DatabaseError, "SQL Server error", "Invalid object name 'dbo.accounts'."),
    (DatabaseError, "SQL Server error", "[Microsoft][ODBC Driver 17 for SQL Server][SQL Server]Login failed"),
    (DatabaseError, "SQLite error", r#"{"message":"SQLITE_ERROR: near \"SELEC\": syntax error"}"#),
    (DatabaseError, "SQLite error", "UNIQUE constraint failed: accounts.email"),
    (DatabaseError, "JDBC error", "java.sql.SQLSyntaxErrorException: no"),
    (DatabaseError, "Prisma error", "Invalid `prisma.account.findMany()` invocation in"),
    (DatabaseError, "MongoDB error", "MongoServerError: bad auth"),
    (DatabaseError, "Redis error", "ReplyError: NOAUTH Authentication required."),
    (DatabaseError, "SQL statement", r#"{"sql":"INSERT INTO accounts (id, owner) VALUES ($1, $2)"}"#),
    (FilePath, "Unix file path", r#"{"file":"\/var\/www\/html\/index.php"}"#),
    (FilePath, "Unix file path", "ENOENT: no such file, open '/srv/ledger/data/accounts.json'"),
    (FilePath, "Unix file path", "(/usr/local/lib/python3.12/json/decoder.py)"),
    (FilePath, "Unix file path", "file:///opt/ledger/bin/run"),
    (FilePath, "Unix file path", "loaded /app/src/store/index.js"),
    (FilePath, "Windows file path", r#"{"path":"C:\\Users\\svc\\ledger\\app.config"}"#),
    (FilePath, "Windows file path", r"D:\builds\ledger\Store.cs"),
    (FilePath, "Windows network path", r#"{"path":"\\\\files01\\ledger\\x"}"#),
    (FilePath, "dependency file path", "/app/node_modules/express/lib/router/layer.js"),
    (InternalAddress, "private IPv4 address", r#"{"upstream":"http://192.168.1.20:8080"}"#),
    (InternalAddress, "private IPv4 address", "peer 172.16.4.9 closed"),
    (InternalAddress, "private IPv4 address", "connect ECONNREFUSED 127.0.0.1:5432"),
    (InternalAddress, "private IPv4 address", "http://169.254.169.254/latest/meta-data"),
    (InternalAddress, "private IPv6 address", "listening on fe80::1"),
    (InternalAddress, "internal host", r#"{"host":"ledger-db.prod.internal"}"#),
    (InternalAddress, "internal host", "no route to http://keycloak.corp/"),
    (InternalAddress, "connection error naming a host", "dial tcp: lookup ledger on 10.96.0.10:53: no such host"),
    (InternalAddress, "connection error naming a host", "getaddrinfo ENOTFOUND ledger"),
    (ServerVersion, "product and version", "<address>Apache/2.4.41 (Ubuntu) Server</address>"),
    (ServerVersion, "product and version", "Server: nginx/1.25.3\n"),
    (ServerVersion, "product and version", "<h3>Apache Tomcat/9.0.71</h3>"),
    (ServerVersion, "product and version", "x-powered-by: PHP/8.2.1\n"),
    (ServerVersion, "product and version", "Werkzeug/3.0.1 Python/3.11.4"),
    (ServerVersion, "product and version", "server: Microsoft-IIS/10.0\n"),
    (ServerVersion, "X-Powered-By header", "content-type: text/html\nx-powered-by: Express\n"),
    (
        Secret,
        "JSON Web Token",
        concat!("{\"token\":\"ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N\"}"),
    ),
    (Secret, "password", "db_password=Tr0ub4dor&3xyz"),
    (Secret, "password", r#"{\"password\":\"9tSrke72Pou\"}"#),
    (Secret, "connection string with a password", "host=db user=ledger password=9tSrke72Pou dbname=x"),
    (Secret, "API key or token", r#"{"access_token":"9tSrke72PouQMnMXa7eZSW0j"}"#),
    (Secret, "card number", "card 4111 1111 1111 1111 declined"),
    (Secret, "card number", r#"{"pan":"5500000000000004"}"#),
    (Secret, "private key", concat!("-----BEGIN ", "PRIVATE KEY-----\nMIIE")),
];
