import CPostgres

extension PostgreSQLConnection {
    /// The prepared statement for `sql`, made at its first use.
    func prepare(_ sql: String) throws(PostgreSQLFailure) -> StatementCache.Statement {
        if let statement = statements.find(sql) { return statement }
        if let oldest = statements.makeRoom() { try script("DEALLOCATE \(oldest.name)") }
        let translated = Placeholders(sql)
        let statement = StatementCache.Statement(name: statements.newName(), parameters: translated.count)
        try send { martlet_pq_send_prepare(handle, statement.name, translated.sql) }
        try drain { (_: OpaquePointer) throws(PostgreSQLFailure) in }
        statements.insert(statement, for: sql)
        return statement
    }
}
