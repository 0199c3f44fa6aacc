import Contracts
import Frames
import NIOCore

@testable import Link

/// A session's event in a form that can be compared.
enum Seen: Equatable {
    case hello(role: String)
    case opened(UInt32, method: String, finished: Bool)
    case head(String, status: UInt32)
    case data(String, bytes: Int, finished: Bool)
    case ended(String, WireCode, text: String)
    case reset(String, WireCode)
    case writable(String)
    case pong(UInt64)
    case goAway(last: UInt32, WireCode)

    init(_ event: SessionEvent<String>) {
        self =
            switch event {
            case .hello(let hello): .hello(role: hello.role)
            case .opened(let stream, let open, let finished): .opened(stream, method: open.method, finished: finished)
            case .head(let handler, let head): .head(handler, status: head.status)
            case .data(let handler, let bytes, let finished):
                .data(handler, bytes: bytes.readableBytes, finished: finished)
            case .ended(let handler, let end): .ended(handler, end.code, text: end.text)
            case .reset(let handler, let reset): .reset(handler, reset.code)
            case .writable(let handler): .writable(handler)
            case .pong(let token): .pong(token)
            case .goAway(let message): .goAway(last: message.lastStream, message.code)
            }
    }
}

extension Session<String> {
    /// Takes bytes and gives every event; streams that the peer opens are attached as "served N".
    mutating func take(_ bytes: ByteBuffer) throws(ProtocolViolation) -> [Seen] {
        receive(bytes)
        var seen: [Seen] = []
        while let event = try next() {
            if case .opened(let stream, _, _) = event { attach(stream, "served \(stream)") }
            seen.append(Seen(event))
        }
        return seen
    }

    /// What the driver would write.
    mutating func takeOutbound() -> ByteBuffer {
        defer { outbound = ByteBuffer() }
        return outbound
    }

    /// The frames among it.
    mutating func takeFrames() -> [Frame] {
        var decoder = FrameDecoder()
        decoder.append(takeOutbound())
        var frames: [Frame] = []
        while let frame = try? decoder.next() { frames.append(frame) }
        return frames
    }
}

/// Two sessions wired back to back.
struct Pair {
    var caller: Session<String>
    var server: Session<String>

    init(
        caller: SessionConfiguration = SessionConfiguration(role: "caller"),
        server: SessionConfiguration = SessionConfiguration(role: "server")
    ) {
        self.caller = Session(side: .initiator, configuration: caller)
        self.server = Session(side: .acceptor, configuration: server)
    }

    /// After both HELLOs.
    static func greeted(window: UInt32 = LinkProtocol.initialWindow, maximumStreams: UInt32 = 8) throws -> Pair {
        var configuration = SessionConfiguration(role: "caller", window: window, maximumStreams: maximumStreams)
        let caller = configuration
        configuration.role = "server"
        var pair = Pair(caller: caller, server: configuration)
        _ = try pair.exchange()
        return pair
    }

    /// Carries bytes over until neither side has any; what each side saw.
    mutating func exchange() throws(ProtocolViolation) -> (caller: [Seen], server: [Seen]) {
        var seen: (caller: [Seen], server: [Seen]) = ([], [])
        repeat {
            seen.server += try server.take(caller.takeOutbound())
            seen.caller += try caller.take(server.takeOutbound())
        } while caller.outbound.readableBytes + server.outbound.readableBytes > 0
        return seen
    }

    /// Opens a stream of the caller named like its method.
    mutating func open(_ method: String, finished: Bool = true) throws -> UInt32 {
        try caller.open(.named(method), finished: finished, handler: method)
    }
}

extension WireOpen {
    static func named(_ method: String) -> WireOpen {
        var open = WireOpen()
        open.method = method
        return open
    }
}

extension ByteBuffer {
    static func zeros(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0, count: count) }
}
