//! Traces of virtual machines: the JVM's languages, .NET, Dart and the BEAM.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    // A frame of a class compiled from Java, or without source.
    trace(
        "Java stack trace",
        &[".java:", "(Native Method)", "(Unknown Source)"],
        r"<B>at (?:[\w.@-]+/{1,2})*[\w$]+(?:\.[\w$<>&;/]+)+\((?:[\w$]+\.java(?::\d+)?|Native Method|Unknown Source)\)|[\w$]\([\w$]+\.java:\d+\)",
        "\tat com.acme.ledger.AccountService.find(AccountService.java:87)",
    ),
    // The same, with each frame as an object.
    trace(
        "Java stack trace",
        &["lineNumber"],
        r"<Q>(?:methodName|declaringClass|className)<Q>\s*:\s*<Q>[^{}]*<Q>lineNumber<Q>\s*:\s*-?\d|<Q>lineNumber<Q>\s*:\s*-?\d[^{}]*<Q>(?:methodName|declaringClass|className)<Q>",
        r#"{"methodName":"find","fileName":"AccountService.java","lineNumber":87,"className":"com.acme.AccountService"}"#,
    )
    .ahead(300),
    trace(
        "Java stack trace",
        &["common frames omitted", "Exception in thread ", "nested exception is ", "[CIRCULAR REFERENCE", "detected by the Java Runtime"],
        r"\.\.\. \d+ common frames omitted|nested exception is (?:\w+\.)+\w+|CIRCULAR REFERENCE: ?(?:\w+\.)+|fatal error has been detected by the Java Runtime|Exception in thread <Q>[^\n]+<Q> (?:\w+\.)+\w+",
        "Exception in thread \"main\" java.lang.IllegalStateException: no ledger",
    ),
    trace(
        "JVM cause",
        &["Caused by: "],
        r"Caused by: (?:[a-z_]\w*\.)+[A-Z][\w$]*",
        "Caused by: com.acme.ledger.LedgerClosedException: closed",
    ),
    // The full name of an exception's class, with or without frames.
    trace(
        "JVM exception class",
        &[
            "java.lang.", "java.util.", "java.io.", "java.net.", "java.time.", "java.nio.", "javax.", "jakarta.",
            "org.springframework.", "org.apache.", "com.fasterxml.", "kotlin.", "io.netty.", "io.micronaut.",
            "io.quarkus.", "clojure.lang.", "scala.", "akka.", "groovy.lang.", "reactor.core.", "com.google.", "org.jboss.", "io.vertx.", "io.grpc.", "io.undertow.", "org.glassfish.", "io.ktor.", "kotlinx.", "org.eclipse.", "feign.", "retrofit2.", "okhttp3.", "play.api.", "cats.", "zio.", "org.codehaus.", "org.xml.", "com.netflix.", "org.grails.", "com.sun.", "sun.", "jdk.", "org.elasticsearch.",
            "org.json.", "io.jsonwebtoken.", "software.amazon.", "com.amazonaws.", "com.microsoft.", "com.azure.", "android.", "androidx.",
        ],
        r"\b(?:[a-z_]\w*\.)+[A-Z][\w$.]*(?:Exception|Error|ExceptionInfo|Throwable|Failure)<E>",
        "java.lang.NullPointerException: Cannot invoke \"Account.id()\" because \"account\" is null",
    )
    .back(0)
    .word(),
    trace(
        "Kotlin stack trace",
        &[".kt:", ".kts:", "kfun:"],
        r"<B>at (?:[\w.@-]+/{1,2})*[\w$]+(?:\.[\w$<>&;-]+)+\([\w$-]+\.kts?:\d+\)|\([\w$-]+\.kts?:\d+\)|\bkfun:[\w.#$]+",
        "    at com.acme.RoutesKt$routes$1.invokeSuspend(Routes.kt:31)",
    ),
    trace(
        "Scala stack trace",
        &[".scala:"],
        r"<B>at (?:[\w.@-]+/{1,2})*[\w$]+(?:\.[\w$<>&;]+)+\([\w$]+\.scala:\d+\)|\([\w$]+\.scala:\d+\)",
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
        &[".clj:", ".cljc:", ".cljs:", ".clj\"", ".clj\\\"", "#error {", ".java\"", ".java\\\"", ":trace [[", ":via [{", "Execution error", "Syntax error ", "clojure.core/"],
        r"<B>at [\w$*?!-]+(?:\.[\w$<>&;*?!-]+)+\([\w$-]+\.cljc?:\d+\)|\([\w./-]+\.clj[cs]?:\d+(?::\d+)?\)|<Q>[\w$]+\.java<Q> -?\d+\]|:trace \[\[|:via \[\{|#error \{[\s\\n]*:cause|(?:Execution|Syntax) error \(?[\w.]*\)? ?(?:compiling )?at |\[[^\]\n]*<Q>\w+\.cljc?<Q> \d+\]",
        "\tat acme.ledger$find_account.invoke(ledger.clj:19)",
    ),
    // A frame with debug information.
    trace(
        ".NET stack trace",
        &[":line ", ".cs:", ".vb:", ".fs:", ".cshtml:", ".razor:"],
        r"<B>at [\w.`<>\[\],+|&;$]+\([^\n)]*\) in [^\n]+?:line \d+|\.(?:cs|vb|fs|cshtml|razor):(?:line|Zeile|ligne|l\S{1,2}nea|riga|regel|\S{3,12}) ?\d+",
        "   at Acme.Ledger.AccountService.Find(Int32 id) in C:\\src\\Ledger\\AccountService.cs:line 42",
    ),
    // A frame of the framework, or the separator of two traces.
    trace(
        ".NET stack trace",
        &[" System.", " Microsoft.", "--- End of ", "--- Ende der ", "--- Fin de ", "StackTraceString", "ExceptionMethod", "[0x0", "Object reference not set", "Unhandled exception. ", "lambda_method"],
        r"(?:<B>at|\b(?:bei|en|in|w|kl|ved)|\xc3\xa0) (?:System|Microsoft)(?:\.[\w`+<>\[\],&;|$]+)+\(|--- (?:End of|Ende der|Fin de)[^\n]{0,60} ---|<Q>(?:StackTraceString|ExceptionMethod)<Q>\s*:|\[0x[0-9a-f]{4,5}\] in |Object reference not set to an instance of an object|Unhandled exception\. [A-Z]\w*\.|\bat lambda_method\d*\(",
        "   at System.Linq.ThrowHelper.ThrowNoElementsException()",
    )
    .back(2),
    trace(
        ".NET exception class",
        &["System.", "Microsoft."],
        r"\b(?:System|Microsoft)(?:\.[A-Z]\w*)*\.(?:[A-Z]\w*)?Exception<E>",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    )
    .back(0)
    .word(),
    trace(
        "Dart stack trace",
        &[".dart:", "dart:core", "dart:async", "dart:io", "dart:isolate", "asynchronous suspension", "NoSuchMethodError: ", "Null check operator", "is not a subtype of type", "LateInitializationError", "Bad state: No element", "Not in inclusive range"],
        r"<L>asynchronous suspension<G>|NoSuchMethodError: (?:The (?:method|getter)|Class) |Null check operator used on a null value|type <Q>[^\n]{1,60}<Q> is not a subtype of type <Q>|LateInitializationError: |Bad state: No element|Not in inclusive range|#\d+\s+[^\n]+? \((?:package|file|dart):[^)\n]*?(?:\.dart)?(?::\d+)+\)|package:[\w./]+\.dart[: ]\d+:\d+",
        "#1      AccountStore.find (package:ledger/store.dart:27:9)",
    ),
];
