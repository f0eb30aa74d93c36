//! Errors of databases and their drivers, and the text of queries.

use super::class::Class;
use super::detector::Detector;

const fn database(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::DatabaseError, detail, anchors, pattern, example).back(100)
}

pub(super) const DETECTORS: &[Detector] = &[
    database(
        "PostgreSQL error",
        &[
            "at or near ", "violates unique constraint", "violates foreign key constraint", "violates check constraint",
            "violates not-null constraint", "does not exist", "invalid input syntax for ", "operator does not exist: ",
            "PG::", "PSQLException", "pq: ", "psycopg", "asyncpg.", "password authentication failed for user",
            "current transaction is aborted", "unterminated quoted string", "in relation ",
        ],
        r"syntax error at (?:or near <Q>|end of input)|violates (?:unique|foreign key|check|not-null) constraint|(?:relation|column|schema|type|role|database) <Q>[\w. $-]+<Q>(?: of relation <Q>\w+<Q>)? does not exist|function [\w.]+\([\w, ]*\) does not exist|invalid input syntax for (?:type )?(?:integer|bigint|numeric|uuid|boolean|date|timestamp|json|inet)|operator does not exist: \w+ \S+ \w+|\bPG::[A-Z]\w+|\bPSQLException|\bpq: [a-z]|\bpsycopg\d?\.\w*(?:errors|Error)|\basyncpg\.\w+|password authentication failed for user <Q>|current transaction is aborted, commands ignored|unterminated quoted string at|null value in column <Q>\w+<Q> (?:of|in) relation",
        "ERROR:  syntax error at or near \"SELEC\"\nLINE 1: SELEC id",
    ),
    database(
        "MySQL error",
        &[
            "error in your SQL syntax", "Duplicate entry ", "in 'field list'", "in 'where clause'", "in &#39;where", "in &#39;field",
            "doesn't exist", "doesn&#39;t exist", "doesn\\'t exist", "Access denied for user ", "a foreign key constraint fails", "at row ", "MySQL server",
            "mysqli", "mysql_", "com.mysql.", "pymysql", "MySQLdb", "trying to get lock", "ER_PARSE_ERROR",
            "ER_NO_SUCH", "ER_DUP_", "ER_BAD_", "ER_ACCESS_",
        ],
        r"error in your SQL syntax; check the manual|Duplicate entry <Q>[^\n]*?<Q> for key|Unknown column <Q>[\w.]+<Q> in <Q>|Table <Q>[\w.]+<Q> doesn(?:<Q>|\\')t exist|Access denied for user <Q>[^'\n]*<Q>@|a foreign key constraint fails|(?:Data too long|Out of range value|Data truncated|Incorrect \w+ value:[^\n]*) for column <Q>\w+<Q> at row \d|(?:MySQL server (?:has gone away|during query|on <Q>))|\bmysqli?_\w+\(\)|\bmysqli_sql_exception|com\.mysql\.\w|\bpymysql\.err\.|\bMySQLdb\.\w|Deadlock found when trying to get lock|\bER_(?:PARSE_ERROR|NO_SUCH_\w+|DUP_\w+|BAD_\w+|ACCESS_\w+)\b",
        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version",
    ),
    database(
        "Oracle error",
        &["ORA-", "PLS-", "TNS-", "oracle.jdbc", "SP2-"],
        r"\b(?:ORA|PLS|TNS|SP2)-\d{4,5}: ?\w|\boracle\.jdbc\.\w",
        "ORA-00942: table or view does not exist",
    )
    .back(0)
    .word(),
    database(
        "SQL Server error",
        &[
            "Unclosed quotation mark", "Incorrect syntax near", "Invalid object name", "Invalid column name", "Data.SqlClient",
            "[SQL Server]", "Conversion failed when converting", "KEY constraint '", "KEY constraint &#39;", "Login failed for user ",
            "OLE DB Provider", "sqlserver.jdbc", "ODBC Driver", "ODBC SQL Server", ", Level ", "Cannot insert duplicate key",
        ],
        r"Unclosed quotation mark (?:after|before) the character string|Incorrect syntax near (?:<Q>|the keyword)|Invalid (?:object|column) name <Q>|\b(?:System|Microsoft)\.Data\.SqlClient|\[SQL Server\]|Conversion failed when converting (?:the |from |date)|Violation of (?:PRIMARY|UNIQUE) KEY constraint|Login failed for user <Q>|OLE DB Provider for (?:SQL|ODBC)|sqlserver\.jdbc\.\w|ODBC (?:Driver \d+ for )?SQL Server(?: Driver)?\]|\bMsg \d+, Level \d+, State \d|Cannot insert duplicate key (?:row )?in object",
        "Unclosed quotation mark after the character string ''.",
    ),
    database(
        "SQLite error",
        &["SQLITE_", "sqlite3.", "SQLite3::", "SQLiteException", "no such table: ", "no such column: ", "constraint failed: ", ": syntax error", "unrecognized token: "],
        r"\bSQLITE_(?:ERROR|CONSTRAINT|BUSY|LOCKED|MISMATCH|CANTOPEN|READONLY|CORRUPT|RANGE|MISUSE)\w*|\bsqlite3\.(?:\w*Error|Warning)|\bSQLite3::\w+|\bSQLiteException|no such (?:table|column): \w|(?:UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: \w+\.\w+)|\bnear <Q>[^\n]{0,40}?<Q>: syntax error|unrecognized token: <Q>",
        "sqlite3.OperationalError: no such table: accounts",
    ),
    database(
        "DB2 error",
        &["SQLCODE", "DB2 SQL", "ibm.db2", "[IBM][CLI Driver]"],
        r"\bSQLCODE[=: ]+-\d{3,5}|DB2 SQL [Ee]rror|com\.ibm\.db2\.\w|\[IBM\]\[CLI Driver\]",
        "DB2 SQL Error: SQLCODE=-204, SQLSTATE=42704, SQLERRMC=LEDGER.ACCOUNTS",
    ),
    database(
        "SQLSTATE",
        &["SQLSTATE"],
        r"\bSQLSTATE(?:\[[0-9A-Z]{5}\]|[:= (]+<Q>?[0-9A-Z]{5}\b)",
        "SQLSTATE[42S02]: Base table or view not found",
    ),
    database(
        "JDBC or Hibernate error",
        &["could not execute ", "could not extract ResultSet", "org.hibernate.", "JDBC exception", "java.sql.", "HikariPool", "JdbcSQL", "EntityManager", "JDBC Connection"],
        r"could not execute (?:statement|query|batch)|could not extract ResultSet|\borg\.hibernate\.\w|JDBC exception (?:on|executing)|\bjava\.sql\.\w+|HikariPool-\d+ - |\bJdbcSQL\w*Exception|Could not open JPA EntityManager|(?:get|obtain|acquire) JDBC Connection",
        "could not execute statement; SQL [n/a]; constraint [uk_account]",
    ),
    database(
        "SQLAlchemy error",
        &["sqlalchemy.", "sqlalche.me", "[SQL: "],
        r"\bsqlalchemy\.(?:exc|orm|engine)\.\w|sqlalche\.me/e/|\[SQL: (?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|WITH)",
        "(Background on this error at: https://sqlalche.me/e/20/f405)",
    ),
    database(
        "ActiveRecord error",
        &["ActiveRecord::", "Mysql2::"],
        r"\bActiveRecord::\w+|\bMysql2::Error",
        "ActiveRecord::StatementInvalid (no such thing)",
    ),
    database(
        "PHP database error",
        &["PDOException", "Doctrine\\", "pg_query()", "pg_query(", "sqlsrv_"],
        r"\bPDOException\b|\bDoctrine\\+(?:DBAL|ORM)\\+\w+|\bpg_query\(\)|\bsqlsrv_\w+\(\)",
        "Uncaught PDOException: could not find driver",
    ),
    database(
        "Prisma error",
        &["prisma.", "PrismaClient", "reach database server at"],
        r"Invalid <Q>prisma\.\w+\.\w+\(\)<Q> invocation|\bPrismaClient(?:Known|Unknown|Validation|Initialization|Rust)\w*|Can(?:<Q>|\\')t reach database server at",
        "PrismaClientKnownRequestError: Unique constraint failed on the fields",
    ),
    database(
        "ORM error",
        &["SequelizeDatabaseError", "SequelizeUnique", "SequelizeConnection", "QueryFailedError", "EntityMetadataNotFound", "DbUpdateException", "gorm.io", "ecto."],
        r"\bSequelize(?:Database|Unique\w+|Connection\w*)Error|\bQueryFailedError\b|\bEntityMetadataNotFound\w*|\bDbUpdate(?:Concurrency)?Exception|\bgorm\.io/|\bEcto\.(?:\w+Error|Query)",
        "QueryFailedError: invalid parameter",
    ),
    database(
        "MongoDB error",
        &["MongoError", "MongoServer", "MongoNetwork", "MongoTimeout", "E11000", "pymongo.", "Cast to ObjectId", "com.mongodb.", "BSONTypeError"],
        r"\bMongo(?:Server|Network|Timeout|Bulk\w*|ServerSelection)?Error\b|\bE11000 duplicate key|\bpymongo\.errors\.|Cast to ObjectId failed|\bcom\.mongodb\.\w|\bBSONTypeError\b",
        "E11000 duplicate key error collection: ledger.accounts index: email_1 dup key",
    ),
    database(
        "Redis error",
        &["WRONGTYPE Operation", "NOAUTH Authentication", "MISCONF Redis", "redis.exceptions", "ReplyError", "Jedis", "ERR unknown command", "CLUSTERDOWN", "OOM command not allowed", "WRONGPASS invalid", "io.lettuce"],
        r"WRONGTYPE Operation against|NOAUTH Authentication required|MISCONF Redis is|\bredis\.exceptions\.\w|\bReplyError: |\bJedis\w*Exception|\bERR unknown command|CLUSTERDOWN (?:The cluster|Hash slot)|OOM command not allowed when|WRONGPASS invalid username|\bio\.lettuce\.core\.",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
    ),
    database(
        "Elasticsearch error",
        &["root_cause", "_exception\"", "_exception\\\""],
        r"<Q>root_cause<Q>\s*:\s*\[|\b(?:index_not_found|parsing|search_phase_execution|mapper_parsing|version_conflict_engine|query_shard|document_parsing|cluster_block|resource_already_exists|too_many_clauses|security)_exception\b",
        r#"{"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index [x]"}]}}"#,
    ),
    database(
        "Cassandra error",
        &["Error from server: code=", "com.datastax.", "NoHostAvailable", "unconfigured table", "cassandra."],
        r"Error from server: code=\d{4}|\bcom\.datastax\.\w|\bNoHostAvailable(?:Exception)?\b|unconfigured table \w|\bcassandra\.(?:\w+\.)*[A-Z]\w+",
        "Error from server: code=2200 [Invalid query] message=\"unconfigured table accounts\"",
    ),
    database(
        "DynamoDB error",
        &["dynamodb", "ConditionalCheckFailed"],
        r"\bcom\.amazonaws\.services\.dynamodb\w*|\bConditionalCheckFailedException|amazonaws\.dynamodb\.v\d+#\w+",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#,
    ),
    // A whole statement, keywords in capitals: not prose about one, and not a query of a person.
    database(
        "SQL statement",
        &[" FROM ", "INSERT INTO ", "UPDATE "],
        r"\bSELECT\s+(?:DISTINCT\s+)?(?:\*|[\w.\x22`\[\]()*]+(?:\s+AS\s+\w+)?(?:\s*,\s*[\w.\x22`\[\]()*\\]+(?:\s+AS\s+\w+)?)*)\s+FROM\s+[\w.\x22`\[\]\\]+(?:\s+(?:AS\s+)?\w+)?\s+(?:(?:INNER|LEFT|RIGHT)\s+JOIN\s+\S+|WHERE\s+[A-Za-z_\x22`(\[][\w.\x22`\])\\]*\s*(?:=|<|>|IN\b|LIKE\b|IS\b|BETWEEN\b))|\bINSERT\s+INTO\s+[\w.\x22`\\]+\s*\([^)\n]+\)\s*VALUES\s*\(|\bUPDATE\s+[\w.\x22`\\]+\s+SET\s+[\w.\x22`\\]+\s*=\s*|\bDELETE\s+FROM\s+[\w.\x22`\\]+\s+WHERE\s+[A-Za-z_\x22`][\w.\x22`\\]*\s*=",
        "SELECT id, balance FROM accounts WHERE owner = $1",
    )
    .back(240),
];
