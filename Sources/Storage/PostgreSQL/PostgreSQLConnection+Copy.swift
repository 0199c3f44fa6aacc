import CPostgres
import Glibc

/// Whole tables, out and in, in memory for one row.
extension PostgreSQLConnection {
    /// Bytes handed to libpq at a time: it keeps them all until they are sent.
    private static let sliceSize = 256 << 10

    /// Runs a query without arguments; its rows are valid inside `body` only. When that throws, the connection is given up:
    /// nobody wants to wait for the rest.
    func stream(_ sql: String, _ body: (PostgreSQLRow) throws -> Void) throws {
        do throws(PostgreSQLFailure) { try send { martlet_pq_send_query(handle, sql) } } catch { throw error.error }
        _ = martlet_pq_set_single_row_mode(handle)
        var thrown: (any Error)?
        do throws(PostgreSQLFailure) {
            try drain { (result: OpaquePointer) throws(PostgreSQLFailure) in
                guard martlet_pq_result_status(result) == PGRES_SINGLE_TUPLE else { return }
                do {
                    try body(PostgreSQLRow(result: result))
                } catch {
                    thrown = error
                    throw lost()
                }
            }
        } catch {
            throw thrown ?? error.error
        }
    }

    /// Begins `COPY … FROM STDIN`.
    func beginCopy(_ sql: String) throws(PostgreSQLFailure) {
        try send { martlet_pq_send_query(handle, sql) }
        guard let result = try next() else { throw lost() }
        defer { martlet_pq_clear(result) }
        guard martlet_pq_result_status(result) != PGRES_COPY_IN else { return }
        let failure = PostgreSQLFailure(result: result, place: url.description)
        try drain { (_: OpaquePointer) throws(PostgreSQLFailure) in }
        throw failure
    }

    /// Sends some of its text, cut anywhere.
    func put(_ bytes: UnsafeRawBufferPointer) throws(PostgreSQLFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.sliceSize))
            let start = slice.bindMemory(to: CChar.self).baseAddress
            try untilTaken { martlet_pq_put_copy_data(handle, start, Int32(slice.count)) }
            rest = rest.dropFirst(slice.count)
        }
    }

    /// - Returns: how many rows the server took.
    func endCopy() throws(PostgreSQLFailure) -> Int64 {
        try untilTaken { martlet_pq_put_copy_end(handle) }
        var rows: Int64 = 0
        try drain { (result: OpaquePointer) throws(PostgreSQLFailure) in
            rows = Int64(String(cString: martlet_pq_cmd_tuples(result))) ?? 0
        }
        return rows
    }

    /// Calls libpq until it has room, and sees the bytes out.
    private func untilTaken(_ put: () -> Int32) throws(PostgreSQLFailure) {
        let deadline = ContinuousClock.now + limits.statement + limits.grace
        while true {
            switch put() {
            case 1: return try flush()
            case 0: try wait(for: POLLOUT, until: deadline)
            default: throw lost()
            }
        }
    }
}
