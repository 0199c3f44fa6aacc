import Contracts

/// What a request is to the balancer, by its path on the backend.
enum ExchangeKind: Sendable {
    /// Makes tokens.
    case generation
    case embedding
    /// Changes the backend: never repeated once it may have begun.
    case change
    /// Small questions.
    case other

    init(path: String) {
        switch String(path.prefix { $0 != "?" }) {
        case "/api/chat", "/api/generate", "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages":
            self = .generation
        case "/api/embed", "/api/embeddings", "/v1/embeddings": self = .embedding
        case let path where Self.changes.contains { path == $0 || path.hasPrefix($0 + "/") }: self = .change
        default: self = .other
        }
    }

    private static let changes = [
        "/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/blobs",
    ]

    /// Takes one of the server's places.
    var isWork: Bool { self == .generation || self == .embedding }

    /// The class that counts: embeddings that do not say what they are go behind those who look at the screen.
    func priority(_ asked: OllamaPriority) -> Priority {
        switch asked {
        case .job: .job
        case .embedding: .embedding
        default: self == .embedding ? .embedding : .interactive
        }
    }
}
