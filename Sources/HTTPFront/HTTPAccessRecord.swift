public import NIOCore
public import NIOHTTP1

/// One line for the access log. The path comes without its query, which may hold secrets.
public struct HTTPAccessRecord: Sendable {
    public var method: HTTPMethod
    public var path: String
    /// Pattern of the matched route.
    public var route: String?
    /// 499 if the client left before anything was answered.
    public var status: Int
    /// From the head being read to the answer being handed to the socket.
    public var duration: TimeAmount
    /// Sent, head and framing included.
    public var bytes: Int
    public var requestID: String
    /// The client left, or the answer was cut.
    public var isIncomplete: Bool
}
