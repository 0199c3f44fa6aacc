/// A named change to an existing database. The list is append-only: a name, once released, keeps its meaning.
///
/// A fresh database is made whole by `Schema` and carries every name from the start, so a migration must be
/// repeatable on a database that has its result already.
struct Migration: Sendable {
    let name: String
    let apply: @Sendable (any MigrationConnection) throws -> Void

    static let all = [
        Migration(name: "0001-jobs") { connection in
            if try !connection.hasColumn("job_priority", table: "user") {
                try connection.script("ALTER TABLE \"user\" ADD COLUMN job_priority INTEGER DEFAULT '5' NOT NULL;")
            }
            try connection.script(Schema.jobs(connection.types))
        },
        Migration(name: "0002-lookup-indexes") { connection in try connection.script(Schema.lookupIndexes) },
        Migration(name: "0003-sessions-and-audit") { connection in
            try connection.script(Schema.sessions(connection.types))
        },
        Migration(name: "0004-scim") { connection in try connection.script(Schema.scim(connection.types)) },
        Migration(name: "0005-leases") { connection in try connection.script(Schema.leases) },
    ]
}

/// What a migration may do.
protocol MigrationConnection {
    /// What DDL calls the types here.
    var types: ColumnTypes { get }
    /// Runs several statements.
    func script(_ sql: String) throws
    func hasColumn(_ column: String, table: String) throws -> Bool
}
