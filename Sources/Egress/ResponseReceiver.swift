import Reactor

/// What the caller of `HTTPClient.start` gets to hear, on the loop, in the order head, body…, end.
/// Every method may call `pause`, `resume`, `cancel` of any exchange and `start` new ones.
@ReactorActor
public protocol ResponseReceiver: AnyObject, Sendable {
    /// The final response's status and headers (1xx are skipped), at most once.
    func responseHead(_ head: ResponseHead)
    /// Some bytes of the body, at most 16 KiB, never none. Valid only during the call.
    func responseBody(_ bytes: UnsafeRawBufferPointer)
    /// The last call, exactly once; none comes after `Exchange.cancel()`.
    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>)
}

/// Status and headers of a response.
public struct ResponseHead: Sendable {
    public var status: Int
    /// As received, in order, white space around values removed.
    public var headers: [(String, String)]

    public init(status: Int, headers: [(String, String)] = []) {
        self.status = status
        self.headers = headers
    }

    /// The first value of a header, by ASCII case-insensitive name.
    public func first(_ name: String) -> String? {
        headers.first { HeaderRules.isSame($0.0, name) }?.1
    }
}

/// Figures of a completed exchange.
public struct ResponseSummary: Sendable {
    public var bytesReceived: Int
    /// From `start` to the end of the head, in milliseconds (exact to about 4).
    public var headMilliseconds: Int
    public var totalMilliseconds: Int
    /// No connection had to be opened for it.
    public var connectionReused: Bool
}
