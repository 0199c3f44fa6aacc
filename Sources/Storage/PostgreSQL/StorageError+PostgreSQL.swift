extension StorageError {
    /// What an SQLSTATE means to an operator. The server's own message is not passed on: it may hold data.
    static func postgreSQL(state: String, detail: String?, place: String) -> StorageError {
        let suffix = detail.map { " (\($0))" } ?? ""
        switch (state.prefix(2), state) {
        case ("23", _):
            return StorageError(.constraint, "A constraint failed\(suffix).", advice: "")
        case ("22", _):
            return .invalidValue("A value is not of the type of its column\(suffix).")
        case (_, "53100"):
            return StorageError(
                .diskFull, "The server of the database \(place) has no space left on its disk.",
                advice: "Free some space there.")
        case ("40", _), (_, "55P03"), (_, "57014"):
            return StorageError(
                .busy, "The database \(place) was kept busy by other transactions for too long.",
                advice: "Try again in a moment.")
        case ("08", _), ("57", _), ("53", _):
            return .lost(place)
        case (_, "XX001"), (_, "XX002"):
            return StorageError(
                .corrupt, "The database \(place) is damaged.", advice: "See the server's log; restore a backup.")
        case (_, "25006"):
            return StorageError(
                .other, "The database \(place) can only be read.",
                advice: "Is this a standby? DATABASE_URL must name the primary.")
        case (_, "42501"):
            return StorageError(
                .other, "The database \(place) refused: the user of DATABASE_URL lacks a right\(suffix).",
                advice: "Make it the owner of the database.")
        default:
            return StorageError(.other, "PostgreSQL failed with SQLSTATE \(state)\(suffix).", advice: "")
        }
    }

    static func lost(_ place: String) -> StorageError {
        StorageError(
            .unavailable, "The connection to the database \(place) was lost.",
            advice: "Is the server running?")
    }

    /// No connection. `message` is libpq's, which may hold parts of a badly written URL and so is never passed on whole.
    static func unreachable(_ place: String, message: String) -> StorageError {
        let reason = fatalText(message) ?? knownReasons.first { message.contains($0) } ?? "no answer"
        return StorageError(
            .unavailable, "Cannot connect to the database \(place): \(reason).",
            advice: "Is the server running, and is DATABASE_URL right?")
    }

    /// What the server itself said: it was reached, so the URL had been understood.
    private static func fatalText(_ message: String) -> String? {
        guard let mark = message.firstRange(of: "FATAL:  ") else { return nil }
        return message[mark.upperBound...].split(separator: "\n").first.map(String.init)
    }

    private static let knownReasons = [
        "Connection refused", "No such file or directory", "Permission denied", "could not translate host name",
        "No route to host", "Network is unreachable", "timeout expired", "no password supplied",
        "server does not support SSL", "certificate verify failed", "server closed the connection unexpectedly",
    ]
}
