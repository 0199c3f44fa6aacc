/// Which statements a connection has prepared: SQL text → name, at most `capacity`, the longest unused goes first.
struct StatementCache {
    struct Statement: Equatable {
        let name: String
        let parameters: Int
    }

    private struct Entry {
        let statement: Statement
        var used: UInt64
    }

    let capacity: Int
    private var entries: [String: Entry] = [:]
    private var clock: UInt64 = 0
    private var lastName = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { entries.count }

    mutating func find(_ sql: String) -> Statement? {
        clock += 1
        guard let index = entries.index(forKey: sql) else { return nil }
        entries.values[index].used = clock
        return entries.values[index].statement
    }

    /// A name that this connection has never had.
    mutating func newName() -> String {
        lastName += 1
        return "m\(lastName)"
    }

    mutating func insert(_ statement: Statement, for sql: String) {
        clock += 1
        entries[sql] = Entry(statement: statement, used: clock)
    }

    /// Takes out the longest unused statement if there is no room for one more. The caller frees it on the server.
    mutating func makeRoom() -> Statement? {
        // A scan: it only happens with more different statements than `capacity`, and costs less than the round trip.
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.used < $1.value.used }) else {
            return nil
        }
        entries[oldest.key] = nil
        return oldest.value.statement
    }
}
