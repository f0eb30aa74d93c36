//! Query languages: SQL, document, directory, XML and graph queries, key-value commands.
//!
//! Most fragments leave a quoted value. They close a quote that the text did not open and continue with an operator and
//! its operands, a comment or another statement. Fragments without quotes begin with a number.

/// Comparisons: operators, or words with an operand that prose does not put there.
pub(in crate::filter) const COMPARISON: &str = concat!(
    r"(?:[=<>~]|!=|\bis\s+(?:not\s+)?null\b|\b(?:not\s+)?in\s*\(|\bbetween\s+\S+\s+and\b|@>",
    r#"|\b(?:i?like|rlike|regexp|glob|match|similar\s+to|sounds\s+like|div)\b\s*(?:binary\s*)?['"(%\d])"#,
);

/// After a quote that closes what the text did not open.
const CLOSING: &[&str] = &[
    // An operator, operands and a comparison; or a function call; or a constant at the end.
    r"~ODD~[\s)\]]*(?:\b|\|\||&&)?(?:or|and|xor|having|where|\|\||&&)(?:\b|[\s(!'\x22$\d@_/-])[^;?]*~CMP~",
    r"~ODD~[\s)\]]*(?:or\b|and\b|xor\b|\|\||&&)[\s(!~+-]*(?:not[\s(]+)?[\w.:$]+\(",
    concat!(
        r"~ODD~[\s)\]]*(?:or\b|and\b|xor\b|\|\||&&)[\s(!~+-]*(?:not[\s(]+)?(?:\d[\w.]*|true|false|null)",
        r"[\s)]*(?:--|#|/\*|;|%00|$)",
    ),
    r"~ODD~[\s)\]]*(?:or\b|and\b|\|\||&&)[\s(]*(?:not\s+)?(?:exists\b|~Q~[^~Q~]*$|\(?\s*select\b)",
    // A comparison or calculation with the next value.
    r"~ODD~\s*\)*\s*(?:=|<>|<|>|!=|<=>|\blike|\bnot\s+like)\s*['\x22]",
    concat!(
        r"~ODD~\s*(?:\|\||\+|-|\*|/|%|\^|&|\|)\s*(?:\(\s*)*(?:(?:select|case|if|cast|convert)\b|\w[\w.]*\(|\(",
        r"|['\x22]\s*(?:\|\||\+|-|or\b|and\b))",
    ),
    r"~ODD~\s*(?:\|\||\+)\s*(?:@@|\d+\s*(?:--|#)|current_|user\b|version\b)",
    concat!(
        r"~ODD~\s*(?:::|collate\b|returning\b|limit\s+\d|offset\s+\d|procedure\s+analyse|into\s+(?:out|dump)",
        r"file|allow\s+filtering|for\s+update\b|for\s+xml\b|group\s+by\b|order\s+by\b|intersect\b",
        r"|except\s+select|minus\s+select)",
    ),
    // The next column, and the end of a list of values.
    r"~ODD~\s*,\s*\w+\s*=\s*['\x22\d(]",
    r"~ODD~\s*,\s*(?:['\x22][^'\x22]*['\x22]|\d+|null|\(select.*)\s*\)+\s*(?:--|#|;|,\s*\(|/\*)",
    // Another statement of a script.
    concat!(
        r"~ODD~[\s)}\]]*;\s*(?:var|let|const|while|return|if|for|function|throw|this|db|require|process|setvar",
        r"|use|go|print|declare)\b",
    ),
    // Leaving a member of a document, a predicate or an argument.
    r"~ODD~\s*[}\]]+\s*,\s*['\x22{]",
    r"~ODD~\s*,\s*['\x22][\w$@.]+['\x22]\s*:",
    r"~ODD~\s*,\s*\w+\s*:\s*[\w{\['\x22$]",
    r"~ODD~\s*\)\s*\{",
    r"~ODD~\s*\)*\s*\]+\s*[|,/\[]",
    r"~ODD~\s*\}\s*\)?\s*(?:\)|return\b|detach\b|match\b|set\b|union\b)",
    r"~ODD~\s*\)?\s*(?:return|detach\s+delete|match\s*\(|with\s+\d|call\s+[\w.]+\(|yield)\b",
    // A comment that hides the rest.
    r"~ODD~[\s)\]]*(?:--|#|/\*)[\s-]*$",
    r"~ODD~[\s)\]]*(?:--|#|//|/\*|;?%00)\s*[\w-]*$",
    r"[\w)'\x22]['\x22`]\)*;?(?:--|#|/\*)",
    r"['\x22][\s)]*(?:or|and|xor|\|\||&&)\b?[\s(]*\(?['\x22]?\d+['\x22]?\)?\s*(?:=|<|>|like)\s*\(?['\x22]?\d",
];

/// Statements, clauses and functions of SQL.
const SQL: &[&str] = &[
    concat!(
        r"^[\s(+-]*(?:\d[\w.]*|null|true|false|id)[\s)]*(?:or\b|and\b|xor\b|\|\||&&|having\b|where\b)",
        r"[\s(!]*[\w.@$()'\x22/*+,\s-]*~CMP~",
    ),
    concat!(
        r"^[\s(+-]*\d[\w.]*[\s)]*(?:or\b|and\b|xor\b|\|\||&&|div\b|mod\b)[\s(!~+-]*(?:not[\s(]+)?(?:exists\b",
        r"|[\w.]+\(|\(\s*select\b|//)",
    ),
    r"^[\s(+-]*\d[\w.]*[\s)]*(?:or\b|and\b|xor\b|\|\||&&)[\s(!~+-]*(?:\d+|true|false|null)[\s)]*(?:--|#|/\*|;|$)",
    r"\b(?:or|and)\s+(\d+)\s*(?:=|<|>|like)\s*\d+\s*(?:--|#|$|;)",
    concat!(
        r"^[\s(+-]*\d[\w.]*[\s)]*[-+*/%^&|]+\s*\(?\s*(?:select|case|if|sleep|benchmark|cast|convert|ascii",
        r"|length)\b\s*\(?",
    ),
    r"^[\s(+-]*\d[\w.]*\)+[^;]*(?:--|#)[\s-]*$",
    r"union[\s(]+(?:all|distinct)[\s(]+(?:select|values|table)\b",
    r"union[\s(]+select\b\s*(?:null|top\b|\d|['\x22@*(]|\w+\s*[,(]|[\w.$]+\s*(?:--|#)|[^.;?!]*\bfrom\b|distinct\b)",
    concat!(
        r";\s*(?:drop|create|alter)\s+(?:or\s+replace\s+)?(?:table|database|schema|user|role|view|index",
        r"|function|procedure|trigger|login|extension|sequence|type|materialized|temp\w*|alias|system|session",
        r"|server)\b",
    ),
    r"^\s*drop\s+(?:table|database|schema)\s+\w+\s*$",
    concat!(
        r";\s*(?:insert\s+(?:ignore\s+)?into|replace\s+into|merge\s+into|delete\s+from|truncate\s+(?:table\b",
        r"|\w+\s*(?:;|--|#|$))|update\s+[\w.\x22`]+\s+set)\b?",
    ),
    concat!(
        r";\s*(?:select\s+(?:[\w.]+\(|\d|['\x22*@(]|[\w.,\s]+\s+from\s+\w|case\b|into\b)",
        r"|with\s+\w+\s*(?:\([^)]*\)\s*)?as\b|values\s*\()",
    ),
    concat!(
        r";\s*(?:exec(?:ute)?\s*(?:\(|@|immediate\b|[\w.]*(?:xp_|sp_)|\w+\s*['\x22@])|declare\s+[@\w]+",
        r"|waitfor\s+(?:delay|time)|shutdown\s*(?:;|--|with|$)|do\s+(?:\$|')|begin\s+\w+[._(;]",
        r"|begin\s+transaction)",
    ),
    r";\s*(?:grant|revoke)\s+[\w,\s*]+\s(?:on|to|from)\b",
    concat!(
        r";\s*(?:copy\s*[\w.(]+[^;]*\b(?:to|from)\b|load\s+(?:data|extension)\b|handler\s+\w+\s+(?:open|read)",
        r"|attach\s+(?:database\b|')|pragma\s+\w+\s*[=(]|set\s+(?:@|global\b|session\b|role\b|\w+\s*=)",
        r"|call\s+[\w.]+\s*\(|backup\s+(?:database|log)|restore\s+database|reconfigure\b|vacuum\s+into",
        r"|prepare\s+\w+|listen\s+[a-z_]\w*\s*(?:;|--|$)|notify\s+\w+\s*[,;]|lock\s+tables?\b|rename\s+table",
        r"|reset\s+\w+|if\s*\(|if\s+(?:not\s+)?exists|comment\s+on|kill\s+\d|commit\s*(?:;|--)|rollback\s*(?:;",
        r"|--)|analyze\b|explain\s+\w+|raise\s+\w|drop\s+\w+\s*(?:;|--|#|$)|drop\s+(?:owned|policy))",
    ),
    concat!(
        r"\b(?:pg_sleep|waitfor\s+delay|dbms_\w+\.\w+|extractvalue|updatexml|load_file|xp_\w+|sp_oa\w+",
        r"|utl_\w+\.\w+|randomblob|zeroblob|gtid_subset|gtid_subtract|st_latfromgeohash|st_longfromgeohash",
        r"|pg_read_file|pg_ls_dir|lo_import|lo_export|dblink\w*|query_to_xml|database_to_xml|openrowset",
        r"|opendatasource|openquery|load_extension|ctxsys\.\w+|xmltype|json_keys|geometrycollection|multipoint",
        r"|name_const|get_lock|generate_series|pragma_\w+|httpuritype|sys_eval|sys_exec)\s*[('\x22]",
    ),
    r"\bbenchmark\s*\(\s*\d+\s*,",
    r"[,(=+*/|-]\s*sleep\(|[(=+*/|-]\s*sleep\s*\(\s*\d+\s*\)",
    r"\b(?:select|if|iif|case|when|then|and|or)\b[^.?!]*\bsleep\s*\(\s*\d",
    concat!(
        r"\b(?:from|join)\s*(?:\w+\.)*(?:information_schema|pg_catalog|pg_(?:shadow|user|database|authid|tables",
        r"|roles)|sqlite_(?:master|schema|temp_master|sequence)|sys(?:objects|databases|columns|users|logins",
        r"|cat|ibm)|sys\.(?:objects|databases|tables|columns|schemas|sql_logins|server_principals|syslogins",
        r"|user\w*|all_\w+)|v\$\w+|all_(?:tables|tab_columns|users)|user_(?:tables|tab_columns)|dba_\w+",
        r"|mysql\.\w+|msysobjects|rdb\$\w+)\b",
    ),
    r"@@(?:version|datadir|hostname|basedir|servername|global|language|spid|secure_file_priv|tmpdir)\b",
    concat!(
        r"(?:[=<>,+*/|(~-]|\b(?:and|or|in|exists|not|where|any|all|some|then|when|union|is|like|by|having)|\w)",
        r"\s*\(\s*select\b\s+\S",
    ),
    r"\b(?:and|or|in|exists|not|where|any|all|some|then|when|having)\s*\(+\s*select\b",
    concat!(
        r"\(\s*select\s+(?:\*|count\s*\(|\w+\(|\d+\b|['\x22@]|case\b|top\s+\d|null",
        r"|[\w.,\s]+\s+from\s+\w+\s+(?:where|limit|order)\b)",
    ),
    r"(?:^|[=<>,(+*/|-])\s*\(?\s*case\s+when\b.*\bthen\b",
    r"\binto\s+(?:out|dump)file\b\s*['\x22]",
    r"['\x22)\d]\s*(?:order|group)\s+by\s+\d+(?:\s*,\s*\d+)*\s*(?:--|#|/\*|$)",
    r"\bselect\s+\*\s+from\s+\w+\s*(?:;|--|#|$)|\bselect\b[^;?.!]*\bfrom\b[^;?.!]*(?:--|#)[\s-]*$",
    r"^[\w.]+,\s*\(?\s*(?:select\s+(?:\w+\(|[\w.*]+\s+from\s)|case\s+when\b|if\s*\(|\w+\s*\(\s*select\b)",
    r"\b(?:asc|desc)\s*[,;]\s*\(?\s*(?:select|case|if\s*\(|\w+\s*\()",
    r"\bcast\s*\(.*\bas\s+(?:int|numeric|text|char|varchar|signed|date)\w*\s*\)\s*(?:--|=|#|>|<)",
    concat!(
        r"\b(?:char|chr|nchar|ascii|ord|unicode|substr|substring|mid)\s*\([^)]*\)\s*(?:=|<|>|\|\||\+|\))",
        r"\s*(?:\d|['\x22]|cha?r)",
    ),
    r"/\*!\d*\s*\w",
    r"^\s*\)+\s*(?:or|and|union|having|;|--|#|waitfor)",
];

/// Documents, keys and graphs.
const DOCUMENT: &[&str] = &[
    concat!(
        r"['\x22]?\$(?:n?eq?|gte?|lte?|n?in|not|nor|or|and|all|any|where|regex|options|exists|type|mod|text",
        r"|size|expr|function|accumulator|jsonschema|elemmatch|comment|set|unset|inc|mul|push|pull|pop|rename",
        r"|addtoset|lookup|graphlookup|out|merge|match|group|project|unionwith|facet|sample|limit|sort|unwind",
        r"|cond|sum|eval|near|geowithin|geointersects|bits\w+|currentop|listsessions|func|meta|slice|db|code",
        r"|oid|replaceroot|addfields|min|max|search)['\x22]?\s*:",
    ),
    r"\[\s*['\x22]?\$\w+['\x22]?\s*\]",
    r"\$where\b|\bthis\.\w+\s*(?:[=!<>]=|\.match\(|\[)",
    r"\x22selector\x22\s*:\s*\{|_all_docs\?|_design/\w",
    r"_(?:find|view|changes|users|security|replicate|temp_view)\b[/?{]|\x22roles\x22\s*:\s*\[\s*\x22_",
    concat!(
        r"\x22(?:query|filter|must|should|post_filter|aggs|aggregations|script|script_fields|runtime_mappings",
        r"|knn|suggest)\x22\s*:\s*\{",
    ),
    concat!(
        r"\x22(?:terms|match_all|query_string|wildcard|regexp|fuzzy|prefix|has_child|more_like_this",
        r"|simple_query_string)\x22\s*:\s*\{",
    ),
    r"\n\*\d+\r?\n\$\d+",
    concat!(
        r"(?:\n\s*(?:eval|config\s+(?:set|get)|flushall|flushdb|slaveof|replicaof|bgsave|hset|lpush|flush_all",
        r"|evalsha)|\r\n(?:module|script|debug|set|get|del|keys|save|rename|auth|migrate|client|shutdown|info",
        r"|monitor|acl|stats|delete|incr|gets|cas|append|touch|publish|subscribe|select))\b\s*(?:['\x22\d]",
        r"|\w+\s+\S+\s*(?:\r?\n|$)|\*|\r?\n|$)",
    ),
    r"\bcall\s+(?:db|dbms|apoc|gds)\.\w|\bload\s+csv\s+(?:with\s+headers\s+)?from\b",
    r"\)\s*-\s*\[[^\]]*\]\s*->?\s*\(|\b(?:detach\s+delete|optional\s+match|merge\s*\(\w*:)",
    r"\bmatch\s*\(\s*\w*\s*(?::\s*\w+)?\s*\)\s*(?:return|where|detach|delete|set)\b",
    r"\ballow\s+filtering\b|\x22comparisonoperator\x22\s*:|\battribute_(?:not_)?(?:exists|type)\s*\(",
    r"\bbegins_with\s*\(|\btoken\s*\(\w+\)\s*[<>=]",
    r"^:?\w+\s+(?:or|and)\s+\w+\s*\([^)]*\)|^[:#]\w+\s+(?:or|and)\s+[\w.]+\s*(?:\(|[=<>])",
    r"\*:\*|\b_exists_\s*:|\b_query_\s*:|\{!\w+\s+\w+=|_val_\s*:",
    r"['\x22]?\b(?:mapreduce|map|reduce|finalize|keyf|\$reduce)['\x22]?\s*:\s*['\x22]?function",
    r"_(?:n?eq|n?in|gte?|lte?|i?like|nlike|or|and|not|is_null|regex|similar|contains)\s*:\s*[\[{\w'\x22%]",
];

/// Filters of a directory and paths through XML.
const TREE: &[&str] = &[
    r"\)\s*\(\s*[|&!]?\s*\(?\s*[\w.;-]*(?::[\w.]*)*[~<>]?=",
    r"\)\s*\(?\s*\(\s*[|&!]\s*[()]|\)\s*\(\s*[|&!]\s*(?:\)|$)|\)\s*\(\s*[\w.;-]+\s*=\s*\*|^\s*\*?\)+\s*\(",
    r"\(\s*[|&!]\s*\(\s*[\w.;-]+(?::[\w.]*)*[~<>]?=",
    r"\(\w+(?::[\w.]+)*:?=\*?\w*\*\)|\(\w+:[\w.:]*:=",
    r"\\2[89a].*(?:\\2[89a]|\\0|=)|\\00",
    r"[+,]\s*(?:uid|cn|ou|dc|o|sn|mail)\s*=\s*[\w*]+\s*[,+]\s*(?:uid|cn|ou|dc|o|c|sn)\s*=",
    r"^\w+,\s*(?:ou|dc|cn)=\w+(?:,|$)",
    r"^\*+\)|^\*+\w*\*+$|\(objectclass=|\(&\)|\(\|\)|=\*\)",
    concat!(
        r"\b(?:ancestor|attribute|child|descendant|following|namespace|parent|preceding|self)(?:-or-self",
        r"|-sibling)?::(?:\*|(?:node|text|comment|processing-instruction)\(|[\w:-]+(?:[\[/=\x27\x22|]",
        r"|\s*\)?\s*(?:$|[=<>])))",
    ),
    concat!(
        r"(?:\b(?:or|and|div|mod|not)\b|[|,(+])\s*\(?\s*(?://(?:[@*]|\w+\s*(?:\[|/|--|\)|,|\||$))|/(?:\*|@",
        r"|\w+/\w+\s*(?:\[|=|\|)))",
    ),
    concat!(
        r"\b(?:count|string|name|local-name|namespace-uri|string-length|substring|starts-with|contains",
        r"|normalize-space|translate|concat|sum|position|last|doc|document|doc-available|unparsed-text",
        r"|collection|system-property|environment-variable|matches|exists|boolean)\s*\(\s*(?://|/\*|/\w|\*/",
        r"|\.\.?/|@)",
    ),
    r"\bdoc(?:-available)?\(\s*['\x22]|\bunparsed-text\w*\(|\bposition\(\)\s*[=<>]|\blast\(\)\s*[=\]<>]",
    r"/(?:text|node|comment|processing-instruction)\(\)",
    r"//\w+\[[^\]]*[=<>@(]|//\*|//@\*|/\*\[\d+\]",
    r"\bfor\s+\$\w+\s+in\b.*\breturn\b|\blet\s+\$\w+\s*:=|\bsome\s+\$\w+\s+in\b|\bevery\s+\$\w+\s+in\b",
];

/// Operations of GraphQL.
const GRAPH: &[&str] = &[
    r"__schema\b\s*[,@{(]|__type\s*\(|__schema\b\s*\{?|__typename\b",
    r"\b(?:query|mutation|subscription)\b\s*\w*\s*(?:\([^)]*\$[^)]*\))?\s*(?:@\w+[^{]*)?\{\s*[\w.]",
    r"\bfragment\s+\w+\s+on\s+\w+|\.\.\.\s*on\s+\w+\s*[@{]|\.\.\.\s*@\w+\s*[({]",
    r"\b_service\s*\{|\b_entities\s*\(",
    r"@(?:include|skip|defer|stream|deprecated|specifiedby|export|client|live)\b\s*(?:\(|@)",
    r"^\s*\{\s*(?:\w+\s*:\s*)?\w+\s*(?:\([^)]*\)\s*)?(?:@\w+[^{]*)?\{",
    r"^\s*\{\s*(?:\w+\s*:\s*)?\w+\s*\([^)]*\w\s*:",
    r"\}\s*\w+\s*:\s*\w+\s*\([^)]*:|^[^{]*\}\s*\w+\s*\{\s*\w+",
    r"['\x22]query['\x22]\s*:\s*['\x22]\s*(?:\{|query|mutation|subscription)",
    r"\{\s*\w+\s*\([^)]*:[^)]*\)\s*\{\s*\w+(?:\s+\w+|\s*\{)",
];

/// All of them.
pub(in crate::filter) const PATTERNS: [&[&str]; 5] = [CLOSING, SQL, DOCUMENT, TREE, GRAPH];
