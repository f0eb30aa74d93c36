//! Messages of SQL servers.

use super::{Detector, database};

pub(super) const DETECTORS: &[Detector] = &[
    database(
        "PostgreSQL error",
        &[
            "at or near ", "at end of input", "violates unique constraint", "violates foreign key constraint",
            "violates check constraint", "violates exclusion constraint", "violates not-null constraint", "violates row-level security",
            "does not exist", "already exists", "invalid input syntax for ", "invalid input value for ", "operator does not exist: ",
            "password authentication failed for user", "current transaction is aborted", "unterminated quoted string", "in relation ",
            "of relation ",
        ],
        r"syntax error at (?:or near <Q>|end of input)|violates (?:unique|foreign key|check|not-null|exclusion) constraint|violates row-level security policy|(?:relation|column|schema|type|role|database|table|view|sequence|index|extension|constraint|collation|trigger|function|cursor|portal|prepared statement|savepoint|tablespace|server|user mapping|access method) <Q>[\w. $()-]*<Q>(?: (?:of|for|on) (?:relation|table) <Q>\w+<Q>)? (?:does not exist|already exists)|\bcolumn [\w$]+\.[\w$]+ does not exist|\bfunction [\w.]+\([\w, \[\]]*\) (?:does not exist|is not unique|already exists)|invalid input (?:syntax for (?:type )?(?:small|big)?(?:integer|int|bigint|numeric|uuid|boolean|date|time|timestamp|interval|json|inet|real|double|bytea|oid|money|point|cidr|macaddr|array)|value for (?:enum|type))|operator does not exist: [\w. ]+ \S+ \w+|password authentication failed for user <Q>|current transaction is aborted, commands ignored|unterminated quoted (?:string|identifier) at|null value in column <Q>\w+<Q> (?:of|in) relation|column <Q>\w+<Q> of relation <Q>\w+<Q>",
        "ERROR:  syntax error at or near \"SELEC\"\nLINE 1: SELEC id",
    ),
    database(
        "PostgreSQL error",
        &[
            "too long for type character", "is ambiguous", "must appear in the GROUP BY", "permission denied for ", "duplicate key value",
            "is out of range for type ", "but expression is of type", "missing FROM-clause", "invalid reference to FROM-clause", "more than one row returned by a subquery",
            "subquery must return only", "each UNION query must", "must be type boolean", "data type of parameter $", "prepared statements are not", "but prepared statement",
            "ON CONFLICT specification", "in a read-only transaction", "invalid byte sequence for encoding", "cannot cast type ", "cached plan must not change",
            "is still referenced from table", "is not present in table", "could not serialize access due", "deadlock detected", "waits for ShareLock", "waits for ExclusiveLock",
            "canceling statement due to", "connection slots are reserved", "too many clients already", "no pg_hba.conf entry", "terminating connection due to",
            "server closed the connection unexpectedly", "PL/pgSQL function", "must be owner of ", "cache lookup failed for ", "out of shared memory", "max_locks_per_transaction",
            "No function matches the given", "No operator matches the given", "cannot insert multiple commands", "zero-length delimited identifier", "numeric field overflow",
            "connection to server at ", "connection to server on socket", "could not translate host name", "accepting TCP/IP connections", "is the server running", "SSL connection has been closed",
            "into a generated column", "does not match the query", "pg_catalog.", "bind message supplies", "LINE 1: ", "LINE 2: ", "LINE 3: ", "LINE 4: ", "LINE 5: ", "LINE 6: ", "LINE 7: ", "LINE 8: ", "LINE 9: ", "LINE 10: ", "LINE 11: ", "LINE 12: ",
        ],
        r"value too long for type character(?: varying)?\(\d+\)|column reference <Q>[\w.]+<Q> is ambiguous|(?:function|operator)[^\n]{1,60} is (?:not unique|ambiguous)|must appear in the GROUP BY clause|permission denied (?:for|to) (?:table|relation|schema|sequence|database|function|view|materialized view|language|type|tablespace|column) \S|duplicate key value violates|is out of range for type (?:smallint|integer|bigint|real|double|oid|numeric)|is of type [\w ]+ but expression is of type|(?:missing|invalid reference to) FROM-clause entry|more than one row returned by a subquery used as|subquery must return only one column|each UNION query must have the same number|argument of \w+(?: \w+)? must be type boolean|could not determine data type of parameter \$\d|but prepared statement <Q>|matching the ON CONFLICT specification|cannot execute [A-Z ]+ in a read-only transaction|invalid byte sequence for encoding <Q>|cannot cast type \w[\w ]* to \w|cached plan must not change result type|(?:is still referenced from|is not present in) table <Q>|could not serialize access due to|deadlock detected[^\n]{0,6}(?:\n|\\n|<Q>|DETAIL|$)|waits for (?:Share|Exclusive|AccessExclusive)Lock on|canceling statement due to (?:statement timeout|user request|lock timeout|conflict)|remaining connection slots are reserved|sorry, too many clients already|no pg_hba\.conf entry for|terminating connection due to (?:administrator command|idle|conflict)|server closed the connection unexpectedly|PL/pgSQL function [\w.]+\(|must be owner of (?:table|relation|schema|view|sequence|function|database) \S|cache lookup failed for (?:type|relation|function|attribute|index) \d|max_locks_per_transaction|No (?:function|operator) matches the given name and argument type|cannot insert multiple commands into a prepared statement|zero-length delimited identifier|numeric field overflow|connection to server (?:at <Q>|on socket <Q>)|could not translate host name <Q>|accepting (?:TCP/IP )?connections on (?:that socket|port \d)|postmaster is accepting|running on (?:host|that host)[^\n]{0,60} and accepting|SSL connection has been closed unexpectedly|\bpg_catalog\.\w|bind message supplies \d+ parameters|LINE \d+: +(?i:select|insert|update|delete|with|create|alter|drop|from|where|values|\.\.\.)\b",
        "ERROR: value too long for type character varying(20)",
    ),
    // Messages about objects, values, rights and the server itself. A client prints two spaces after the level.
    database(
        "PostgreSQL error",
        &[
            "ERROR:  ", "FATAL:  ", "PANIC:  ", "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "STATEMENT:  ", "out of range", "malformed ", "INSERT has more ", "cast to type ", "cast automatically", "objects depend on it", "no partition of relation",
            "overlap partition", "partition constraint", "there is no parameter $", "must be owner of", "too many connections for", "unsupported frontend protocol", "avoid wraparound", "WAL stream", "connection to client lost", "terminating connection because",
            "database system is ", "there is no unique constraint", "are not allowed in ", "invalid regular expression", "specified more than once", "multiple primary keys for table", "is not permitted to log in", "must be superuser", "must be member of role",
            "uthentication failed for user", "unrecognized configuration parameter", "exceeds btree", "exceeds maximum", "invalid memory alloc", "stack depth limit exceeded", "cross-database references", "has no destination for result", "end of function without RETURN",
            "cannot be matched", "inside a transaction block", "transaction in progress", "into view \"", "view \"", "view \\\"", "for \"", "for \\\"", "for &quot;", "view &quot;", "permission denied to ", "permission denied: ", "no such savepoint", "must have an alias", "ANY/ALL", "affect row a second time", "check option", "jsonpath", "range lower bound", "ERROR: division by zero", "FOR UPDATE is not allowed", "cannot be implemented", "could not open file", "could not extend file", "could not read block", "could not access file", "in block ", "control file", "tsvector",
            "function is not unique", "in recovery mode", "is not a view", "is not a table", "is not a sequence", "logical replication", "replication slot", "recursive query", "inherited from", "generated always", "cannot alter type", "referenced in foreign key", "not supported by",
        ],
        r"(?:^|[^\w])(?:ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT):  [A-Za-z\x22]|\b(?:smallint|integer|bigint|numeric|double precision|real|oid|timestamp|date|interval|date/time)(?: field value)? out of range|malformed (?:array|record|range|multirange) literal|INSERT has more (?:expressions|target columns) than|cannot be cast (?:automatically )?to type|cannot (?:drop|alter) [\w ]+ because other objects depend on it|no partition of relation <Q>|would overlap partition <Q>|violates partition constraint|there is no parameter \$\d|must be owner of [\w ]+ \S|too many connections for (?:role|database) <Q>|unsupported frontend protocol|permission denied to (?:create|alter|drop|grant|revoke|set|reassign|comment)\b|permission denied: <Q>|no such savepoint|subquery in FROM must have an alias|op ANY/ALL \(array\)|cannot affect row a second time|violates check option for view|jsonpath (?:item method|member accessor|array|wildcard)|range lower bound must be|ERROR: division by zero|\bFOR UPDATE is not allowed with|not accepting commands to avoid wraparound|from WAL stream|connection to client lost|terminating connection because|the database system is (?:starting up|shutting down|in recovery mode|not accepting)|there is no unique(?: or exclusion)? constraint matching|(?:aggregate|window|set-returning) functions are not allowed in [A-Z]|invalid regular expression: \w|(?:column|table name|parameter name) <Q>\w+<Q> specified more than once|multiple primary keys for table|is not permitted to log in|must be (?:superuser|member of role)|(?:Peer|Ident|GSSAPI|RADIUS|LDAP|PAM|certificate|SCRAM|MD5|md5)\w* authentication failed for user|unrecognized configuration parameter <Q>|index row size \d+ exceeds|row is too big: size|invalid memory alloc request size|stack depth limit exceeded|cross-database references are not|query has no destination for result data|control reached end of function without RETURN|(?:UNION|INTERSECT|EXCEPT|CASE|COALESCE|VALUES) types [\w ]+ and [\w ]+ cannot be matched|cannot run inside a transaction block|there is (?:no|already a) transaction in progress|cannot (?:insert into|update|delete from|change|refresh) (?:materialized )?view <Q>|invalid value <Q>[^\n]{0,60}<Q> for <Q>|foreign key constraint <Q>\w+<Q> cannot be implemented|could not (?:open|extend|read|access|write)(?: to)? (?:file|block|extension control file)|invalid page in block \d|could not open extension control file|string is too long for tsvector|function is not unique|<Q>\w+<Q> is not a (?:view|table|sequence|materialized view|composite type)|replication slot <Q>|recursive query <Q>|referenced in foreign key constraint <Q>|column <Q>\w+<Q> (?:inherits|is an identity|can only be updated|cannot be cast)",
        "ERROR:  integer out of range",
    ),
    database(
        "MySQL error",
        &[
            "Can't DROP ", "Can&#39;t DROP ", "Can't create table", "Multiple primary key defined", "Unknown system variable", "Unknown collation", "Unknown character set", "Not unique table/alias", "Invalid default value for", "used in key specification", "Specified key was too long",
            "Row size too large", "Query was empty", "Got a packet bigger than", "communication packets", "is not loaded", "Cannot delete or update a parent row", "Cannot truncate a table", "Query execution was interrupted", "statement execution time exceeded",
            "Commands out of sync", "Malformed communication packet", "Table definition has changed", "Invalid JSON text", "Too many connections", "Incorrect parameter count", "is not updatable", "max_user_connections", "max_questions", "max_prepared_stmt", "Cannot drop index", "InnoDB", "Undeclared variable: ", "only_full_group_by", "caching_sha2_password", "mysql_native_password",
        ],
        r"Can(?:<Q>|\\')t (?:DROP|create table|find FULLTEXT|open file|write; duplicate|reopen table) \S|Multiple primary key defined|Unknown (?:system variable|collation|character set):? <Q>|Not unique table/alias: <Q>|Invalid default value for <Q>|used in key specification without a key length|Specified key was too long; max|Row size too large|Query was empty|Got a packet bigger than|Got (?:an error|timeout) (?:reading|writing) communication packets|Plugin <Q>\w+<Q> is not loaded|Cannot delete or update a parent row|Cannot truncate a table referenced|Query execution was interrupted|maximum statement execution time exceeded|Commands out of sync; you|Malformed communication packet|Table definition has changed, please|Invalid JSON text|(?:<Q>|: |^)Too many connections(?:<Q>|$)|Incorrect parameter count in the call to|target table \S+ of the \w+ is not updatable|has (?:already )?(?:exceeded|more than) the <Q>max_\w+<Q> resource|max_prepared_stmt_count|Cannot drop index <Q>|InnoDB: \w|Undeclared variable: \w|sql_mode=only_full_group_by|Authentication plugin <Q>\w+<Q> cannot be loaded",
        "Not unique table/alias: 'accounts'",
    ),
    database(
        "SQL Server error",
        &[
            "Cannot find the object", "number of supplied values does not match", "must be the first statement in a", "specified schema name", "The server principal", "target principal name is incorrect", "SSL Provider, error", "Snapshot isolation transaction", "Lock request time out period",
            "for identity column", "has too many arguments specified", "data types ", "Implicit conversion from data type", "transaction log for database", "Cannot drop the ", "insufficient system memory", "The conversion of a ", "specified multiple times for", "Cannot resolve the ",
        ],
        r"Cannot find the object <Q>|number of supplied values does not match table definition|must be the first statement in a query batch|The specified schema name <Q>|The server principal <Q>|target principal name is incorrect|\(provider: \w[\w ]*, error: \d|Snapshot isolation transaction aborted|Lock request time out period exceeded|(?:Cannot insert explicit value|explicit value must be specified) for identity column|has too many arguments specified|The data types \w+(?: and |, )\w+ are incompatible|Implicit conversion from data type \w|transaction log for database <Q>[^\n]{1,80}<Q> is full|Cannot drop the (?:table|index|database|procedure|view|function) <Q>|insufficient system memory in resource pool|The conversion of a \w+ data type to|was specified multiple times for <Q>",
        "Cannot insert explicit value for identity column in table 'accounts' when IDENTITY_INSERT is set to OFF.",
    ),
    database(
        "MySQL error",
        &[
            "error in your SQL syntax", "Duplicate entry ", "Duplicate column name ", "Duplicate key name ", "is ambiguous", "already exists", "Unknown column ", "Unknown database ", "Unknown table ", "doesn't exist", "doesn&#39;t exist", "doesn\\'t exist",
            "doesn&#x27;t exist", "doesn&apos;t exist", "doesn\\u0027t exist", "Access denied for user ", "a foreign key constraint fails", "at row ", "MySQL server", "MariaDB server", "cannot be null", "doesn't have a default value",
            "doesn&#39;t have a default value", "doesn\\'t have a default value", "Column count", "command denied to user", "trying to get lock", "Lock wait timeout exceeded", "is not allowed to connect to this",
            "Lost connection to ", "reading initial communication packet", "different number of columns", "Subquery returns more than", "Operand should contain", "Invalid use of group function",
            "Every derived table must", "Truncated incorrect ", "for update in FROM clause", "is not in GROUP BY clause", "Illegal mix of collations", "--read-only option", "is marked as crashed",
            "from storage engine", "because of many connection errors", "Incorrect table name", "Incorrect column", "Communications link failure", "Packet for query is too large", "re-prepared",
        ],
        r"error in your SQL syntax; check the manual|Duplicate (?:entry <Q>[^\n]*?<Q> for key|column name <Q>|key name <Q>)|Unknown (?:column <Q>[^\n]{1,80}?<Q> in|database <Q>|table <Q>|storage engine <Q>|prepared statement handler)|(?:Table|Column|View|Procedure|FUNCTION|PROCEDURE) (?:<Q>?[\w.$-]+<Q>?){1,3} does(?:n(?:<Q>|\\')t| not) exist|Table <Q>[^\n]{1,80}?<Q> already exists|Access denied for user <Q>[^'\n]*<Q>@|a foreign key constraint fails|(?:Data too long|Out of range value|Data truncated|Incorrect [\w ]+ value:[^\n]*?) for column [^\n]{1,80}? at row \d|(?:MySQL|MariaDB) server (?:has gone away|during query|on <Q>|is running with|version for the right)|Column <Q>[\w.]+<Q> (?:cannot be null|in [\w ]+ is ambiguous)|Field <Q>\w+<Q> doesn(?:<Q>|\\')t have a default value|Column count doesn(?:<Q>|\\')t match|(?i:[a-z]+) command denied to user <Q>|Deadlock found when trying to get lock|Lock wait timeout exceeded; try|Host <Q>[^\n]+?<Q> is (?:not allowed to connect to this|blocked because of)|Lost connection to (?:MySQL|MariaDB|server)|reading initial communication packet|used SELECT statements have a different number of columns|Subquery returns more than 1 row|Operand should contain \d+ column|Invalid use of group function|Every derived table must have its own alias|Truncated incorrect [A-Z]+ value|target table <Q>\w+<Q> for update in FROM|is not in GROUP BY clause and contains|Illegal mix of collations|Table <Q>[^\n]+?<Q> is marked as crashed|Got error \d+ (?:<Q>[^\n]{0,60}<Q> )?from storage engine|Communications link failure|Packet for query is too large|needs to be re-prepared|Can(?:<Q>|\\')t connect to (?:local )?(?:MySQL|MariaDB|server)",
        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version",
    ),
    database(
        "MySQL error",
        &["upgrading MySQL client", " to MySQL", " to local MySQL", " to MariaDB", "ER_", "sqlMessage", "sqlState", "ERROR 1", "Error 1", "ERROR 2", "Error 2", "SQLState"],
        r"Can(?:<Q>|\\')t connect to (?:local )?(?:MySQL|MariaDB)|consider upgrading MySQL client|\bER_[A-Z]{2,}(?:_[A-Z0-9]+)+\b|<Q>sql(?:Message|State)<Q>\s*:|\b(?:ERROR|Error) \d{4} ?\([0-9A-Z]{5}\)|\bSQLState: ?[0-9A-Z]{5}\b|\bError \d{4}: [A-Z]",
        "Error 1054 (42S22): Unknown column 'x' in 'field list'",
    ),
    database(
        "SQLSTATE",
        &["SQLSTATE", "sql state"],
        r"(?i)\bSQL ?STATE[^\w\n]{0,4}(?:code |error )?[^\w\n]{0,3}(?:\d[0-9a-z]{4}|[a-z]\d[0-9a-z]{3}|[a-z]{2}\d[0-9a-z]{2})\b",
        "ERROR: relation \"accounts\" does not exist (SQLSTATE 42P01)",
    )
    .back(0),
    database(
        "Oracle error",
        &["ORA-", "PLS-", "TNS-", "oracle.jdbc", "SP2-", "DPI-", "DPY-", "OCI-", "cx_Oracle", "oracledb."],
        r"\b(?:ORA|PLS|TNS|SP2|DPI|DPY|OCI)-\d{4,5}(?:: ?\w| \w+ \w+)|\boracle\.jdbc\.\w|\bcx_Oracle\.\w|\boracledb\.(?:exceptions|\w*Error)",
        "ORA-00942: table or view does not exist",
    )
    .back(0)
    .word(),
    database(
        "SQL Server error",
        &[
            "Unclosed quotation mark", "Incorrect syntax near", "Invalid object name", "Invalid column name", "Ambiguous column name", "Data.SqlClient",
            "[SQL Server]", "Conversion failed when converting", "KEY constraint '", "KEY constraint &#39;", "KEY constraint &#x27;", "KEY constraint \\u0027", "Login failed for user ", "OLE DB ", "sqlserver.jdbc", "ODBC Driver",
            "ODBC SQL Server", ", Level ", "Cannot insert duplicate key", "binary data would be truncated", "Cannot insert the value NULL", "statement conflicted with the",
            "requested by the login", "Could not find stored procedure", "could not be bound", "Must declare the scalar", "Arithmetic overflow error", "deadlocked on lock", "prior to completion of the operation",
            "instance-specific error", "which was not supplied", "in the select list because", "permission was denied on the", "Divide by zero error", "There is already an object named", "Error converting data type",
            "Operand type clash", "Subquery returned more than 1", "SqlException", "collation conflict", "recognized built-in function", "TCP Provider", "Named Pipes Provider", "[Microsoft][", "sp_executesql",
        ],
        r"Unclosed quotation mark (?:after|before) the character string|Incorrect syntax near (?:<Q>|the keyword)|(?:Invalid (?:object|column)|Ambiguous column) name <Q>|\b(?:System|Microsoft)\.Data\.SqlClient|\[SQL Server\]|Conversion failed when converting (?:the |from |date)|Violation of (?:PRIMARY|UNIQUE) KEY constraint|Login failed for user <Q>|OLE DB (?:Provider|provider) (?:for|<Q>)|sqlserver\.jdbc\.\w|ODBC (?:Driver \d+ for )?SQL Server(?: Driver)?\]|\bMsg \d+, Level \d+, State \d|Cannot insert duplicate key (?:row )?in object|String or binary data would be truncated|Cannot insert the value NULL into column|statement conflicted with the (?:FOREIGN KEY|CHECK|REFERENCE|COLUMN)|Cannot open database <Q>[^\n]+?<Q> requested by the login|Could not find stored procedure <Q>|multi-part identifier <Q>[^\n]+?<Q> could not be bound|Must declare the scalar variable|Arithmetic overflow error (?:converting|for)|was deadlocked on lock|timeout period elapsed prior to completion|network-related or instance-specific error|expects (?:the )?parameter <Q>@\w+<Q>, which was not supplied|is invalid in the select list because|permission was denied on the (?:object|column|database)|Divide by zero error encountered|There is already an object named <Q>|Error converting data type \w|Operand type clash: \w|Subquery returned more than 1 value|\bSqlException\b(?: \(0x|:|<Q>)|Cannot resolve the collation conflict|is not a recognized built-in function name|\b(?:TCP|Named Pipes) Provider[:,]|\[Microsoft\]\[[\w ]+\]",
        "Unclosed quotation mark after the character string ''.",
    ),
    database(
        "SQLite error",
        &[
            "SQLITE_", "sqlite3.", "SQLite3::", "SQLiteException", "SqliteError", "Sqlite.", "no such table", "no such column", "no such function: ", "no such module: ", "no such index: ", "no such view: ", "constraint failed", ": syntax error",
            "unrecognized token: ", "has no column named ", "database is locked", "disk image is malformed", "readonly database", "unable to open database", "datatype mismatch", "ambiguous column name: ", "SQL logic error",
            "misuse of aggregate", "to function ", " values for ", "too many SQL variables", "file is not a database", "number of bindings supplied", "within a transaction", "incomplete input", "table is locked", "already another table or index",
        ],
        r"\bSQLITE_(?:ERROR|CONSTRAINT|BUSY|LOCKED|MISMATCH|CANTOPEN|READONLY|CORRUPT|RANGE|MISUSE|FULL|IOERR|NOTADB|SCHEMA|TOOBIG|AUTH|PERM|ABORT|NOMEM)\w*|\bsqlite3\.(?:dbapi2\.)?(?:\w*Error|Warning)|\bSQLite3::\w+|\bSQLiteException|\bSqliteError\b|\bData\.Sqlite\.\w|no such (?:table|column|function|module|index|view): \w|\b(?:UNIQUE|NOT NULL|CHECK|FOREIGN KEY|PRIMARY KEY) constraint failed\b|\bnear <Q>[^\n]{0,40}?<Q>: syntax error|unrecognized token: <Q>|\btable \S+ (?:has no column named \w|already exists)|(?:^|[:<>\x22'\)\]]\s*|\\n|\n)(?:database (?:table )?is locked|database disk image is malformed|attempt to write a readonly database|unable to open database file|datatype mismatch|incomplete input|file is not a database)|ambiguous column name: \w|SQL logic error|misuse of aggregate(?: function|:)|wrong number of arguments to function \w+\(|\d+ values for \d+ columns|too many SQL variables|[Ii]ncorrect number of bindings supplied|cannot start a transaction within a transaction|there is already another table or index with this name",
        "sqlite3.OperationalError: no such table: accounts",
    ),
    database(
        "DB2 error",
        &["SQLCODE", "DB2 SQL", "ibm.db2", "[IBM][", "SQLERRMC", "ibm_db", "SQL0", "SQL1"],
        r"\bSQLCODE[=: ]+-?\d{3,5}|DB2 SQL [Ee]rror|com\.ibm\.db2\.\w|\[IBM\]\[|\bSQLERRMC|\bibm_db(?:_dbi)?(?:\.|::)\w|\bSQL[01]\d{3}N\b",
        "DB2 SQL Error: SQLCODE=-204, SQLSTATE=42704, SQLERRMC=LEDGER.ACCOUNTS",
    ),
    // The others: Access, Derby, Firebird, FrontBase, HANA, HSQLDB, Informix, Ingres, MaxDB, MonetDB, SingleStore, Sybase, Virtuoso.
    database(
        "database error",
        &[
            "(missing operator) in query", "in query expression", "Access Database Engine", "Access Driver", "Informix driver", "Sybase message", "server message", "end of SQL statement", "missing delimiter",
            "in statement [", "Syntax error: Encountered", "ERROR 42X", "command not properly ended", "not properly terminated", "SQ074: ", "SR185: ", "Virtuoso S", "value too large for column", "not a valid number string",
            "MemSQL", "nested scalar subselect", "Ingres SQLSTATE", "Semantic error ", "Transaction rollback", "zetasql", "comparison operator is required", "Cubrid", "[CAS INFO", "!42", "assumed to mean", "SQL Native Client", "Drizzle server", "TiDB server",
        ],
        r"\(missing operator\) in query expression|in (?:string in )?query expression <Q>|Access Database Engine|Microsoft Access (?:\d+ )?Driver|(?i:ODBC Informix driver|Informix ODBC driver)|Sybase message|Sybase[^\n]{0,40}Server message|Invalid end of SQL statement|Invalid keyword or missing delimiter|Unexpected (?:token[^\n]{0,60}|end of command) in statement \[|Syntax error: Encountered|\bERROR 42X\d\d|SQL command not properly ended|quoted string not properly terminated|\bSQ\d{3}: Line \d|\bSR\d{3}: \w|\bVirtuoso S\w{4} Error|inserted value too large for column|not a valid number string|MemSQL does not support|supported by MemSQL|unsupported nested scalar subselect|Ingres SQLSTATE|\b(?:Semantic|Syntax) error [1-4]\d\d\.|Exception (?:condition )?\d+\. Transaction rollback|\bzetasql\.|A comparison operator is required here|\[CAS INFO|!42\w{3}![a-zA-Z]|Syntax error,[^\n]{1,60} assumed to mean|SQL Native Client error|your (?:Drizzle|TiDB) server version",
        "Syntax error (missing operator) in query expression 'id = 7 x'.",
    ),
    database(
        "SQL parser error",
        &["no viable alternative", "mismatched input", "extraneous input", "SQL compilation error", "cannot be resolved", "Encountered \"", "Encountered &quot;", "Encountered \\\""],
        r"\bline \d+:\d+:? (?:no viable alternative at|mismatched input|extraneous input|missing )|SQL compilation error|\bline \d+:\d+: (?:Column|Table|Function|Schema) [^\n]{1,80}? cannot be resolved|Encountered <Q>[^\n]{1,40}<Q> at line \d",
        "line 1:7 no viable alternative at input 'SELEC'",
    ),
];
