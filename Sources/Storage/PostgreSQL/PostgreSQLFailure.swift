import CPostgres

/// What went wrong with a statement: the server's answer, or that there was none.
struct PostgreSQLFailure: Error {
    /// SQLSTATE, five characters; empty if the failure is not the server's.
    let state: String
    let error: StorageError

    /// The transaction was undone and would likely succeed if it were run again: another one was in its way
    /// (serialization failure, deadlock), or a prepared statement no longer fits the schema.
    var isTransient: Bool { ["40001", "40P01", "26000"].contains(state) || isStalePlan }

    /// The connection must not be used any more: its prepared statements are not what was thought.
    var isStalePlan: Bool { state == "0A000" || state == "26000" }

    /// From a result that is an error.
    init(result: OpaquePointer, place: String) {
        func field(_ field: Int) -> String? {
            martlet_pq_result_error_field(result, Int32(field)).map { String(cString: $0) }
        }
        state = field(martlet_pq_field_state) ?? ""
        let named = [
            field(martlet_pq_field_constraint).map { "constraint \($0)" },
            field(martlet_pq_field_table).map { "table \($0)" },
            field(martlet_pq_field_column).map { "column \($0)" },
        ].compactMap { $0 }.joined(separator: ", ")
        let detail =
            switch state.prefix(2) {
            // These tell of the statement's own text, which never holds data.
            case "42": field(martlet_pq_field_message)
            default: named.isEmpty ? nil : named
            }
        error = .postgreSQL(state: state, detail: detail, place: place)
    }

    /// The connection broke, or the server kept silent.
    init(lost place: String) {
        state = ""
        error = .lost(place)
    }

    init(_ error: StorageError) {
        state = ""
        self.error = error
    }
}
