//! Serialised objects that a careless reader would instantiate.
//!
//! They are recognised by their first bytes, as hexadecimal digits or base64, or by names that select a class.

/// All patterns.
pub(in crate::filter) const PATTERNS: &[&str] = &[
    // Java, .NET view state, gzip, Ruby, Python: the first bytes as base64 and as digits.
    concat!(
        r"^\s*(?:ro0ab[a-z0-9+/_-]|h4sia[a-z0-9+/_-]|aaeaaad/|/we[pwy][a-z0-9+/]|ba(?:h[a-z\x5b\x7b]|g[a-z]",
        r"|i[a-z]|t[a-z])[a-z0-9+/]{4}|ga[mnrswx][a-z0-9+/]{3}|ej[a-z][a-z0-9+/]{4})[a-z0-9+/_=-]*\s*$",
    ),
    r"\bac\s?ed\s?00\s?05|aced0005|0xaced|^\s*04\s?08[0-9a-f]{4,}|^\s*80\s?0[2-5][0-9a-f]{4,}",
    r"^\s*0001000000ffffffff|^1f8b08[0-9a-f]+|%ac%ed|\\xac\\xed|\\x04\\(?:b|x08)\w",
    r"\x22type\x22\s*:\s*\x22buffer\x22\s*,\s*\x22data\x22|\bro0ab[a-z0-9+/]",
    // PHP.
    r#"(?:^|[;{:|])\s*[oc]:\+?\d+:"[^"]*":\+?\d+:\{|(?:^|[;{|])\s*a:\+?\d+:\{(?:[isbdo]:|\})|\bs:\d+:"[^"]*";.*\}"#,
    r#"\be:\d+:"[\w\\]+:\w+";|\|[oa]:\d+:"#,
    // Python pickles as text, and tags.
    r"(?:^|\n)c[\w.]+\n[\w.]+\n|^\(i[\w.]+\n\w+\n|^\(?[ld]p\d+\n|\(s'[^']*'\n|\ntr\.|\bp\d+\n[a-z]?\.|^\(lp\d",
    r"\nr\.\s*$|^[\w()]+\n.*\nb?\.\s*$|^v.*\np\d",
    r"!!\s*(?:python|js|java|javax|com|org|sun|net|perl|ruby|map|set|binary|sun\.|clojure|groovy)[\w./:]*",
    r"!\s*(?:ruby|python|perl|php|java|net|dotnet|!)\s*[/:]|!<tag:|%tag\s+!",
    r"(?:^|\n|\s)!!?[a-z]\w*(?:\.\w+)+\s*(?:[\[{\x22\x27]|$)",
    r"['\x22]py/(?:object|reduce|type|function|repr|newargs|state|module|ref|id|tuple|set)|\b__reduce(?:_ex)?__",
    r"\bcpickle\b.*loads",
    // Names that select a class.
    concat!(
        r#"["'](?:@|\$|__|\^)?(?:type|class|clazz|_class|\$class|objecttype|json_class|classname|@class|impl"#,
        r#"|javaclass|__type|@c|\^o|\^u|\^t|@type)["']\s*:\s*["'\[]?\s*[\w.:/$\[\\]*(?:\.|::|,\s*\w|#|\\)\w"#,
    ),
    r#"["'](?:@type|\$type|@class|__type|json_class|javaclass|\^o|@c|\$types|__class__|py/object|_type_)["']\s*:"#,
    r#"\[\s*["'](?:com|org|java|javax|ch|net|sun|oracle|br|io|jdk)\.[\w.$]+["']\s*,"#,
    r"_\$\$nd_(?:func|cc)\$\$_|\$\$nd_|\bserialversionuid\b|\bobjectdataprovider\b|\bresourcedictionary\b",
    r"clr-namespace:|clr-assem/|schemas\.microsoft\.com/clr|\bbinaryformatter\b|\blosformatter\b|__viewstate\b",
    concat!(
        r"system\.(?:windows\.data|diagnostics\.process|configuration\.install|activities|data\.services",
        r"|management\.automation|security\.principal|io\.fileinfo)",
    ),
    r"microsoft\.visualstudio\.text",
    concat!(
        r"<\s*(?:java\.|javax\.|com\.|org\.|sun\.|sorted-set|tree-map|dynamic-proxy|java\s|object\s+class",
        r"|void\s+(?:method|property|class)|linked-hash-set|jdk\.|map>\s*<entry>|root\s+type=|properties\s*>",
        r"|entry>\s*<|priority-queue|java-class|object-stream|beans?\s|serializable|unserializable",
        r"|concurrent-hash-map|hashtable\s|ow2|groovy\.|int-array|url>|tree-set|expandedwrapper|objs\s",
        r"|obj\s+refid|methodcall>|array\s+class)",
    ),
    concat!(
        r"(?:implements|class|type|handler|factory)\s*=\s*['\x22](?:java|javax|com|org|sun|dynamic-proxy|system)",
        r"\b[.\w]*",
    ),
    r"\bresolves-to\s*=|\bserialization\s*=\s*['\x22]custom",
    concat!(
        r"\bjava\.(?:lang\.(?:runtime|processbuilder|class|thread|system|autocloseable|integer|string)",
        r"|net\.(?:url|inet|socket)\w*|util\.(?:hashmap|hashset|priorityqueue|arraylist|properties)|io\.\w+",
        r"|beans\.\w+|rmi\.\w+|awt\.\w+)",
    ),
    r"\bjavax\.(?:script|naming|management|sql|swing|xml)\.\w+|\bcom\.sun\.\w+",
    r"\borg\.(?:apache|springframework|hibernate|codehaus|mozilla|yaml)\.[\w.]+|\bch\.qos\.\w+|\bbsh\.interpreter",
    r"\bc3p0\b",
    r"\[\s*!!|\bmozilla::\{|^\w+::\{|\{\s*['\x22]rmi['\x22]|\bphar://\w|\?\s*&\w+\s*\[|<<\s*:\s*\*\w",
    r"&\w+\s*\[\s*\*\w|\bgem::\w+|\bactivesupport::|\bactiverecord::\w+::|\bactiondispatch::|\berb\s*\n\s*src",
    r"^---\s*!",
    r"['\x22]?(?:rce|func|function|code|exec)['\x22]?\s*:\s*['\x22]?\s*(?:_\$\$|function\s*\(|\(\s*\)\s*=>|!!)",
    r"function\s*\(\s*\)\s*\{[^}]*\}\s*\(\s*\)|\bmarshal\.load|\bunserialize\s*\(\s*\$|\bpickle\.loads?\(",
    r"\byaml\.(?:unsafe_)?load\(",
];
