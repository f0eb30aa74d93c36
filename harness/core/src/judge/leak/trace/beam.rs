//! Traces of the Erlang VM: Elixir and Erlang.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "Elixir stack trace",
        &["** (", ".ex:", ".exs:", "GenServer ", "Last message", "(elixir ", "(stdlib ", "(phoenix ", "(ecto ", "(plug "],
        r"(?:^|[\s\x22'>:]|\\n)(\*\* \((?:[A-Z]\w*(?:\.\w+)+|[A-Z]\w*(?:Error|Exception)|exit|stop|throw|EXIT[^)\n]*)\) )|\w[\w/.-]*\.exs?:\d+: [\w.:?!<>&;/ -]+/\d|GenServer [\w.:#<>&;{}]+ terminating|Last message(?: \(from #PID[^)]*\))?: [\{\(:]|\((?:elixir|stdlib|phoenix|ecto\w*|plug\w*) \d+\.[\d.]+\) \S+\.[eh]x?r?ls?:\d+",
        "    (ledger 0.1.0) lib/ledger/store.ex:14: Ledger.Store.find/1",
    ),
    trace(
        "Elixir stack trace",
        &["#PID<", "#PID&lt;", "** (EXIT", "(EXIT)", "no function clause matching in", "no match of right hand side", "no case clause matching", "no process: the process is not alive", "%{__exception__", "bad return value: ", "no cond clause evaluated", "protocol Enumerable not", "(UndefinedFunctionError)", "(FunctionClauseError)"],
        r"#PID<L>\d+\.\d+\.\d+<G>|\*\* \(EXIT\b|no function clause matching in [\w.]|no match of right hand side value|no case clause matching|no process: the process is not alive|%\{__exception__|\(stop\) bad return value|no cond clause evaluated|\((?:UndefinedFunction|FunctionClause)Error\)",
        "** (exit) exited in: GenServer.call(#PID<0.214.0>, :find, 5000)",
    ),
    trace(
        "Erlang crash",
        &["[{file,", "REPORT====", "CRASH REPORT", "Reason for termination", "Generic server ", "exception error: ", "exception exit: ", "exception throw: ", "crasher:", "Error in process ", "Ranch listener", "supervisor: {", "initial call: "],
        r"\[\{file,<Q>[^\n]+?\.erl<Q>\},\s*\{line,\d+\}|=[A-Z]+ REPORT====|CRASH REPORT (?:Process|process) |\*\* Reason for termination|\*\* Generic server \S+ terminating|exception (?:error|exit|throw): \S|crasher:\s*(?:\\n)?\s*initial call|Error in process <L>\d+\.\d+\.\d+<G>|Ranch listener \S+ (?:had|terminated)|supervisor: \{|initial call: \w+:\w+/\d",
        "{ledger_store,find,1,[{file,\"src/ledger_store.erl\"},{line,14}]}",
    )
    .back(12),
    trace(
        "Erlang crash",
        &["{badmatch,", "{function_clause,", "{case_clause,", "{badarg,", "{badarith,", "{undef,[", "{noproc,", "{nocatch,", "{try_clause,", "{badkey,", "{badmap,", "{badrecord,", "{timeout,{", "{'EXIT',", "{error,{", "{shutdown,{", "{nodedown,", "{bad_return_value,", "{{badmatch", "{&#39;EXIT&#39;"],
        r"\{\{?(?:badmatch|function_clause|case_clause|badarg|badarith|undef|noproc|nocatch|try_clause|badkey|badmap|badrecord|bad_return_value|timeout|shutdown|nodedown|<Q>EXIT<Q>|error),\s*(?:\[?\{|\[|<L><L>|\{|<Q>|[a-z_]\w*\}?,)",
        "exited: {noproc,{gen_server,call,[ledger_store,find]}}",
    )
    .back(2),
];
