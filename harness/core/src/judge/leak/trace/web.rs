//! Traces of JavaScript in Node and in browsers, and traces as a member of a JSON answer.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "JavaScript stack trace",
        &[".js:", ".ts:", ".mjs:", ".cjs:", ".jsx:", ".tsx:", ".vue:"],
        r"<B>at (?:[^\n()]*\()?[^\s()]*\.(?:[cm]?[jt]s|[jt]sx|vue):\d+:\d+|(?:\\n|\n)(?:/|[A-Z]:\\|file://)[^\s()]*\.(?:[cm]?[jt]s):\d+(?:\\n|\n)",
        "    at Store.find (/app/src/store.js:58:14)",
    ),
    trace(
        "Node.js internals",
        &["node:internal/", "(internal/", "UnhandledPromiseRejection", "at processTicksAndRejections"],
        r"node:internal/[\w/]+:\d+(?::\d+)?|\(internal/[\w/]+\.js:\d+:\d+\)|\bUnhandledPromiseRejection\w*:|at processTicksAndRejections",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    )
    .back(0),
    trace(
        "browser JavaScript stack trace",
        &["@http", "@file:", "@webpack", "@moz-ext", "@resource:"],
        r"[\w$.<>/*\[\]-]*@(?:https?|file|resource|webpack|webpack-internal|moz-extension):/{2,3}[^\s@]+:\d+:\d+",
        "find@https://app.example.com/static/main.js:58:14",
    )
    .back(80),
    // "stack": "TypeError: ...".
    trace(
        "stack member",
        &["stack\"", "stack\\\""],
        r"<Q>stack<Q>\s*:\s*<Q>\w*(?:Error|Exception)\b",
        r#"{"message":"boom","stack":"TypeError: Cannot read properties of undefined"}"#,
    )
    .back(8),
    // The same under longer names, as text or as a list.
    trace(
        "stack member",
        &["stacktrace", "stack_trace", "backtrace"],
        r#"(?i)<Q>(?:exception_?|error_?)?(?:stack_?trace|back_?trace)<Q>\s*:\s*\[?\s*(?:<Q>|\{)\s*[^\s\]}"'\\][^\n]{8}"#,
        r#"{"extensions":{"exception":{"stacktrace":["GraphQLError: no such account"]}}}"#,
    )
    .back(16),
];
