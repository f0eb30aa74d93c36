//! XML that makes its parser read, fetch or expand something.

/// All patterns.
pub(in crate::filter) const PATTERNS: &[&str] = &[
    r"<!\s*doctype[^>]*(?:\[|\bsystem\b|\bpublic\b|['\x22])|<!\s*doctype\s+(?:[^h\s>]|h[^t])\S*\s*>",
    r"<!\s*(?:entity|notation|element|attlist)\b|<!\[\s*(?:include|ignore|%)",
    r"<\s*\w+:(?:include|fallback)\b|\bxinclude\b\s*['\x22]|http://www\.w3\.org/200[13]/xinclude",
    r"<\?\s*xml-(?:stylesheet|model)\b",
    r"<\?\s*xml\b[^>]*encoding\s*=\s*['\x22]\s*(?:utf-?7|utf-?16|utf-?32|ucs|iso-10646|ebcdic|cp\d|ibm)",
    r"<\?\s*(?:oxygen|import|mso|xml-multiple)",
    r"<\s*/?\s*xsl\s*:\s*\w|\bxmlns(?::\w+)?\s*=\s*['\x22]http://www\.w3\.org/1999/xsl",
    r"\bxsi\s*:\s*(?:nonamespaceschemalocation|schemalocation|type)\s*=|\bschemalocation\s*=|\bxml:base\s*=",
    concat!(
        r"<\s*(?:xs|xsd|wsdl|soap|soapenv|s|wsa|wsse|rng|sch|ds|saml\w*)\s*:\s*(?:import|include|redefine",
        r"|override|externalref|retrievalmethod|reference|transform)\b[^>]*=",
    ),
    r"\+adw-|\+ADw-|&[%\w]+;.*<!|%\w+;\s*\]|(?:&\w+;){5,}",
    concat!(
        r"<\s*(?:\w+:)?(?:retrievalmethod|externalref|xsl:\w+|import|include|link|document)\b[^>]*\b(?:href|src",
        r"|uri|location|schemalocation|url)\s*=\s*['\x22](?:https?:|file:|//|ftp:|jar:)",
    ),
];
