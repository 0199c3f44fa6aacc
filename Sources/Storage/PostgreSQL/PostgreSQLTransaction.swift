import Glibc

/// Runs a body in a transaction, again if it has lost against another one.
struct PostgreSQLTransaction {
    enum Kind {
        case read
        case write

        /// Writes are serializable, as they are on SQLite: a body may look first and write then, whoever else does so.
        var begin: String {
            switch self {
            case .read: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            case .write: "BEGIN ISOLATION LEVEL SERIALIZABLE"
            }
        }
    }

    let pool: ConnectionPool
    let kind: Kind
    let attempts: Int

    /// - Throws: `StorageError`, or what `body` throws.
    func run<Value>(_ body: (any SQLSession) throws -> Value) throws -> Value {
        var attempt = 1
        while true {
            let session = PostgreSQLSession(try begin())
            defer { pool.giveBack(session.connection) }
            let result = Result { try finish(session, body) }
            guard case .failure = result, attempt < attempts, session.failure?.isTransient == true else {
                return try result.get()
            }
            Self.pause(after: attempt)
            attempt += 1
        }
    }

    /// A connection in a new transaction. One that was idle may have died unseen, so another is tried then.
    private func begin() throws(StorageError) -> PostgreSQLConnection {
        while true {
            let (connection, isFresh) = try pool.take()
            do throws(PostgreSQLFailure) {
                try connection.script(kind.begin)
                return connection
            } catch {
                let isDead = !connection.isUsable
                pool.giveBack(connection)
                guard isDead, !isFresh else { throw error.error }
                pool.dropIdle()
            }
        }
    }

    /// The body and the commit, or the roll-back.
    private func finish<Value>(
        _ session: PostgreSQLSession, _ body: (any SQLSession) throws -> Value
    ) throws -> Value {
        do {
            let value = try body(session)
            try session.commit()
            return value
        } catch {
            session.rollBack()
            throw error
        }
    }

    /// Those that have met shall not meet again.
    private static func pause(after attempt: Int) {
        usleep(UInt32.random(in: 0...(1_000 << UInt32(min(attempt, 6)))))
    }
}
