//! The text of queries.

use super::{Detector, database};

pub(super) const DETECTORS: &[Detector] = &[
    // A whole statement with upper-case keywords: not prose about one, and not typed by a person.
    database(
        "SQL statement",
        &[" FROM ", "INSERT INTO ", "UPDATE ", "\\nFROM ", "\nFROM "],
        r"\bSELECT\s+(?:DISTINCT\s+)?(?:TOP\s+\(?\d+\)?\s+)?(?:\*|[\w.\x22`\[\]()*]+(?:\s+AS\s+[\w\x22`\[\]\\]+)?(?:\s*,\s*[\w.\x22`\[\]()*\\]+(?:\s+AS\s+[\w\x22`\[\]\\]+)?)*)\s+FROM\s+[\w.\x22`\[\]\\]+(?:\s+(?:AS\s+)?[\w\x22`\[\]\\]+)?\s+(?:(?:INNER\s+|LEFT\s+|RIGHT\s+|OUTER\s+)*JOIN\s+\S+|WHERE\s+[A-Za-z_\x22`(\[][\w.\x22`\])\\]*\s*(?:=|<L>|<G>|!=|IN\b|LIKE\b|IS\b|BETWEEN\b)|ORDER\s+BY\s+\S+\s+(?:ASC|DESC|LIMIT)|LIMIT\s+(?:\d|\$|\?))|\bINSERT\s+INTO\s+[\w.\x22`\[\]\\]+\s*\([^)\n]+\)\s*(?:OUTPUT\s+\S+\s+)?VALUES\s*\(|\bUPDATE\s+[\w.\x22`\[\]\\]+\s+SET\s+[\w.\x22`\[\]\\]+\s*=\s*|\bDELETE\s+FROM\s+[\w.\x22`\[\]\\]+\s+WHERE\s+[A-Za-z_\x22`\[][\w.\x22`\]\\]*\s*(?:=|<L>|<G>|IN\b|LIKE\b|IS\b)",
        "SELECT id, balance FROM accounts WHERE owner = $1",
    )
    .back(240),
    // Lower case only with quoted names or parameters, as programs write it.
    database(
        "SQL statement",
        &["select ", "insert into ", "update ", "delete from "],
        r"\b(?:select [^\n]{1,200}? from [\x22`\\]+\w+[\x22`\\]+|select [^\n]{1,200}? from \w+(?: \w+)? where [\w.\x22`]+ = (?:\$\d|\?|:\w|@\w|%s)|insert into [\x22`\\]*\w+[\x22`\\]* \([^)\n]+\) values \(|update [\x22`\\]*\w+[\x22`\\]* set [\x22`\\]*\w+[\x22`\\]* = (?:\$\d|\?|:\w|@\w|%s|')|delete from [\x22`\\]*\w+[\x22`\\]* where [\w.\x22`\\]+ = (?:\$\d|\?|:\w|@\w|%s|'))",
        "select * from `users` where `id` = ? limit 1",
    )
    .back(0)
    .ahead(300)
    .word(),
    database(
        "graph query",
        &["MATCH ("],
        r"\bMATCH \(\w*:\w+[^\n]{0,200}\b(?:RETURN|WHERE|SET|DELETE|MERGE)\b",
        "MATCH (a:Account {id: $id}) RETURN a",
    )
    .back(0)
    .ahead(300),
];
