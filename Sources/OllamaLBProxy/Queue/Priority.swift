/// Classes of the queue, first to last.
enum Priority: Int, CaseIterable, Sendable, Comparable {
    /// Somebody looks at the screen.
    case interactive
    case embedding
    case job

    /// How often in a row others may go first while this class has something that could begin: no class starves.
    var patience: Int {
        switch self {
        case .interactive: 0
        case .embedding: 8
        case .job: 24
        }
    }

    static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}
