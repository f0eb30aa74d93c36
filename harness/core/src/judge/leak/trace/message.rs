//! Runtime errors in the program itself. Each pattern needs the program's own names or places, so prose does not match.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "Java error message",
        &["Cannot invoke \"", "Cannot invoke &quot;", "Cannot invoke \\\"", "Cannot invoke \\u0022", "Cannot read field ", "Cannot assign field ", "Cannot load from ", "Cannot store to ", "read the array length", "Cannot throw exception", "Cannot enter synchronized", "\" is null", "&quot; is null", "\\\" is null", "cannot be cast to class ", "cannot be cast to ", "No enum constant ", "Could not initialize class ", "[Source: ", "lateinit property ", "through reference chain", "out of bounds for length", "Cannot deserialize ", "Failed to convert value of type", "Failed to convert property value"],
        r"Cannot (?:invoke <Q>|(?:read|assign) field <Q>|load from \w+ array|store to \w+ array|read the array length|throw exception because|enter synchronized block because)|because (?:the return value of )?<Q>[^\n]{1,120}?<Q> is null|\bclass [\w$.]+ cannot be cast to (?:class )?[\w$.]+|\b(?:[a-z]\w*\.)+[A-Z][\w$]* cannot be cast to|No enum constant [\w$]+\.|Could not initialize class [\w$]+\.|at \[Source: |lateinit property \w+ has not been initialized|\(through reference chain: |Index -?\d+ out of bounds for length \d+|Cannot deserialize (?:value|instance) of type|Failed to convert (?:property )?value of type <Q>",
        "Cannot invoke \"Account.id()\" because \"account\" is null",
    ),
    trace(
        "JavaScript error message",
        &["Cannot read propert", "Cannot set propert", "Cannot destructure property", "is not a function", "is not defined", "is not iterable", "is not a constructor", "undefined is not an object", "null is not an object", "Converting circular structure", "Maximum call stack size", "before initialization", "can't access property", "too much recursion", "Cannot access '", "AggregateError", "Error [ERR_", "Error [E", "Require stack:", "Uncaught (in promise)", "UnhandledRejection", "Cannot use import statement", "Assignment to constant"],
        r"(?:Uncaught )?\w*Error: Cannot (?:read|set) propert(?:y|ies) (?:<Q>[^\n]{1,40}<Q> )?of (?:undefined|null)|Cannot (?:read|set) propert(?:y|ies) (?:<Q>[^\n]{1,40}<Q> of (?:undefined|null)|of (?:undefined|null) \((?:reading|setting) <Q>)|Cannot destructure property <Q>|(?:Type|Reference)Error: [\w.$\[\]()]+(?:\.\.\.)?(?: \([^\n)]*\))? is not (?:a function|defined|iterable|a constructor)|\b(?:undefined|null) is not an object \(evaluating|TypeError: Converting circular structure|RangeError: Maximum call stack size|Cannot access <Q>\w+<Q> before initialization|can(?:<Q>|\\')t access property|InternalError: too much recursion|\bAggregateError(?: \[\w+\]|: All promises|:? ?(?:\\n|\n|\{))|\b(?:[A-Z]\w*)?Error \[(?:ERR_\w+|E[A-Z]{3,})\]|Require stack:|Uncaught \(in promise\)|Assignment to constant variable",
        "TypeError: Cannot read properties of undefined (reading 'id')",
    ),
    trace(
        "Node.js error fields",
        &["syscall", "errno"],
        r"<Q>?syscall<Q>?\s*:\s*<Q>\w|<Q>?errno<Q>?\s*:\s*(?:-\d+|<Q>E[A-Z]+)",
        "{ errno: -111, code: 'ECONNREFUSED', syscall: 'connect', port: 5432 }",
    )
    .back(4),
    trace(
        "Python error message",
        &["NoneType' object", "NoneType&#39; object", "NoneType&#x27; object", "NoneType\\' object", "NoneType\\u0027 object", "object has no attribute", "object is not ", "invalid literal for int()", "required positional argument", "required keyword-only argument", "unexpected keyword argument", "unsupported operand type", "indices must be integers", "No module named ", "cannot import name ", "has no len()", "is not JSON serializable", "values to unpack", "changed size during iteration", "recursion depth exceeded", "referenced before assignment", "not associated with a value", "can only concatenate ", " object at 0x", " at 0x7", "list index out of range", "Error: name '", "<class '", "&lt;class &#39;", "Exception Group Traceback", "sub-exception", "the above exception", "direct cause of the following", "Expecting value: line", "positional argument"],
        r"<Q>[\w.]+<Q> object (?:has no attribute <Q>|is not (?:subscriptable|callable|iterable|an iterator)|does not support|cannot be interpreted)|invalid literal for int\(\) with base|missing \d+ required (?:positional|keyword-only) argument|takes (?:from )?\d+[\w ]* positional arguments? but|got (?:an unexpected keyword|multiple values for) argument|unsupported operand type\(s\) for|(?:string|list|tuple|byte) indices must be integers|(?:ModuleNotFound|Import)Error: |No module named <Q>|cannot import name <Q>|object of type <Q>\w+<Q> has no len|Object of type \w+ is not JSON serializable|(?:not enough|too many) values to unpack|changed size during iteration|maximum recursion depth exceeded|variable <Q>\w+<Q>(?: referenced before assignment| where it is not associated)|can only concatenate \w+ \(not <Q>|<L>[\w.]+(?: [\w.]+)*? (?:object )?at 0x[0-9a-fA-F]{6,}|(?:^|[\s:>\x22'(]|\\n)(?:IndexError: )list index out of range|NameError: name <Q>|<L>class <Q>[\w.]+<Q><G>|Exception Group Traceback|\(\d+ sub-exceptions?\)|[Dd]uring handling of the above exception, another|direct cause of the following exception|JSONDecodeError: Expecting value: line",
        "AttributeError: 'NoneType' object has no attribute 'id'",
    ),
    trace(
        "Python exception class",
        &["builtins.", "asyncio.exceptions.", "concurrent.futures.", "json.decoder.", "socket.", "ssl.", "jinja2.", "celery.", "botocore.", "google.api_core.", "grpc.", "openai.", "anthropic.", "langchain", "litellm.", "fastapi.", "marshmallow.", "jwt.", "ssl.SSL", "http.client.", "urllib.error.", "uvicorn.", "tornado.", "twisted."],
        r"\b(?:builtins|asyncio|concurrent\.futures|json\.decoder|socket|ssl|jinja2|celery|botocore|google\.api_core|grpc|openai|anthropic|langchain\w*|litellm|fastapi|marshmallow|jwt|http\.client|urllib\.error|uvicorn|tornado|twisted)(?:\.\w+)*\.[A-Z]\w*(?:Error|Exception|Timeout|NotFound|Disconnected|RpcError|timeout)<E>|\bsocket\.(?:gaierror|timeout)\b",
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
    )
    .back(0)
    .word(),
    // A class with its module, if the module or the class says that it is an exception.
    trace(
        "exception class",
        &[".exceptions.", ".exception.", ".errors.", ".error.", ".exc."],
        r"(?:^|[\s\x22'`>(\[|]|\\[nrt]|&quot;|&#39;)[a-z_]\w*(?:\.[a-z_]\w*)*\.(?:exceptions?|errors?|exc)(?:\.\w+)*\.[A-Z]\w*<E>",
        "billing.errors.LedgerClosed: closed",
    )
    .unless_shown(),
    trace(
        "exception class",
        &["Exception", "Error"],
        r"(?:^|[\s\x22'`>(\[|]|\\[nrt]|&quot;|&#39;)(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:Exception|Error)<E>",
        "acme.ledger.BookClosedException: closed",
    )
    .back(120)
    .then(ended)
    .unless_shown(),
    trace(
        "system error",
        &["[Errno ", "[WinError ", "(os error ", "EADDRINUSE", "EACCES", "ENOENT", "EPERM", "EMFILE", "ENOTDIR", "EISDIR", "EEXIST", "ENOSPC", "EROFS", "ENOTEMPTY"],
        r"\[(?:Errno -?|WinError )\d+\]|\(os error \d+\)|\b(?:EADDRINUSE|EACCES|ENOENT|EPERM|EMFILE|ENOTDIR|EISDIR|EEXIST|ENOSPC|EROFS|ENOTEMPTY)\b(?:: [a-z][\w ]+|, (?:open|stat|mkdir|unlink|scandir|rename|read|write))",
        "FileNotFoundError: [Errno 2] No such file or directory: 'ledger.toml'",
    )
    .back(0),
    trace(
        "PHP error message",
        &["Call to undefined ", "Call to a member function", "Undefined array key", "Undefined variable ", "Undefined index: ", "Undefined offset: ", "Undefined property: ", "must be of type ", "must be of the type ", "Attempt to read property", "of non-object", "Failed opening ", "eval()'d code", "Too few arguments to function", "Uncaught Error: ", "Uncaught TypeError: ", "Uncaught ValueError: ", "Uncaught Exception: ", "Target class [", "Cannot redeclare ", "Class \"", "Class \\\"", "Class '", "Headers already sent", "headers already sent"],
        r"Call to (?:undefined (?:function|method) [\w\\:]+\(|a member function \w+\(\) on)|Undefined (?:array key|variable|index|offset|property):? (?:<Q>|\$|\d|\w+::)|Argument #?\d+ (?:\(\$\w+\) )?(?:passed to [\w\\:]+\(\) )?must be (?:of (?:the )?type|an instance)|Return value must be of type \w|Attempt to read property <Q>|Trying to (?:get property|access)[^\n]{0,60} of non-object|Failed opening (?:required )?<Q>|eval\(\)<Q>d code|Too few arguments to function [\w\\:]+\(|Uncaught (?:\w+\\+)*\w*(?:Error|Exception): |Target class \[[\w\\.]+\] does not exist|Cannot redeclare \w+\(|Class <Q>[\w\\]+<Q> not found|[Hh]eaders already sent by \(output started at",
        "Call to a member function find() on null",
    ),
    trace(
        "Ruby error message",
        &["uninitialized constant ", "wrong number of arguments (given", "implicit conversion of ", "(NoMethodError)", "(ZeroDivisionError)", "(LoadError)", "<internal:", "&lt;internal:", "cannot load such file", "key not found: :", "undefined method '", "undefined method `", "superclass mismatch for", "(irb):", "(erb):", "Error)", "(Errno::"],
        r"uninitialized constant [A-Z]\w+(?:::\w+)*|wrong number of arguments \(given \d+, expected|no implicit conversion of \w+ into|\((?:NoMethod|ZeroDivision|Load)Error\)|\S \((?:Argument|Name|Key|Index|Range|Type|Runtime|Frozen|IO|EOF|SystemStack|LocalJump|Fiber|Thread|Regexp|Encoding|FloatDomain|NotImplemented|(?:[A-Z]\w*::)+\w*)Error\)(?:$|[\s\x22'<\\&])|\(Errno::E[A-Z]+\)|<L>internal:[\w/]+<G>:\d+|cannot load such file -- |key not found: :\w|superclass mismatch for class|\((?:irb|erb)\):\d+:in",
        "uninitialized constant Ledger::Store (NameError)",
    ),
    trace(
        "Go error message",
        &["[recovered]", "Go struct field", "into Go value", "interface conversion: ", "strconv.", "reflect: ", "reflect.Value", "http: panic serving", "panic recovered", "all goroutines are asleep", "concurrent map ", "signal SIGSEGV", "[signal ", "created by ", "runtime.gopanic", "runtime.goexit", "runtime.panic", "runtime/debug", "html/template: ", "text/template", "executing \"", "nil pointer dereference", "fatal error: ", "context deadline exceeded (Client", "rpc error: code = ", "invalid memory address", "debug_error_string", "RpcError of RPC"],
        r"into Go (?:struct field|value of type)|interface conversion: (?:interface|\w+\.\w+)|\bstrconv\.\w+: parsing <Q>|\breflect: (?:call of|Field)|reflect\.Value\.\w+|http: panic serving|panic recovered:|all goroutines are asleep|fatal error: (?:all goroutines|concurrent map|unexpected signal|stack overflow|runtime:|out of memory)|concurrent map (?:writes|read and map write|iteration)|\[signal SIG\w+|created by (?:main\.\w|[\w.-]+/[\w./-]+\.\(?\*?\w|[\w.]+\.\(\*|[\w.]+ in goroutine)|\bruntime\.(?:gopanic|goexit|panic\w+|sigpanic)|\bruntime/debug\.|(?:html|text)/template: |executing <Q>[^\n]{1,60}<Q> at <L>|nil pointer dereference|context deadline exceeded \(Client\.Timeout|rpc error: code = \w+ desc = |debug_error_string\W{1,4}\w|RpcError of RPC that|\[recovered\]",
        "json: cannot unmarshal string into Go struct field Account.id of type int",
    ),
    trace(
        "Rust error message",
        &["index out of bounds: the len", "attempt to subtract with overflow", "attempt to add with overflow", "attempt to multiply with overflow", "attempt to divide by zero", "BorrowMutError", "BorrowError", "stack backtrace:", "rust_begin_unwind", "core::panicking", "core::result::", "core::option::", "std::panicking", "PoisonError", "RecvError", "ParseIntError", "Utf8Error", "entered unreachable code", "left == right", "Caused by:\\n", "Caused by:\n", "Location:\n", "Location:\\n", "aborting due to panic", "non-unwinding panic", "Os {", "kind: ConnectionRefused", "kind: NotFound", "runtime error: stack", "hyper::Error(", "reqwest::Error", "SpanTrace"],
        r"index out of bounds: the len is \d+|attempt to (?:(?:subtract|add|multiply|negate) with overflow|divide by zero)|\b(?:already (?:mutably )?borrowed: )?Borrow(?:Mut)?Error\b|stack backtrace:|\brust_begin_unwind|\b(?:core|std)::(?:panicking|result|option|ops|rt)::\w+|\bPoisonError \{|\bParseIntError \{|internal error: entered unreachable code|assertion <Q>?left == right<Q>? failed|Caused by:(?:\n|\\n)\s+(?:\d+: )?\w|Location:(?:\n|\\n)\s+\S+\.rs|non-unwinding panic|\bOs \{ code: \d+|\bkind: (?:ConnectionRefused|NotFound|PermissionDenied|TimedOut)\b|fatal runtime error: |\bhyper::Error\(|\breqwest::Error \{|SPANTRACE|SpanTrace",
        "Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
    ),
    // A runtime's exception class before its message, at the start of a message.
    trace(
        "runtime exception",
        &[
            "KeyError", "ValueError", "IndexError", "AttributeError", "ZeroDivisionError", "NameError", "UnboundLocalError", "RecursionError", "AssertionError", "StopIteration", "UnicodeDecodeError", "UnicodeEncodeError",
            "OverflowError", "NotImplementedError", "FileNotFoundError", "ConnectionRefusedError", "ConnectionResetError", "ModuleNotFoundError", "ImportError", "RuntimeError", "TypeError", "ReferenceError", "RangeError", "NoMethodError",
            "ArgumentError", "NullPointerException", "IllegalArgumentException", "IllegalStateException", "OutOfBoundsException", "ClassCastException", "NumberFormatException", "NullReferenceException", "ArgumentNullException", "InvalidOperationException", "KeyNotFoundException",
            "InvalidCastException", "OutOfMemoryError", "StackOverflowError", "NoSuchElementException", "ConcurrentModificationException", "UnsupportedOperationException", "FileNotFoundException", "IOException", "SocketException", "SocketTimeoutException", "ConnectException",
            "UnknownHostException", "SSLHandshakeException", "DivideByZeroException", "IndexOutOfRangeException", "ArithmeticException", "NoSuchMethodError", "NoClassDefFoundError", "ClassNotFoundException", "DivisionByZeroError", "ErrorException", "PSInvalidOperationException", "JSONDecodeError", "InvocationTargetException",
        ],
        r"(?:^|[\n\x22'>(\[=]|\\n|: |#<L>)(?:\w+[.\\])*(?:[A-Z]\w*)?(?:Key|Value|Index|Attribute|ZeroDivision|Name|UnboundLocal|Recursion|Assertion|UnicodeDecode|UnicodeEncode|Overflow|NotImplemented|FileNotFound|ConnectionRefused|ConnectionReset|ModuleNotFound|Import|Runtime|Type|Reference|Range|NoMethod|Argument|OutOfMemory|StackOverflow|NoSuchMethod|NoClassDefFound|DivisionByZero|JSONDecode|NullPointer|IllegalArgument|IllegalState|OutOfBounds|ClassCast|NumberFormat|NullReference|ArgumentNull|InvalidOperation|KeyNotFound|InvalidCast|NoSuchElement|ConcurrentModification|UnsupportedOperation|IO|Socket|SocketTimeout|Connect|UnknownHost|SSLHandshake|DivideByZero|IndexOutOfRange|Arithmetic|ClassNotFound|InvocationTarget|PSInvalidOperation)(?:Error|Exception)(?:: \S|\(<Q>|\(\d)",
        r#"{"error":"KeyError: 'id'"}"#,
    )
    .back(60)
    .unless_shown(),
];

/// Whether a name ends here, as that of a thrown exception's class does.
fn ended(rest: &[u8]) -> bool {
    rest.first().is_none_or(|byte| b":;\"'<\\]}()\r\n& ".contains(byte))
}
