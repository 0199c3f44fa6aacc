/// How far a backup, a restore or an import is.
public struct TransferProgress: Sendable, Equatable {
    public enum Step: String, Sendable {
        case checking
        case copying
        case verifying
    }

    public enum Unit: Sendable {
        case bytes
        case rows
    }

    public let step: Step
    /// The table under way; nil where a database is copied page by page.
    public let table: String?
    public let done: Int64
    /// 0 where nobody can say.
    public let total: Int64
    public let unit: Unit

    init(_ step: Step, table: String? = nil, done: Int64 = 0, total: Int64 = 0, unit: Unit = .bytes) {
        (self.step, self.table, self.done, self.total, self.unit) = (step, table, done, total, unit)
    }
}
