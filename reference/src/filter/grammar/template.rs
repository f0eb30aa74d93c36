//! Templates and formulas that a server or a spreadsheet evaluates.
//!
//! A placeholder with only a name is no attack: `{{ customer.name }}` is common in letters. Calls, calculations, quotes
//! and the engine's own objects are.

/// All patterns.
pub(in crate::filter) const PATTERNS: &[&str] = &[
    // Double braces.
    r"\{\{\s+\{|\{\{[^{}:]*['\x22`(\[*+%@$=]",
    r"\{\{[~-]?\s*(?:\.|-?\d+(?:\.\d+)?\s*[-+*/%|&]|>|&\s*\w+\s*\(|!\s*\w+\()",
    concat!(
        r"\{\{[~-]?\s*[\w.]*\b(?:config|self|request|settings|cycler|joiner|namespace|lipsum|app|_self|_context",
        r"|_charset|constructor|this|dump|url_for|get_flashed_messages|g|session|environ|env|range|_globals",
        r"|globals|ctx|loop|messages|debug|scope|\$on|root|values|page|site)\b(?:\s*[.|}\[-])",
    ),
    r"\{\{.*\b__\w+__",
    concat!(
        r"\{\{[^}]*\|\s*(?:map|attr|filter|join|system|exec|popen|reduce|sort|printf|format|print|tojson|pprint",
        r"|safe|raw|e\b|len|length|list|items|dictsort|evaluate|passthru|json|inspect|upcase|default|first|last",
        r"|slice|batch|urlize)\b",
    ),
    r"\{\{\{|\{\{#(?:with|lookup|if\s+\(|eval|let)\b",
    concat!(
        r"\{\{\s*(?:#?with|lookup|template|define|block|printf|print|call|index|html|js|len|slice|urlquery|and",
        r"|or|not|eq|ne)\s+['\x22.$(]",
    ),
    r"\{\{\s*(?:template|define|block|range|end|partial|include|import)\b\s*['\x22.$]",
    // Statements.
    concat!(
        r"\{%[-+~]?\s*(?:debug|load|import|include|extends|set|assign|capture|macro|call|eval|exec|do|from",
        r"|render|php|raw|autoescape|filter|sandbox|apply|use|embed|csrf_token|cycle|now|tablerow|increment",
        r"|decrement|liquid|style|schema|section|javascript|layout|verbatim|trans|ssi|widthratio|templatetag",
        r"|import_yaml|import_json|python|print|module|return|flush|lorem)\b",
    ),
    r"\{%[^%]*(?:['\x22(\[]|\d|__)",
    // Expressions in one pair of braces after a sign.
    r"\$\{[^{}]*(?:[^\w\s.{}]|\.(?:class|getclass|protectiondomain|runtime)\b)[^{}]*\}",
    r"\$\{\s*(?:\.|\$|'|\x22|\d+\s*[-+*/%]|-?\d)|\$\{[^}]*\$\{",
    concat!(
        r"\$\{\s*(?:pagecontext|applicationscope|sessionscope|param|header|cookie|initparam|self|application",
        r"|request|session|context|this|env|sys|java|lower|upper|main|date|jndi|bundle|ctx|log4j|docker|spring",
        r"|k8s|web|map|marker|class|product|settings|config|locals|loop|capture)\b\s*[.:\[(]",
    ),
    r"#\{[^{}]*[^\w\s.{}][^{}]*\}|#\{\s*-?\d|\*\{[^}]*[(*+'\x22.@][^}]*\}|~\{[^}]*[(:'\x22/$][^}]*\}",
    r"%\{[^}]*[^\w\s.}:-][^}]*\}|%\{\s*\d|!\{[^}]*\}|\^\{[^}]*\(",
    r"@\{[^}]*[=;('\x22|][^}]*\}?|@\(\s*(?:\d|\w+[.(*+]|['\x22])",
    r"@(?:functions|inject|using|inherits|model|code|page|inline)\s*[\{\s]",
    r"@(?:inherits|using|inject|addtaghelper)\b|@for\s*\(|@if\s*\(|@while\s*\(|@foreach\s*\(",
    r"(?:^|[^\w.])@(?:[a-z]\w*\.)+(?:[a-z]\w*)\s*\(",
    concat!(
        r"(?:^|[^\w.])@(?:model|system|html|viewbag|request|response|url|context|typeof|environment|session)",
        r"\b\s*[.(\[]",
    ),
    // Angle brackets.
    r"<%[^%]*[^\w\s.%=@#-][^%]*%>",
    concat!(
        r"<%[=-]?\s*(?:-?\d|import|require|system|exec|include|page|python|code|global|process|self|env|file",
        r"|kernel|java|object|dir|request|session|application|response|server|root|this|locals)\b",
    ),
    r"<%@|<%!|<%\s*\w+\s*=|<%[=-]?\s*\w+\.\w+\.\w",
    r"<\?(?:php|=)|<\?\s*(?:echo|system|print|eval)\b",
    concat!(
        r"<#(?:assign|list|include|import|macro|if|attempt|setting|function|global|local|ftl|nested|visit",
        r"|escape|switch|stop|compress)\b",
    ),
    r"<@[\w.]+\s[^>]*=|\[#(?:assign|list|if|include)\b|\[=[^\]]+\]|\[@[\w.]+\s[^\]]*=",
    concat!(
        r"<(?:c|fn|fmt|jsp|s|th|cf\w*|%|py|tal|xsl|asp|jsf|ui|f|h|a4j|l|tags?)\s*:\s*(?:out|set|include|import",
        r"|if|foreach|property|scriptlet|expression|directive|usebean|block|choose|url|value-of|param|text",
        r"|utext|getproperty|forward|eval|with|view|fragment|remove|element)\b",
    ),
    r"<cf(?:set|output|execute|include|query|file|http|script|dump|directory)\b",
    r"\bth:(?:text|utext|with|if|each|replace|insert|fragment|href|onclick|value|inline|remove|attr)\s*=",
    r"\btal:(?:content|replace|define|repeat|attributes)\s*=|\[\[\s*\$\{|\[\(\s*\$\{",
    // Velocity, Smarty, Dust, OGNL and Spring.
    r"#(?:set|evaluate|foreach|parse|macro|include|define|if)\s*\(\s*['\x22$]|#@?\w+\(\s*\$",
    r"\$!?\{?\w+\.(?:class|getclass|inspect)\b|\$!?\w+\.(?:class\.|getclass\(|invoke|forname)",
    r"\{\$smarty\.|\{\$\w+(?:->|\|(?:system|passthru|exec|print_r|var_dump|eval|cat|regex\w*|call\w*|json\w*|@))",
    r"\{/?(?:php|literal|nocache|strip)\}",
    concat!(
        r"\{(?:fetch|include|include_php|eval|system|math|self|function|insert|config_load|extends|block",
        r"|capture|html_\w+|debug|import)\b[^}]*(?:=|\(|\}\s*$|\|)",
    ),
    r"\{/(?:if|foreach|section|while|capture|block|function|for)\}|\{Smarty_|\{smarty_|\{[\w\\]+::\w+\(",
    concat!(
        r"\{(?:system|passthru|exec|shell_exec|phpinfo|file_get_contents|print_r|var_dump|readfile|show_source",
        r"|scandir)\s*\(",
    ),
    r"\{\s*\$\w+\s*=|\{=\s*\w",
    r"\{@\w+\s[^}]*/?\}|\{[#?^+<]\w+[^}]*/?\}\s*\{|\{\d+\s*[*+/-]\s*\d+\}|\{\s*['\x22]\w*['\x22]\s*\|\s*\w+",
    r"\{\{?\s*\d+\s*\*",
    r"\(#\w+\s*=",
    concat!(
        r"#(?:context|session|request|parameters|application|attr|_memberaccess|root|this|rt|cmd|ctx|a)",
        r"\s*(?:\[['\x22]|\.\w+\[|=\s*['\x22@#(n])",
    ),
    r"@[a-z]\w*(?:\.\w+)+@\w|\bt\(\s*[\w.]+\s*\)\s*\.|__\$\{|::\.?x\b|\bnew\s+java\.|\bjava\.lang\.\w",
    r"\bruntime\.getruntime\b|#this\b|\bgetruntime\(\)|\bprocessbuilder\b",
    // Access to the runtime from any engine.
    r"__(?:globals|subclasses|mro|builtins|import|base|bases)__|__class__\s*(?:\.__|\[)",
    r"\bconstructor\s*(?:\.|\[\s*['\x22])\s*constructor|\.constructor\s*\(\s*['\x22]|\.sub\.constructor",
    r"\bprocess\.(?:mainmodule|binding|env|exit|cwd|pid|version|platform|argv|memoryusage)",
    r"\bglobal(?:this)?\.process|\brequire\(\s*['\x22](?:child_process|fs|os|vm|net|http)|\bobjectspace\b",
    r"\bkernel\.(?:system|exec)|\bio\.popen|\bfile\.(?:open|read|read!|readlines)\s*\(",
    r"\bsystem\.(?:cmd|get_env|diagnostics|io)\b|\b:os\.cmd",
    r"\bos\.(?:popen|system|getcwd|environ|execute|getenv)\b\s*[(.\[]|\bcode\.eval_string",
    // Pug, Haml, Slim and others that interpret a line by its first character.
    concat!(
        r"(?:^|\n)\s*[a-z]*!?=\s*(?:\d+\s*\*\s*\d+\s*$|[\w.$]*(?:process|global|require|root|`|system|file|dir",
        r"|env|self)\b)",
    ),
    concat!(
        r"(?:^|\n)\s*-\s*(?:(?:var|let|const)\s+\w+\s*=|(?:require|system|eval)\s*[(\x22\x27]",
        r"|\w+\s*=\s*(?:process|global|require|`|system|file|dir|env)\b)",
    ),
    r"(?:^|\n)\s*:(?:javascript|ruby|erb|coffee|markdown)\b|(?:^|\n)\s*[%.]\w+=\s|(?:^|\n)\s*include\s+\.{0,2}/",
    r"(?:^|\n)\s*==?\s*\d+\s*\*\s*\d+\s*$|(?:^|\n)%\s*(?:import|for|if|include|def|python)\b|(?:^|\n)\s*#\s*\{",
    r"\[\[\s*[\w.]*[(*+|]|\[%\s*\w|<\[%|\{!!|!!\}|\{-?#\s*set",
    r"@(?:php|eval|include|extends|dd|json|env|csrf|inject|component)\s*\(|\[\?|\(\(\s*\d+\s*\*",
    r"~\s*\d+\s*\*\s*\d+\s*~",
    r"\{\s*\d+\s*[*+/-]\s*\d+\s*\}",
    r"\{\s*(?:constructor|process|global|self|this)\s*[.\[]|\{\w+\.__\w+|\{0\.__|\{\w+\[__|\{\w*!\w+\}|%\(\w+\.__",
    // Formulas that reach out, at the start of a cell.
    concat!(
        r"^[\s'\x22]*[=+@-].*\b(?:hyperlink|webservice|import\w+|dde|exec|call|register\.?\w*|filterxml|rtd",
        r"|image|encodeurl|rept|indirect|cmd|msexcel|powershell|mshta)\b?\s*[(|]",
    ),
    r"^[\s'\x22]*[=+@-].*\|.*!|^[\t\r\n]+[=+@-]",
    r"[\x22,;\n]\s*[=+@-]\s*(?:hyperlink|webservice|import\w+|cmd|dde)\b|^[=@+-]\s*\d+[-+*/]\d+[\x22',;]|^@sum\(",
    r"^[=+-]+\d+\s*[-+*/]\s*\d+\s*\+?\s*cmd|^=\s*\d+\s*[-+*/]\s*\d+\s*['\x22,;]",
    // Server-side include directives.
    r"<!--\s*#\s*(?:exec|include|echo|config|set|printenv|fsize|flastmod|if)\b|<esi:\w+",
    r"\$\(\s*(?:http_|query_|request_)\w+",
];
