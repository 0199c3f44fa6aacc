import CPostgres

/// libpq, loaded by the first who needs it.
enum PostgreSQLLibrary {
    private static let failure: String? = martlet_pq_load().map { String(cString: $0) }

    /// - Throws: `StorageError` if there is no usable libpq on this host.
    static func load() throws(StorageError) {
        guard let failure else { return }
        throw StorageError(
            .unavailable, "PostgreSQL's client library cannot be loaded: \(failure).",
            advice: "Install it (Debian: apt install libpq5), or use SQLite: unset DATABASE_URL.")
    }
}
