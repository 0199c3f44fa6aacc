import CPostgres

/// The statements of one transaction on one connection.
///
/// Rows are decoded as they arrive, so a long answer is never held whole. For the same reason a query inside the decoding
/// of another one is refused: the connection is not free.
final class PostgreSQLSession: SQLSession {
    let connection: PostgreSQLConnection
    /// The first failure: after one the server refuses everything but the roll-back.
    private(set) var failure: PostgreSQLFailure?
    private var isReceiving = false

    init(_ connection: PostgreSQLConnection) { self.connection = connection }

    var dialect: SQLDialect { .postgresql }

    func rows<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try execute(sql, arguments) { values.append(try decode($0)) }
        return values
    }

    func first<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try execute(sql, arguments) { row in
            if value == nil { value = try decode(row) }
        }
        return value
    }

    @discardableResult
    func run(_ sql: String, _ arguments: [SQLValue]) throws -> Int { try execute(sql, arguments) { _ in } }

    /// - Returns: the number of rows that the statement returned or changed.
    @discardableResult
    private func execute(
        _ sql: String, _ arguments: [SQLValue], _ receive: (PostgreSQLRow) throws -> Void
    ) throws -> Int {
        if let failure { throw failure.error }
        guard !isReceiving else {
            throw StorageError(.other, "A query was made while the rows of another one were read.", advice: "")
        }
        let arguments = try PostgreSQLArguments(arguments)
        isReceiving = true
        defer { isReceiving = false }
        do throws(PostgreSQLFailure) {
            let statement = try connection.prepare(sql)
            guard statement.parameters == arguments.count else {
                throw PostgreSQLFailure(
                    StorageError(
                        .other, "A statement has \(statement.parameters) parameters but \(arguments.count) arguments.",
                        advice: ""))
            }
            try connection.send {
                arguments.withPointers { pointers in
                    martlet_pq_send_query_prepared(
                        connection.handle, statement.name, Int32(clamping: arguments.count), pointers)
                }
            }
        } catch {
            failure = error
            throw error.error
        }
        return try receiveAll(receive)
    }

    private func receiveAll(_ receive: (PostgreSQLRow) throws -> Void) throws -> Int {
        _ = martlet_pq_set_single_row_mode(connection.handle)
        var thrown: (any Error)?
        var affected = 0
        do throws(PostgreSQLFailure) {
            try connection.drain { (result: OpaquePointer) throws(PostgreSQLFailure) in
                guard martlet_pq_result_status(result) == PGRES_SINGLE_TUPLE else {
                    affected = Int(String(cString: martlet_pq_cmd_tuples(result))) ?? 0
                    return
                }
                // The rest must be received all the same.
                guard thrown == nil else { return }
                do { try receive(PostgreSQLRow(result: result)) } catch { thrown = error }
            }
        } catch {
            failure = error
            throw error.error
        }
        if let thrown { throw thrown }
        return affected
    }

    /// - Throws: `StorageError`; also when the body has kept quiet about a statement that failed, for then the server
    ///   only rolls back.
    func commit() throws {
        if let failure { throw failure.error }
        try script("COMMIT")
    }

    /// Runs statements without arguments.
    func script(_ sql: String) throws {
        do throws(PostgreSQLFailure) { try connection.script(sql) } catch {
            failure = error
            throw error.error
        }
    }

    /// A connection on which this fails is not used again.
    func rollBack() {
        if failure?.isStalePlan == true { connection.giveUp() }
        guard connection.isUsable, connection.isInTransaction else { return }
        do throws(PostgreSQLFailure) { try connection.script("ROLLBACK") } catch { connection.giveUp() }
    }
}
