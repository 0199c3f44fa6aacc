/// Why an exchange did not complete.
public struct HTTPFailure: Error, Sendable {
    public enum Kind: Sendable, Hashable {
        /// The request itself is not allowed (URL, method, a header): nothing was sent.
        case invalidRequest
        case resolve
        case connect(Unreached)
        /// `Request.addressPolicy` allows none of the host's addresses that were left to try.
        case forbiddenAddress
        /// Without end, to no http(s) URL, or from https to http.
        case badRedirect
        case connectTimeout
        case tls
        /// No response head within `Timeouts.firstByte`; also while waiting for a free connection.
        case firstByteTimeout
        case idleTimeout
        case totalTimeout
        /// Closed or reset before a complete response head.
        case noResponse
        /// Closed or reset before the declared end of the body.
        case truncated
        /// Not HTTP, bad chunking, an oversized head.
        case protocolError
        /// More than `Request.maxResponseBytes`.
        case tooLarge
        /// The upload source said so.
        case uploadFailed
        /// The task that waited in `collect` was cancelled.
        case cancelled
        /// The client was shut down.
        case shutdown
        /// libcurl's own number (CURLcode).
        case other(Int)
    }

    public enum Unreached: Sendable, Hashable { case refused, unreachable }

    public var kind: Kind
    /// For logs: may name addresses.
    public var message: String
    /// Bytes of the response body that were handed over before.
    public var bytesReceived: Int
    /// Whether any of the request may have reached the upstream; when false, a retry elsewhere is always safe.
    public var wasSent: Bool

    public init(_ kind: Kind, _ message: String, bytesReceived: Int = 0, wasSent: Bool = false) {
        self.kind = kind
        self.message = message
        self.bytesReceived = bytesReceived
        self.wasSent = wasSent
    }
}

extension HTTPFailure: CustomStringConvertible {
    public var description: String { "\(kind): \(message)" }
}
