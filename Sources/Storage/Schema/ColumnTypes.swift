/// Where the engines' DDL differs: the types that Open WebUI's two object mappers give the same column on each.
///
/// SQLite's are those of an existing `webui.db`, PostgreSQL's what `open-webui==0.8.3` made on PostgreSQL 15.
struct ColumnTypes: Sendable {
    let dialect: SQLDialect
    /// An integer that the database counts up.
    let serial: String
    /// Peewee's `BigIntegerField`: times mostly, in seconds since the epoch.
    let bigInteger: String
    /// Peewee's `BooleanField`.
    let flag: String
    /// `chat.created_at` and `chat.updated_at`: seconds since the epoch, whatever the type says.
    let chatTime: String
    let timestamp: String
    /// A default of a BOOLEAN.
    let yes: String
    let no: String

    static let sqlite = ColumnTypes(
        dialect: .sqlite, serial: "INTEGER", bigInteger: "INTEGER", flag: "INTEGER", chatTime: "DATETIME",
        timestamp: "DATETIME", yes: "1", no: "0")

    static let postgresql = ColumnTypes(
        dialect: .postgresql, serial: "SERIAL", bigInteger: "BIGINT", flag: "BOOLEAN", chatTime: "BIGINT",
        timestamp: "TIMESTAMP", yes: "true", no: "false")
}
