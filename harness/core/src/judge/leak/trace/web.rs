//! Traces of JavaScript in Node and in browsers, and traces as a member of JSON.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "JavaScript stack trace",
        &[".js:", ".ts:", ".mjs:", ".cjs:", ".jsx:", ".tsx:", ".vue:", "(<anonymous>)", "(&lt;anonymous&gt;)", "(\\u003canonymous", "<anonymous>:", "&lt;anonymous&gt;:", "at async ", "(eval at ", "(native)", "ext:core/", "ext:deno", ".bundle:"],
        r"<B>at (?:new )?[\w$.\[\] ]+ \((?:<L>anonymous<G>|native)\)|<B>at <L>anonymous<G>:\d+:\d+|<B>at async [\w$.]+ \(|\(eval at |<B>at (?:[^\n()]*\()?ext:\w+/[^\s()]+:\d+|\.bundle:\d+:\d+|<B>at (?:[^\n()]*\()?[^\s()]*\.(?:[cm]?[jt]s|[jt]sx|vue):\d+:\d+|(?:\\n|\n)(?:/|[A-Z]:\\|file://)[^\s()]*\.(?:[cm]?[jt]s):\d+(?:\\n|\n)",
        "    at Store.find (/app/src/store.js:58:14)",
    ),
    trace(
        "Node.js internals",
        &["node:internal/", "(internal/", "UnhandledPromiseRejection", "at processTicksAndRejections", "(node:", "JavaScript heap out of memory", "node::Abort"],
        r"JavaScript heap out of memory|\bnode::Abort\(|node:internal/[\w/]+:\d+(?::\d+)?|\(node:\w[\w/]*:\d+:\d+\)|\(internal/[\w/]+\.js:\d+:\d+\)|\bUnhandledPromiseRejection\w*:|at processTicksAndRejections",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    )
    .back(0),
    trace(
        "browser JavaScript stack trace",
        &["@http", "@file:", "@webpack", "@moz-ext", "@resource:", "@chrome", "@safari", "@capacitor", "@app:", "@blob:", "@[native code]", "@debugger eval", "of linked script", "of inline#", "Error thrown at line", "called from line", "webpack-internal:", "webpack:///", "<anonymous function", "&lt;anonymous function", "at http", "(http://", "(https://", "webpack://"],
        r"[\w$.<>/*\[\]()~-]*@(?:https?|file|resource|webpack|webpack-internal|moz-extension|chrome|chrome-extension|safari-extension|safari-web-extension|capacitor|app|blob):[^\s]*?[^\s/:]+:\d+(?::\d+)?(?:$|[\s\x22'<\\),])|[\w$.<>]*@\[native code\]|@debugger eval code:\d|[Ll]ine \d+ of (?:linked script|inline#)|Error thrown at line \d+|called from line \d+, column|\bwebpack(?:-internal)?:///?/?[^\s:]+:\d+(?::\d+)?|<L>anonymous function(?:: [\w.]+)?<G>|<B>at (?:[\w$.<>\[\] ]+ )?\(?https?://[^\s()]+:\d+:\d+|<N>\s*at (?:[\w$.<>]+ \()?(?:https?|file)://[^\s()]+\.\w+:\d+",
        "find@https://app.example.com/static/main.js:58:14",
    )
    .back(80),
    // "stack": "TypeError: ...".
    trace(
        "stack member",
        &["stack\"", "stack\\\"", "stack&quot;", "stack&#34;"],
        r"<Q>stack<Q>\s*:\s*<Q>\w*(?:Error|Exception)\b|<Q>stack<Q>\s*:\s*\[\s*<Q>[^\n]{0,120}?(?:\.\w{1,5}:\d|\bat |, line \d)",
        r#"{"message":"boom","stack":"TypeError: Cannot read properties of undefined"}"#,
    )
    .back(8),
    // The same under longer names, as a text or a list.
    trace(
        "stack member",
        &["stacktrace", "stack_trace", "backtrace"],
        r#"(?i)<Q>(?:exception_?|error_?)?(?:stack_?trace|back_?trace)<Q>\s*:\s*\[?\s*(?:<Q>|\{)\s*[^\s\]}"'\\][^\n]{8}"#,
        r#"{"extensions":{"exception":{"stacktrace":["GraphQLError: no such account"]}}}"#,
    )
    .back(16),
];
