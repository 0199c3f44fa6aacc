/// How long the engine waits for what, and how much it holds.
struct PostgreSQLLimits: Sendable {
    /// For a new connection, all addresses of the host together.
    var connect = Duration.seconds(5)
    /// For one statement. The server ends it then.
    var statement = Duration.seconds(30)
    /// For a lock that another transaction holds.
    var lock = Duration.seconds(5)
    /// Beyond `statement`: after that the server itself is given up.
    var grace = Duration.seconds(5)
    /// Prepared statements a connection keeps.
    var statements = 128
    /// How often a transaction is tried that loses against another one.
    var attempts = 12

    /// For the migrator: building an index may take long, and `ALTER TABLE` must not queue behind a forgotten
    /// transaction, for everybody else would queue behind it.
    static let migration = PostgreSQLLimits(statement: .seconds(3600), lock: .seconds(10))

    /// For a whole table at a time.
    static let transfer = PostgreSQLLimits(statement: .seconds(24 * 3600), lock: .seconds(10))

    /// What a connection is told at its start. Texts then look the same whatever the server's own settings are.
    var script: String {
        """
        SET statement_timeout = \(statement.milliseconds);
        SET lock_timeout = \(lock.milliseconds);
        SET idle_in_transaction_session_timeout = \((statement + grace).milliseconds);
        SET datestyle = 'ISO';
        SET timezone = 'UTC';
        """
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
