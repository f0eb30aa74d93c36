//! Traces of virtual machines: the JVM's languages, .NET, Dart and the BEAM.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    // A frame of a class compiled from Java, or without source.
    trace(
        "Java stack trace",
        &[".java:", "(Native Method)", "(Unknown Source)"],
        r"<B>at (?:[\w.@-]+/{1,2})*[\w$]+(?:\.[\w$<>&;]+)+\((?:[\w$]+\.java:\d+|Native Method|Unknown Source)\)",
        "\tat com.acme.ledger.AccountService.find(AccountService.java:87)",
    ),
    // The same, each frame an object.
    trace(
        "Java stack trace",
        &["methodName"],
        r"<Q>methodName<Q>\s*:\s*<Q>[^{}]*<Q>lineNumber<Q>\s*:\s*-?\d",
        r#"{"methodName":"find","fileName":"AccountService.java","lineNumber":87,"className":"com.acme.AccountService"}"#,
    )
    .ahead(300),
    trace(
        "Java stack trace",
        &["common frames omitted", "Exception in thread "],
        r"\.\.\. \d+ common frames omitted|Exception in thread <Q>[^\n]+<Q> (?:\w+\.)+\w+",
        "Exception in thread \"main\" java.lang.IllegalStateException: no ledger",
    ),
    trace(
        "JVM cause",
        &["Caused by: "],
        r"Caused by: (?:[a-z_]\w*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable|Failure)\b",
        "Caused by: com.acme.ledger.LedgerClosedException: closed",
    ),
    // The full name of an exception's class, with or without frames.
    trace(
        "JVM exception class",
        &[
            "java.lang.", "java.util.", "java.io.", "java.net.", "java.time.", "java.nio.", "javax.", "jakarta.",
            "org.springframework.", "org.apache.", "com.fasterxml.", "kotlin.", "io.netty.", "io.micronaut.",
            "io.quarkus.", "clojure.lang.", "scala.", "akka.", "groovy.lang.", "reactor.core.", "com.google.gson.",
        ],
        r"\b(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:Exception|Error|ExceptionInfo)\b",
        "java.lang.NullPointerException: Cannot invoke \"Account.id()\" because \"account\" is null",
    )
    .back(0)
    .word(),
    trace(
        "Kotlin stack trace",
        &[".kt:"],
        r"<B>at (?:[\w.@-]+/{1,2})*[\w$]+(?:\.[\w$<>&;-]+)+\([\w$-]+\.kt:\d+\)",
        "    at com.acme.RoutesKt$routes$1.invokeSuspend(Routes.kt:31)",
    ),
    trace(
        "Scala stack trace",
        &[".scala:"],
        r"<B>at (?:[\w.@-]+/{1,2})*[\w$]+(?:\.[\w$<>&;]+)+\([\w$]+\.scala:\d+\)",
        "\tat scala.collection.immutable.List.head(List.scala:411)",
    ),
    trace(
        "Groovy stack trace",
        &[".groovy:"],
        r"<B>at [\w$]+(?:\.[\w$<>&;]+)+\([\w$]+\.groovy:\d+\)",
        "\tat Pipeline.run(Pipeline.groovy:12)",
    ),
    trace(
        "Clojure stack trace",
        &[".clj:", ".cljc:", ".clj\"", ".clj\\\""],
        r"<B>at [\w$*?!-]+(?:\.[\w$<>&;*?!-]+)+\([\w$-]+\.cljc?:\d+\)|\([\w./-]+\.cljc?:\d+:\d+\)|\[[^\]\n]*<Q>\w+\.cljc?<Q> \d+\]",
        "\tat acme.ledger$find_account.invoke(ledger.clj:19)",
    ),
    // A frame with debug information.
    trace(
        ".NET stack trace",
        &[":line "],
        r"<B>at [\w.`<>\[\],+|&;$]+\([^\n)]*\) in [^\n]+?:line \d+",
        "   at Acme.Ledger.AccountService.Find(Int32 id) in C:\\src\\Ledger\\AccountService.cs:line 42",
    ),
    // A frame of the framework, or the seam between two traces.
    trace(
        ".NET stack trace",
        &["at System.", "at Microsoft.", "--- End of "],
        r"<B>at (?:System|Microsoft)(?:\.[\w`+<>\[\],&;|$]+)+\(|--- End of (?:inner exception stack trace|stack trace from previous location)",
        "   at System.Linq.ThrowHelper.ThrowNoElementsException()",
    )
    .back(2),
    trace(
        ".NET exception class",
        &["System.", "Microsoft."],
        r"\b(?:System|Microsoft)(?:\.[A-Z]\w*)*\.[A-Z]\w*Exception\b",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    )
    .back(0)
    .word(),
    trace(
        "Dart stack trace",
        &[".dart:", "dart:core", "dart:async"],
        r"#\d+\s+[^\n]+? \((?:package|file|dart):[^)\n]*?(?:\.dart)?(?::\d+)+\)|package:[\w./]+\.dart[: ]\d+:\d+",
        "#1      AccountStore.find (package:ledger/store.dart:27:9)",
    ),
    trace(
        "Elixir stack trace",
        &["** (", ".ex:", ".exs:"],
        r"\*\* \((?:[A-Z][\w.]+Error|EXIT from #PID|[A-Z]\w*\.[\w.]+Exception)[^)\n]*\) |\w[\w/.-]*\.exs?:\d+: [\w.:?!<>&;/ -]+/\d",
        "    (ledger 0.1.0) lib/ledger/store.ex:14: Ledger.Store.find/1",
    ),
    trace(
        "Erlang crash",
        &["[{file,", "REPORT====", "CRASH REPORT "],
        r"\[\{file,<Q>[^\n]+?\.erl<Q>\},\s*\{line,\d+\}|=[A-Z]+ REPORT====|CRASH REPORT (?:Process|process) ",
        "{ledger_store,find,1,[{file,\"src/ledger_store.erl\"},{line,14}]}",
    )
    .back(12),
];
