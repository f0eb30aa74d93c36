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
        r"[\w@./\\-]+\.go:\d+ \+0x[0-9a-f]+|<T>[\w@./\\-]+\.go:\d+",
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
        r"<T>[\w@./\\-]+\.rs:\d+(?::\d+)?",
        "  12: ledger::store::find\n             at ./src/store.rs:58:14",
    ),
    // What the C library prints before it aborts.
    trace(
        "C runtime abort",
        &[
            "*** stack smashing", "*** glibc detected", "double free or corruption", "free(): invalid", "malloc(): ",
            "terminate called after throwing", "Segmentation fault (core", "*** buffer overflow detected",
            "corrupted size vs. prev_size", "Aborted (core dumped", "what():  ", "double free detected", "munmap_chunk()", "realloc(): ", "malloc_consolidate()", "corrupted double-linked list", "Fatal glibc error", "without an active exception", "pure virtual method called", "terminating due to uncaught", "libc++abi", "(core dumped)", "*** longjmp", "*** invalid %N$", "======= Backtrace", "======= Memory map", "Caught signal ", "*** SIG", "*** Error in `", "*** Error in &#", "Stack dump:", "*** Aborted at", "Access violation reading", "EXCEPTION_ACCESS_VIOLATION", "forrtl: ", "Fortran runtime error", "signal 11", "SIGSEGV", "SIGABRT", "stack smashing detected", "unaligned tcache", "free(): ", "mremap_chunk()", "sysmalloc: ", "_int_malloc",
        ],
        r"(?:\*\*\* )?(?:stack smashing|glibc|buffer overflow)[^\n]{0,10} ?detected|double free (?:or corruption \(|detected in tcache)|(?:free|realloc|malloc|munmap_chunk|mremap_chunk|malloc_consolidate|_int_malloc)\(\): [a-z]|corrupted (?:double-linked list|size vs\. prev_size)|unaligned (?:tcache|fastbin) chunk|sysmalloc: Assertion|Fatal glibc error|terminate called (?:after throwing an instance of|without an active exception|recursively)|pure virtual method called|(?:libc\+\+abi: )?terminating (?:due to|with) uncaught|libc\+\+abi: |\(core dumped\)|\*\*\* (?:longjmp causes|invalid %N\$ use|Error in <Q>|Aborted at|SIG[A-Z]+ )|======= (?:Backtrace|Memory map)|Caught signal \d+ \(|Stack dump:|Access violation (?:reading|writing)|EXCEPTION_ACCESS_VIOLATION|forrtl: |Fortran runtime error|what\(\):  \S|SIG(?:SEGV|ABRT|BUS|ILL|FPE) \(0x|(?:received|got|caught|terminated (?:by|with)) signal (?:11|6|SIG[A-Z]+)|SIGSEGV: segmentation",
        "terminate called after throwing an instance of 'std::out_of_range'",
    )
    .back(60),
    trace(
        "sanitizer report",
        &["Sanitizer: ", "Sanitizer:DEADLYSIGNAL", ": runtime error: ", "== Invalid read of", "== Invalid write of", "HEAP SUMMARY", "==    at 0x"],
        r"Sanitizer:DEADLYSIGNAL|\.(?:c|cc|cpp|cxx|h|hpp):\d+:\d+: runtime error: |==\d+== (?:Invalid (?:read|write) of|HEAP SUMMARY|   at 0x)|\b(?:Address|Thread|Memory|Leak|UndefinedBehavior|HWAddress)Sanitizer: ?[a-z][\w-]+",
        "==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010",
    )
    .back(20),
    // A frame of gdb, a sanitizer or a core dump.
    trace(
        "C stack trace",
        &[" in main ", ".c:", ".cc:", ".cpp:", ".cxx:", ".h:", ".hpp:", "#0 ", "#1 ", "#2 ", "#3 ", "(+0x", "+0x", "[0x7f", "[0x55", "@     0x", "@ 0x", "Assertion `", "Assertion failed: ", "Assertion &#"],
        r"#\d+ +0x[0-9a-f]{4,}(?: in)? \S+|\S+\((?:[\w:~]+)?\+0x[0-9a-f]+\) ?\[0x[0-9a-f]+\]|@ +0x[0-9a-f]{6,} |Assertion <Q>[^\n]+?<Q> failed|Assertion failed: [^\n]{1,200}\.(?:c|cc|cpp|cxx|h|hpp|m|mm)\b|#\d+ +0x[0-9a-f]+ in [^\n]+|#\d+ +[\w:~]+ \([^\n]*\) at [^\n]+?:\d+|[\w./-]+\.(?:c|cc|cpp|cxx|h|hpp):\d+(?::\d+)?: [^\n]*(?:Assertion <Q>|runtime error: )",
        "#1  0x0000000000401136 in store_find (id=7) at store.c:58",
    ),
    trace(
        "Swift crash",
        &[".swift:", ".swift, line ", "Unexpectedly found nil while", "*** Terminating app", "*** First throw call stack", "EXC_BAD_", "EXC_CRASH", "EXC_BREAKPOINT", "unrecognized selector sent", "Could not cast value of type", "Swift/", "Thread 0 Crashed", "Thread 0 crashed", "Fatal error: "],
        r"\*\*\* (?:Terminating app due|First throw call)|\bEXC_(?:BAD_ACCESS|BAD_INSTRUCTION|CRASH|BREAKPOINT)|unrecognized selector sent to|Could not cast value of type <Q>|Thread \d+ [Cc]rashed|Fatal error: (?:Index out of range|Array index|Division by zero|Range requires|Unexpectedly found)|[\w/.-]+\.swift:\d+(?::\d+)?:? (?:Fatal error|fatal error)|Fatal error: [^\n]*\.swift, line \d+|Unexpectedly found nil while (?:implicitly )?unwrapping",
        "ledger/Store.swift:58: Fatal error: Index out of range",
    ),
    trace(
        "Haskell call stack",
        &["CallStack (from", ", called at ", "Prelude.", ".hs:", "*** Exception: ", "Non-exhaustive patterns", "<<loop>>", "&lt;&lt;loop&gt;&gt;", "fromJust: Nothing", "Irrefutable pattern", "blocked indefinitely", "Map.!: ", "CallStack:"],
        r"\S+\.hs:(?:\d+:\d+|\(\d+,\d+\)-\(\d+,\d+\))|\*\*\* Exception: \S|Non-exhaustive (?:patterns in|guards in)|<L><L>loop<G><G>|fromJust: Nothing|Irrefutable pattern failed|thread blocked indefinitely|Map\.!: given key|CallStack \(from HasCallStack\)|\w+, called at \S+\.hs:\d+:\d+ in |\bPrelude\.[\w!]+: [a-z]",
        "CallStack (from HasCallStack):\n  error, called at src/Store.hs:58:14 in ledger-0.1:Store",
    ),
    trace(
        "OCaml backtrace",
        &["Raised at ", "Fatal error: exception ", "Called from ", ".ml\", line", ".ml\\\", line", ".ml&quot;, line", "Raised by primitive", "Re-raised at", "Exception: Not_found", "Exception: Failure", "Exception: Invalid_argument", "Exception: Stdlib", "Stdlib.Failure", "Invalid_argument(", "Invalid_argument \"", "Invalid_argument \\\"", "Stdlib__"],
        r"\.mli?<Q>, lines? \d+|Raised by primitive operation|Re-raised at|Exception: (?:Not_found|Failure|Invalid_argument|Stdlib)|\bStdlib\.\w+ <Q>|Invalid_argument ?\(?<Q>|\bStdlib__\w+\.|(?:Raised|Called) (?:at|from) [\w.]+ in file <Q>|Fatal error: exception [A-Z]",
        "Fatal error: exception Not_found\nRaised at Stdlib__Hashtbl.find in file \"hashtbl.ml\", line 539",
    ),
    // Frames of languages that compile to C or to bytecode.
    trace(
        "native stack trace",
        &[".zig:", ".nim(", ".cr:", ".d(", ".pas:", ".adb:", ".f90", "wasm-function[", "wasm://", "wasm trap: ", ".vala:", ".asp, line ", "VBScript runtime", ".cfm", "EAccessViolation", ": Range violation", "SIMPLE-ERROR", "SB-THREAD", ".rkt:", "Error using ", "contract violation", "Class.", "unhandled exception: "],
        r"[\w./-]+\.(?:zig|cr|pas|adb|vala|rkt):\d+(?::\d+)?(?:: | in )|[\w./-]+\.(?:nim|d)\(\d+(?:, ?\d+)?\)|of file \S+\.f90|\bwasm-function\[\d+\]|wasm://wasm/|wasm trap: |\.asp, line \d+|VBScript runtime error|\.cfm: line \d+|\bEAccessViolation\b|@\S+: Range violation|SIMPLE-ERROR|SB-THREAD:THREAD|Error using \w+ \(line \d+\)|contract violation(?:\n|\\n)|\bClass\.[\w.]+: line \d+, column \d+|Error: unhandled exception: ",
        "/src/ledger/store.zig:58:14: 0x2241d5 in find (ledger)",
    ),
];
