/// What a backup, a restore or an import has done.
public struct TransferReport: Sendable, Equatable {
    public internal(set) var tables = 0
    public internal(set) var rows: Int64 = 0
    /// Of the copy; 0 where the target is PostgreSQL.
    public internal(set) var bytes: Int64 = 0
    /// Everything that is not in the target as it was in the source.
    public internal(set) var notes: [TransferNote] = []
    /// Where the database that was replaced is kept.
    public internal(set) var kept: String?
}

/// Rows, or values, that the target could not take as they were: those of one table and column, for one reason.
public struct TransferNote: Sendable, Equatable {
    public enum Outcome: String, Sendable {
        /// The row, or the whole column or table, is in the source only.
        case leftOut = "left out"
        /// The row is there, with another value.
        case changed
    }

    /// How many keys are told.
    static let exampleLimit = 20

    public let outcome: Outcome
    public let table: String
    public let column: String?
    public let reason: String
    public internal(set) var count: Int64
    /// Keys of the first rows.
    public internal(set) var examples: [String]
}

/// Notes as they come up, gathered: they need no more memory for more rows.
struct TransferNotes {
    private struct Kind: Hashable {
        let outcome: TransferNote.Outcome
        let table: String
        let column: String?
        let reason: String
    }

    private(set) var all: [TransferNote] = []
    private var places: [Kind: Int] = [:]

    mutating func add(
        _ outcome: TransferNote.Outcome, table: String, column: String?, _ reason: String, key: String?,
        count: Int64 = 1
    ) {
        let kind = Kind(outcome: outcome, table: table, column: column, reason: reason)
        let place = places[kind] ?? all.count
        if place == all.count {
            places[kind] = place
            all.append(
                TransferNote(outcome: outcome, table: table, column: column, reason: reason, count: 0, examples: []))
        }
        all[place].count += count
        if let key, all[place].examples.count < TransferNote.exampleLimit { all[place].examples.append(key) }
    }
}
