//! Active markup: elements, attributes, scripts, style sheets, Markdown links.

/// All patterns.
pub(in crate::filter) const PATTERNS: &[&str] = &[
    // Elements that act by themselves.
    concat!(
        r"<\s*/?\s*(?:script|iframe|embed|applet|svg|math|frameset|frame|portal|noscript|textarea|xmp|plaintext",
        r"|listing|noembed|noframes|bgsound|marquee|isindex|foreignobject|animate\w*|annotation-xml|maction",
        r"|discard|handler|layer|ilayer|xss|mtext|mglyph|malignmark|dialog|marquee|keygen|fencedframe)\b",
    ),
    // Elements whose names also occur in type lists: with an attribute, or not after a name.
    concat!(
        r"<\s*(?:object|form|link|base|meta|input|button|select|image|set|use|source|body|html|head|title|video",
        r"|audio|track|details|style|template|param|datalist|slot|option|label|map|area)\s*[\s/][^<>]*=",
    ),
    concat!(
        r"(?:^|[^\w>])<\s*/?\s*(?:object|form|link|base|meta|input|button|image|body|video|audio|style|template",
        r"|title)\b\s*/?>",
    ),
    r"<\s*a\b[^>]*\b(?:id|name)\s*=[^>]*\bhref\s*=|<\s*a\b[^>]*\bhref\s*=[^>]*\b(?:id|name)\s*=",
    r"<\s*a\b[^>]*\b(?:style|formaction|ping|srcset|autofocus|tabindex|contenteditable)\s*=",
    concat!(
        r"<\s*(?:b|i|p|q|u|s|x|div|span|img|li|ul|ol|h[1-6]|em|strong|table|td|tr|th|br|hr|section|article|nav",
        r"|main|font|center|input)\b[^>]*\b(?:id|name|style|target|formaction|is|ping|srcset|dynsrc|lowsrc",
        r"|background|poster|contenteditable|tabindex|autofocus|accesskey|popover|slot|srcdoc)\s*=",
    ),
    concat!(
        r"<\s*(?:img|image|a|area|td|table|div|input)\b[^>]*\b(?:src|href|background|action)",
        r"\s*=\s*['\x22]?\s*(?:javascript|data|vbscript|//|x\b|q\b|\d\b|[a-z]['\x22\s>])",
    ),
    r"<[^>]*[\s/\x22'`]on[a-z]{3,}\s*=",
    concat!(
        r"<[^>]*\s(?:hx-|ng-|x-init|x-data|x-on|x-html|x-bind|v-on|v-html|v-bind|data-bind|data-hx|data-ng",
        r"|@click|:href|_=)",
    ),
    r"<!\[cdata\[|<!--\s*[<>\[-]|--!?>\s*<|<!--[^>]*<\w|<%00|<\s*\?\s*(?:xml-stylesheet|import)",
    r"^[^<]*</[a-z]\w*\s*>\s*<",
    concat!(
        r"^[^<]*</(?:title|style|script|textarea|noscript|template|select|xmp|iframe|object|head|body|html|svg",
        r"|math|option)\b",
    ),
    r"<\w+[^>]*<\w+[^>]*=|<\w+:\w+[^>]*\b(?:href|src)\s*=|\bxlink:href\s*=|\bsrcdoc\s*=",
    // Handlers in an attribute that contains the text.
    concat!(
        r"(?:^|[\s\x22'/`])on(?:error|load|click|dblclick|auxclick|focus|blur|mouse|pointer|key|touch|drag|drop",
        r"|toggle|animation|transition|begin|end|repeat|page|hash|message|scroll|wheel|copy|cut|paste|before",
        r"|after|input|change|submit|reset|select|search|invalid|play|pause|canplay|time|volume|seek|stalled",
        r"|suspend|waiting|progress|abort|cancel|close|cue|context|storage|resize|show|start|finish|bounce",
        r"|rejection|unhandled|unload|content|gotpointer|lostpointer|formdata|slotchange|security|fullscreen",
        r"|language|popstate|duration|emptied|rate|webkit|activate|zoom|readystate|beforeinput)[a-z]*\s*=\s*\S",
    ),
    concat!(
        r"~ODD~\s*/?(?:\s|/)*(?:style|src|href|srcdoc|formaction|autofocus|action|data|class|id|type|accesskey",
        r"|tabindex|contenteditable|background|target|ping|list|name|value|dir)\s*=",
    ),
    r"^[\w\s./-]*\x22\s*/?\s*>\s*<|^[\w\s./-]*'\s*/?\s*>\s*<|^\s*/?>\s*<\w",
    // Addresses that are scripts.
    r"j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:\s*(?:[^\s\w]|[\w.]+\s*[(=`\[/%]|\S+\()",
    r"(?:^|[\s('\x22=<\[])(?:javascript|livescript|vbscript|jscript|mocha)\s*:\S",
    r"\bvbs(?:cript)?\s*:\s*\w+\s*\(|\bview-source:\S|\bdata:[^,\s]*(?:html|xml|svg|script|xsl|ecma)[^,]*[,;]",
    r"\bdata:[,;]?(?:base64)?,?\s*(?:<|%3c)|\bblob:(?:https?:|null)|\bfilesystem:https?:|\bx-javascript\b",
    r"\bfeed:(?:javascript|data)",
    // Leaving a string or a comment of a script.
    r"~ODD~\s*\)*\s*[;,]\s*(?:[\w.$\[\]]+\s*(?:\(|`|=)|//|/\*)",
    concat!(
        r"~ODD~\s*(?:[-+*/%^&|?<>]|\|\||&&|==|in\b|instanceof\b)\s*(?:[\w.$]+\s*[(`]|[{\[(]|new\b|void\b|this\b",
        r"|window\b|self\b|top\b|import\b)",
    ),
    r"~ODD~\s*\}\s*[;)]?.*[(`/]|~ODD~\s*\)\s*[;,]|~ODD~\s*\]\s*[;)]|~ODD~\s*:\s*\w+\s*\(",
    r"^[^*/]*\*/.*(?:\w\s*\(|`|/\*)|^\s*\*/|\\['\x22]\s*[;)+-]+\s*\w+\s*[(`]",
    concat!(
        r"\b(?:alert|confirm|prompt|eval|settimeout|setinterval|fetch|import|function|atob",
        r"|requestanimationframe|queuemicrotask)`",
    ),
    r"\$\{\s*(?:alert|confirm|prompt|eval|fetch|import)\b",
    r"\b(?:alert|confirm|prompt|print)\s*\(\s*(?:\d+|document\.|['\x22`/]?xss|origin|1)",
    r"\b(?:window|self|top|globalthis|frames)\s*\[\s*[\x22\x27]|\[\]\[\(?!?\[\]|!\[\]\s*\+\s*\[\]",
    concat!(
        r"\b(?:document|window|top|parent|frames|globalthis|location|navigator)\s*(?:\.|\[\s*['\x22])",
        r"\s*(?:cookie|domain|write\w*|location|defaultview|eval|alert|open|name\s*=|href\s*=|localstorage",
        r"|sendbeacon)",
    ),
    r"\[\s*['\x22](?:constructor|__proto__|alert|eval|fetch)['\x22]\s*\]|\bconstructor\s*\(\s*['\x22]",
    r"\btostring\s*:\s*\w+|\bvalueof\s*:\s*\w+|\bimport\s*\(\s*['\x22`/]|\bnew\s+function\s*\(|\.innerhtml\s*=",
    r"\bimportscripts\s*\(",
    r"[;\n]\s*alert\b|\bwith\s*\(\s*document\b|\bthrow\s+onerror|\bonerror\s*=\s*\w+\s*[;}]",
    // Style sheets that load, run or leak.
    r"url\(\s*['\x22]?\s*(?://|https?:|data:|javascript:|ftp:|\\)|\burl\s*\(\s*//",
    r"(?:-moz-binding|behavior)\s*:|expression\s*\(\s*\S*\s*[\w.]*\(|expression\s*\(\s*\w+[.(]",
    r"@import\s*(?:['\x22]|url|//)|@font-face\s*\{|@charset\s*['\x22]|-o-link\s*:|@namespace\b|image-set\(",
    r"\bsrc\s*:\s*(?:url|local)\(",
    r"\[\s*\w+\s*[\^$*~|]=\s*['\x22]?[^\]]*\]\s*\{|\}\s*[\w*.#:]*\s*\{[^}]*(?:url\(|@import|content\s*:)",
    r"\*\s*\{\s*(?:display|visibility|position|opacity)\s*:",
    concat!(
        r"(?:^|[;'\x22{])\s*(?:position\s*:\s*(?:fixed|absolute)|background(?:-image)?\s*:\s*url|inset\s*:",
        r"|z-index\s*:\s*\d{3,}|content\s*:\s*attr)",
    ),
    // A host that readers disagree about.
    r"//[^\s/]+\\@",
    // Markdown.
    r"\]\s*\(\s*<?\s*(?:javascript|data|vbscript|file)\s*:|\]:\s*<?\s*(?:javascript|data|vbscript)\s*:",
    r"\]\(\s*\S*\s+['\x22][^)]*on\w+=",
];
