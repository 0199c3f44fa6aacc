import Contracts

/// How a call failed: a code for programs, a text for people. What the peer said, or what became of the connection.
public struct LinkError: Error, Equatable, Sendable, CustomStringConvertible {
    public var code: WireCode
    public var text: String
    /// True when the peer has certainly not begun the call: it may be made again, there or elsewhere.
    public var isSafeToRetry: Bool

    public init(_ code: WireCode, _ text: String, isSafeToRetry: Bool = false) {
        self.code = code
        self.text = text
        self.isSafeToRetry = isSafeToRetry
    }

    public var description: String { text.isEmpty ? "\(code)" : "\(text) (\(code))" }
}

extension LinkError {
    /// What a stream hears that the peer's GOAWAY says it has not taken up.
    static func refusal(_ message: WireGoAway) -> LinkError {
        guard message.code != .draining else {
            return LinkError(.draining, "the peer is draining", isSafeToRetry: true)
        }
        return LinkError(message.code, message.text, isSafeToRetry: message.code == .resourceExhausted)
    }
}

/// The peer broke the protocol; the connection ends with GOAWAY and this text.
public struct ProtocolViolation: Error, Equatable, Sendable {
    public var text: String
    public var code: WireCode

    init(_ text: String, code: WireCode = .protocolViolation) {
        self.text = text
        self.code = code
    }
}
