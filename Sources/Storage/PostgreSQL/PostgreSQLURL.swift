import CPostgres

/// Where a PostgreSQL database is: Open WebUI's `DATABASE_URL`, checked.
///
/// `postgres://`, `postgresql://`, and with a driver of SQLAlchemy (`postgresql+psycopg2://`), which is passed over.
/// Neither its description nor an error holds the password.
struct PostgreSQLURL: Sendable, CustomStringConvertible {
    /// As libpq wants it. Holds the password.
    let text: String
    /// Host, port and database for messages.
    let description: String

    /// Whether this is a URL of PostgreSQL at all, right or wrong.
    static func isOne(_ url: String) -> Bool { rest(of: url) != nil }

    /// - Throws: `StorageError` if libpq cannot be loaded, or does not understand the URL.
    init(_ url: String) throws(StorageError) {
        guard let rest = Self.rest(of: url), !url.utf8.contains(0) else { throw Self.invalid }
        try PostgreSQLLibrary.load()
        text = "postgresql://\(rest)"
        guard let options = martlet_pq_parse(text) else { throw Self.invalid }
        defer { martlet_pq_conninfo_free(options) }
        description = Self.place(options)
    }

    private static func rest(of url: String) -> Substring? {
        guard let mark = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<mark.lowerBound].split(separator: "+", maxSplits: 1).first
        return scheme == "postgres" || scheme == "postgresql" ? url[mark.upperBound...] : nil
    }

    private static func place(_ options: UnsafeMutablePointer<PQconninfoOption>) -> String {
        var parts: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parts[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let name = parts["dbname"] ?? "of DATABASE_URL"
        // A password with an unescaped @ would reach into the host.
        guard let host = parts["host"] ?? parts["hostaddr"], !host.contains("@") else { return name }
        return "\(name) on \(host)" + (parts["port"].map { ", port \($0)" } ?? "")
    }

    private static let invalid = StorageError(
        .other, "DATABASE_URL is not a PostgreSQL URL that can be understood.",
        advice: "It reads postgresql://USER:PASSWORD@HOST:PORT/DATABASE; write special characters of the password in "
            + "percent form (@ as %40).")
}
