/// Where Martlet's database is.
public enum DatabaseLocation: Sendable, Equatable {
    /// `webui.db` of the embedded engine.
    case sqlite(path: String)
    /// Open WebUI's `DATABASE_URL`.
    case postgresql(url: String)
}
