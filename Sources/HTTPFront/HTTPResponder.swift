/// Serves a matched and admitted request, its body read (but for `streaming`).
public enum HTTPHandler: Sendable {
    /// In a task of its own, cancelled when the client leaves. `HTTPError` becomes its answer, any other error a 500.
    case async(@Sendable (HTTPRequest) async throws -> HTTPResponse)
    /// The same on the connection's event loop, which saves two changes of the thread: for what mostly waits, and takes
    /// well under a millisecond between two waits. Must not block.
    case waiting(@Sendable (HTTPRequest) async throws -> HTTPResponse)
    /// On the connection's event loop; must not block. It answers when it likes.
    case relay(@Sendable (HTTPRequest, any HTTPExchange) -> Void)
    /// As `async`, for bodies that are not to be kept in memory: begins when the head is read, and reads the body itself.
    case streaming(@Sendable (HTTPRequest, HTTPRequestBody) async throws -> HTTPResponse)
}

/// What becomes of a request, decided from its head alone.
public enum HTTPDecision: Sendable {
    /// Read the body, up to `bodyLimit` bytes (more: 413), then run the handler.
    case respond(bodyLimit: Int, HTTPHandler)
    /// Answer at once. The body is not kept.
    case refuse(HTTPResponse)
    /// To be decided by a task; until then nothing of the body is read. Cancelled when the client leaves.
    case later(@Sendable (inout HTTPRequest) async -> HTTPDecision)
}

/// Whom the front asks about each request.
public protocol HTTPResponder: Sendable {
    /// Runs on the connection's event loop once a head is read and before its body is: match the route, set
    /// `parameters`, `route` and `context`, decide who may. Must not block.
    func begin(_ request: inout HTTPRequest) -> HTTPDecision
}
