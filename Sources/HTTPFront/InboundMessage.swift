import NIOCore

/// The request side of an exchange: what the head announced and how much of the body has come.
final class InboundMessage {
    let framing: HTTPRequestParser.Framing
    let isHTTP10: Bool
    let wantsKeepAlive: Bool
    /// The client waits for 100 before it sends the body.
    var awaitsContinue: Bool
    var handler: HTTPHandler?
    var bodyLimit = 0
    /// Where the body goes when it is read as it comes.
    var source: BodySource?
    var received = 0
    var isComplete: Bool
    /// It is not known where the request ends.
    var isBroken = false

    init(_ head: HTTPRequestParser.Head) {
        framing = head.framing
        isHTTP10 = head.isHTTP10
        wantsKeepAlive = head.keepAlive
        isComplete = head.framing == .none || head.framing == .length(0)
        awaitsContinue = head.expectsContinue == true && !isComplete
    }

    /// Bytes of body that are still to come; `nil` if only the client knows.
    var outstanding: Int? {
        switch framing {
        case .none: 0
        case .length(let length): length - received
        case .chunked: isComplete ? 0 : nil
        }
    }
}
