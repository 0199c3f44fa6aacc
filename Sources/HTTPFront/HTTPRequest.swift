public import NIOCore
public import NIOHTTP1

/// One request as handlers see it. The body is whole when a handler runs, and empty before.
public struct HTTPRequest: Sendable {
    public let method: HTTPMethod
    /// Path and query as they were sent.
    public let target: String
    public let headers: HTTPHeaders
    /// `nil` on a Unix socket.
    public let remoteAddress: SocketAddress?
    /// Came over a Unix socket of this host.
    public let isLocalSocket: Bool
    /// Percent-decoded path parameters, set by whoever matched the route.
    public var parameters = PathParameters()
    /// The pattern of the matched route, for figures and logs: bounded in number where paths are not.
    public var route: String?
    /// What admission found out (the principal), for the handler.
    public var context: (any Sendable)?
    public internal(set) var body = ByteBuffer()
    let identifier: RequestIdentifier
    private let pathEnd: String.Index

    init(
        _ head: HTTPRequestParser.Head, identifier: RequestIdentifier, remoteAddress: SocketAddress?, isLocal: Bool
    ) {
        method = head.method
        target = head.target
        headers = head.headers
        self.identifier = identifier
        self.remoteAddress = remoteAddress
        isLocalSocket = isLocal
        pathEnd = head.target.utf8.firstIndex(of: 0x3f) ?? head.target.endIndex
    }

    /// The path as it was sent, without the query, not percent-decoded.
    public var rawPath: Substring { target[..<pathEnd] }

    /// Decoded at each use: keep the values, not the query.
    public var query: QueryParameters {
        QueryParameters(pathEnd == target.endIndex ? "" : target[target.utf8.index(after: pathEnd)...])
    }

    /// The client's own `X-Request-Id` if it is 1–64 of `[A-Za-z0-9._-]`, else 16 hexadecimal digits.
    public var requestID: String { identifier.text }
}
