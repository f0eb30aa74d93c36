//! Traces of interpreted languages: Python, Ruby, PHP, Perl, Lua, R, Julia, PowerShell.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "Python traceback",
        &["Traceback (most recent call last)", ", line ", "<ipython-input", "Cell In["],
        r"Traceback \(most recent call last\):(?:\s*(?:<N>|<Q>,|<L>)|[\s,\[\\]*File)|Traceback \(most recent call last\) ?(?:\xe2\x94\x80|-)|(?:<ipython-input-|Cell In\[)\d+[^\n]{0,60}line \d|File <Q>(?:[^\n]*?\.pyc?|<L>[\w ]+<G>)<Q>, line \d+|File <Q>[^\n]+?<Q>, line \d+, in ",
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in find\n    return rows[0]",
    ),
    // An exception with its module, as `repr` and web frameworks print it.
    trace(
        "Python exception class",
        &["django.", "flask.", "werkzeug.", "pydantic", "requests.exceptions.", "urllib3.", "httpx.", "aiohttp.", "starlette."],
        r"\b(?:django|flask|werkzeug|pydantic(?:_core)?|requests|urllib3|httpx|aiohttp|starlette)(?:\.\w+)*\.[A-Z]\w*(?:Error|Exception|Timeout|DoesNotExist|NotFound)<E>",
        "requests.exceptions.ConnectionError: ('Connection aborted.', ...)",
    )
    .back(0)
    .word(),
    trace(
        "Ruby backtrace",
        &[".rb:", ".erb:", ".rake:", ".ru:"],
        r"[\w./@<>&;-]+\.(?:rb|erb|rake|ru):\d+:in |<T>[\w./@<>&;-]+\.(?:rb|erb|rake|ru):\d+",
        "app/models/account.rb:58:in `find'",
    ),
    trace(
        "Ruby error",
        &["undefined method ", "undefined local variable"],
        r"undefined (?:method|local variable or method) <Q>[\w?!=\[\]+]+<Q> for (?:nil|an instance of |#<|#&lt;|[A-Z]\w*:Class|main)",
        "undefined method 'balance' for nil:NilClass",
    ),
    trace(
        "Rails exception class",
        &["ActionController::", "ActionView::", "ActionDispatch::", "ActiveModel::", "ActiveSupport::", "ActiveJob::", "Rack::", "Sinatra::"],
        r"\b(?:Action(?:Controller|View|Dispatch)|Active(?:Model|Support|Job)|Rack|Sinatra)::\w+",
        "ActionController::RoutingError (No route matches [GET] \"/x\")",
    )
    .back(0)
    .word(),
    // A warning or an error with its place, in text or in HTML.
    trace(
        "PHP error",
        &[" on line ", ".php line "],
        r" in (?:<b>)?[^\n<]+?\.(?:php|phtml|inc)(?:\(\d+\) : [\w()' ]+)?(?:</b>)? on line (?:<b>)?\d+|\bat \S+\.php line \d+",
        "<b>Warning</b>:  Undefined variable $id in <b>/var/www/html/account.php</b> on line <b>58</b>",
    ),
    trace(
        "PHP error",
        &["Fatal error", "Parse error"],
        r"Fatal error(?:</b>)?:\s+(?:Uncaught [A-Z\\]\w*|Allowed memory size of|Maximum execution time of|Call to )|Parse error(?:</b>)?:\s+syntax error, unexpected",
        "PHP Fatal error:  Uncaught TypeError: find(): Argument #1 ($id) must be of type int",
    )
    .back(0),
    trace(
        "PHP stack trace",
        &[".php(", "{main}", ".php\",", ".php\\\",", ".php&quot;,", ".php:"],
        r"#\d+ [^\s(]+\.php\(\d+\): |#\d+ \{main\}|[\w/\\-]+\.php:\d+\b|<Q>file<Q>\s*:\s*<Q>[^\n]+?\.php<Q>,\s*<Q>line<Q>\s*:\s*\d",
        "#0 /var/www/html/account.php(58): Ledger\\Store->find(7)\n#1 {main}",
    ),
    trace(
        "Perl error",
        &[".pl line ", ".pm line ", ".cgi line ", ".psgi line ", ".t line ", "(eval ", "Can't locate ", "Can&#39;t locate ", "Can\\'t locate ", "Use of uninitialized value", "on an undefined value", "requires explicit package name", "Undefined subroutine ", "on unblessed reference", "via package \"", " line "],
        r"\bat \S+\.(?:pl|pm|cgi|psgi|t) line \d+|\bat /\S+ line \d+[.,]|\(eval \d+\) line \d+|Can(?:<Q>|\\')t locate (?:[\w/:]+\.pm in @INC|object method <Q>)|Use of uninitialized value (?:\$|in)|on an undefined value at|requires explicit package name|Undefined subroutine &|on unblessed reference at",
        "Can't locate object method \"find\" via package \"Ledger\" at /srv/ledger/store.pl line 58.",
    ),
    trace(
        "Lua error",
        &[".lua:", "stack traceback:", "_by_lua", "[string \"", "[string \\\"", "attempt to index ", "attempt to call ", "attempt to concatenate ", "attempt to compare ", "attempt to perform arithmetic", "bad argument #", "lua entry thread aborted", "[C]: in "],
        r"\[string <Q>[^\n]{1,60}<Q>\]:\d+:|attempt to (?:index|call|concatenate|compare|perform arithmetic on) (?:a |an |two |local |global |field |upvalue |number )|bad argument #\d+ to <Q>|lua entry thread aborted|\[C\]: in |[\w./@-]+\.lua:\d+: |stack traceback:[\s\\nt]*\S+: in |_by_lua[^\n]{0,40}?:\d+: ",
        "/etc/kong/plugins/auth.lua:58: attempt to index a nil value (local 'account')",
    ),
    trace(
        "R error",
        &["Error in ", "Execution halted", "<simpleError", "&lt;simpleError", "could not find function \"", "could not find function \\\"", "object '", "non-numeric argument to", "subscript out of bounds"],
        r"<L>simpleError in |could not find function <Q>|Error: object <Q>[\w.]+<Q> not found|non-numeric argument to (?:binary|mathematical)|(?:^|[:\n]\s*|\\n)subscript out of bounds|Error in <Q>[\w.:]+\(\)<Q>:|Error in [\w.:]*[\w.][(\[$][^\n]{0,80} : *(?:\\n|\n)? *\S|(?m:^Execution halted\s*$)",
        "Error in find_account(7) : object 'ledger' not found",
    )
    .back(1),
    trace(
        "Julia stack trace",
        &["Stacktrace:", ".jl:", "UndefVarError: ", "LoadError: ", "no method matching ", "BoundsError: attempt", "in expression starting at"],
        r"UndefVarError: <Q>?\w+<Q>? not defined|LoadError: \w+Error|MethodError: no method matching \w|BoundsError: attempt to access|in expression starting at \S+:\d|[\w./]+\.jl:\d+(?:<N>| \[|\x22|<Q>|$)|Stacktrace:[\s\\n]*\[1\] |@ [\w.]+ [^\s]+\.jl:\d+",
        "Stacktrace:\n [1] find(id::Int64)\n   @ Main ./store.jl:58",
    ),
    trace(
        "PowerShell error",
        &["+ CategoryInfo", "FullyQualifiedErrorId", ".ps1:", "At line:", "Line |", "name of a cmdlet"],
        r"Line \|<N>\s+\d+ \||is not recognized as (?:a|the) name of a cmdlet|\.ps1:\d+ char:\d+|At line:\d+ char:\d+|\+ CategoryInfo\s+: |FullyQualifiedErrorId : ",
        "    + CategoryInfo          : ObjectNotFound: (Find-Account:String) [], CommandNotFoundException",
    )
    .back(2),
    trace(
        "shell error",
        &[": line ", ": command not found", ": unbound variable", "while executing", "invoked from within", "sh: 1: ", "sh: 2: ", "sh: 3: ", "sh: 4: ", "sh: 5: ", "sh: 6: ", "sh: 7: ", "sh: 8: ", "sh: 9: ", ": not found"],
        r"\b(?:ba|da|a|z|k)?sh: (?:line )?\d+: \S|\b(?:ba|da|a|z|k)?sh: [\w./-]+: not found|[\w./-]+: line \d+: [^\n]{1,80}: (?:command not found|unbound variable|No such file|Permission denied|syntax error)|[\w./-]+: line \d+: syntax error|while executing(?:\n|\\n)|invoked from within(?:\n|\\n)",
        "./release.sh: line 12: ledgerctl: command not found",
    )
    .back(80),
];
