import Contracts

/// A model as one caller may use it: what the upstream knows it by, and what its row adds.
struct ResolvedModel: Sendable {
    /// Who serves it.
    enum Owner: Sendable, Equatable {
        case ollama
        /// The place of its connection in OPENAI_API_BASE_URLS.
        case openAI(connection: Int)
    }

    /// As the caller named it.
    var id: String
    /// What the upstream is asked for: the base model. With the connection's prefix, where that has one.
    var upstreamID: String
    var owner: Owner
    /// From the model asked for to the one that is really asked: `["helper", "llama3.2:1b"]`.
    var chain: [String]
    /// The name that people see; nil: the model has no row.
    var name: String?
    /// Parameters of the row: an object in Open WebUI's names, without `system`. Empty without a row.
    var params: [String: JSONValue] = [:]
    /// The system prompt of the row, its variables not filled in yet; nil: none.
    var system: String?
    /// `meta` of the row as stored, a JSON object with `filterIds`, `toolIds`, `knowledge` and so on; nil: no row.
    var meta: String?

    /// Nothing of the request has to be changed for it, not even the name.
    var isPlain: Bool { upstreamID == id && params.isEmpty && system == nil }
}
