//! Traces of compiled languages: Go, Rust, C and C++, Swift, Haskell, OCaml.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "Go panic",
        &["goroutine ", "panic: ", "runtime error: "],
        r"\bgoroutine \d+ (?:gp=\S+ [^\[\n]*)?\[[a-z][^\]\n]*\]:|\bpanic: [^\n]*?(?:\\n|\n)+(?:\[signal |goroutine )|runtime error: (?:invalid memory address|index out of range|slice bounds out|integer divide by|hash of unhashable|makeslice)",
        "goroutine 41 [running]:\nmain.(*Store).Find(0xc000010000)",
    )
    .back(0)
    .ahead(300),
    trace(
        "Go stack trace",
        &[".go:"],
        r"[\w@./\\-]+\.go:\d+(?: \+0x[0-9a-f]+|:\d+|: |\b)",
        "\t/src/ledger/store.go:58 +0x1d",
    ),
    trace(
        "Rust panic",
        &["panicked at ", "RUST_BACKTRACE", "::unwrap()", "::expect()"],
        r"thread <Q>[^\n]+?<Q> (?:\(\d+\) )?panicked at |panicked at [\w./\\-]+\.rs:\d|RUST_BACKTRACE=(?:1|full)|called <Q>(?:Option|Result)::\w+\(\)<Q> on an? ",
        "thread 'tokio-runtime-worker' panicked at src/store.rs:58:14:",
    ),
    trace(
        "Rust backtrace",
        &[".rs:"],
        r"[\w@./\\-]+\.rs:\d+(?::\d+)?",
        "  12: ledger::store::find\n             at ./src/store.rs:58:14",
    ),
    // What the C library says before it aborts.
    trace(
        "C runtime abort",
        &[
            "*** stack smashing", "*** glibc detected", "double free or corruption", "free(): invalid", "malloc(): ",
            "terminate called after throwing", "Segmentation fault (core", "*** buffer overflow detected",
            "corrupted size vs. prev_size", "Aborted (core dumped", "what():  ",
        ],
        r"\*\*\* (?:stack smashing|glibc|buffer overflow)[^\n]* ?detected|double free or corruption \(|free\(\): invalid (?:pointer|size|next)|malloc\(\): [a-z]|terminate called after throwing an instance of|(?:Segmentation fault|Aborted) \(core dumped|corrupted size vs\. prev_size|what\(\):  \S",
        "terminate called after throwing an instance of 'std::out_of_range'",
    )
    .back(2),
    trace(
        "sanitizer report",
        &["Sanitizer: "],
        r"\b(?:Address|Thread|Memory|Leak|UndefinedBehavior|HWAddress)Sanitizer: ?[a-z][\w-]+",
        "==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010",
    )
    .back(20),
    // A frame of gdb, a sanitizer or a core dump.
    trace(
        "C stack trace",
        &[" in main ", ".c:", ".cc:", ".cpp:", ".cxx:", ".h:", ".hpp:"],
        r"#\d+ +0x[0-9a-f]+ in [^\n]+|#\d+ +[\w:~]+ \([^\n]*\) at [^\n]+?:\d+|[\w./-]+\.(?:c|cc|cpp|cxx|h|hpp):\d+(?::\d+)?: [^\n]*(?:Assertion <Q>|runtime error: )",
        "#1  0x0000000000401136 in store_find (id=7) at store.c:58",
    ),
    trace(
        "Swift crash",
        &[".swift:", ".swift, line ", "Unexpectedly found nil while"],
        r"[\w/.-]+\.swift:\d+(?::\d+)?:? (?:Fatal error|fatal error)|Fatal error: [^\n]*\.swift, line \d+|Unexpectedly found nil while (?:implicitly )?unwrapping",
        "ledger/Store.swift:58: Fatal error: Index out of range",
    ),
    trace(
        "Haskell call stack",
        &["CallStack (from", ", called at ", "Prelude."],
        r"CallStack \(from HasCallStack\)|\w+, called at \S+\.hs:\d+:\d+ in |\bPrelude\.[\w!]+: [a-z]",
        "CallStack (from HasCallStack):\n  error, called at src/Store.hs:58:14 in ledger-0.1:Store",
    ),
    trace(
        "OCaml backtrace",
        &["Raised at ", "Fatal error: exception ", "Called from "],
        r"(?:Raised|Called) (?:at|from) [\w.]+ in file <Q>|Fatal error: exception [A-Z]",
        "Fatal error: exception Not_found\nRaised at Stdlib__Hashtbl.find in file \"hashtbl.ml\", line 539",
    )
    .back(0),
];
