public import NIOHTTP1

/// What is known of a route beside its handler. `Metadata` is the owner's: access rules and the like.
public struct HTTPRouteInfo<Metadata: Sendable>: Sendable {
    public var method: HTTPMethod
    /// See `Router` for the syntax.
    public var pattern: String
    /// Bytes of request body; more: 413.
    public var bodyLimit: Int
    public var metadata: Metadata

    public init(_ method: HTTPMethod, _ pattern: String, bodyLimit: Int = 1024 * 1024, metadata: Metadata) {
        self.method = method
        self.pattern = pattern
        self.bodyLimit = bodyLimit
        self.metadata = metadata
    }
}

public struct HTTPRoute<Metadata: Sendable>: Sendable {
    public var info: HTTPRouteInfo<Metadata>
    public var handler: HTTPHandler

    public init(_ info: HTTPRouteInfo<Metadata>, _ handler: HTTPHandler) {
        self.info = info
        self.handler = handler
    }
}
