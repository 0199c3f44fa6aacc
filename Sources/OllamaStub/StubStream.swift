import Contracts
import NIOCore
import NIOHTTP1

/// One answer of numbered tokens, at the script's pace and with its faults. Confined to the connection's event loop.
final class StubStream {
    enum Kind {
        case chat
        case generate
        case completions

        init?(path: String) {
            switch path {
            case "/api/chat": self = .chat
            case "/api/generate": self = .generate
            case "/v1/chat/completions": self = .completions
            default: return nil
            }
        }

        var isOpenAI: Bool { self == .completions }
    }

    private let context: ChannelHandlerContext
    private let stub: OllamaStub
    private let script: StubScript
    private let text: StubText
    private let kind: Kind
    private let count: Int
    private let isStreamed: Bool
    private var next = 0
    private var isOver = false
    private var isWaiting = false
    private var holdsSlot = false
    var onEnd: (() -> Void)?

    init(
        context: ChannelHandlerContext, stub: OllamaStub, script: StubScript, kind: Kind, model: String, count: Int,
        isStreamed: Bool, wasLoaded: Bool
    ) {
        self.context = context
        self.stub = stub
        self.script = script
        self.kind = kind
        self.count = count
        self.isStreamed = isStreamed
        text = StubText(kind: kind, model: model, count: count, wasLoaded: wasLoaded, script: script)
    }

    func start() {
        stub.note { $0.activeStreams += 1 }
        isWaiting = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        stub.enter { [stub] in
            bound.eventLoop.execute {
                let stream = bound.value
                // As in a real server: one whose client has left keeps its place until its turn.
                guard !stream.isOver else { return stub.leave() }
                stream.holdsSlot = true
                stream.isWaiting = false
                stream.begin()
            }
        }
    }

    private func begin() {
        after(script.firstTokenDelay) { [self] in
            guard isStreamed else { return afterTokens() }
            let type = kind.isOpenAI ? "text/event-stream" : "application/x-ndjson"
            let head = HTTPResponseHead(
                version: .http1_1, status: .ok, headers: ["content-type": type, "transfer-encoding": "chunked"])
            context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
            pump()
        }
    }

    /// The socket takes more.
    func resume() { if !isWaiting { pump() } }

    func clientLeft() {
        guard !isOver else { return }
        isOver = true
        stub.note { figures in
            figures.activeStreams -= 1
            figures.cancelledStreams += 1
        }
        leaveSlot()
    }

    private func leaveSlot() {
        if holdsSlot { stub.leave() }
        holdsSlot = false
    }

    // MARK: Tokens

    private func pump() {
        guard !isOver, isStreamed else { return }
        while !isOver, context.channel.isWritable {
            if let limit = faultAt, next >= limit { return fail() }
            guard next < count else { return finish() }
            writeTokens()
            guard script.tokenDelay == .zero else { return after(script.tokenDelay) { [self] in pump() } }
        }
    }

    private func writeTokens() {
        let end = min(count, faultAt ?? count)
        switch script.framing {
        case .lineAWrite:
            write(text.token(next))
            next += 1
        case .linesAWrite(let lines):
            let stop = min(end, next + max(1, lines))
            write((next..<stop).map(text.token).joined())
            next = stop
        case .splitLines(let pieces):
            let bytes = Array(text.token(next).utf8)
            let size = max(1, bytes.count / max(1, pieces))
            for start in stride(from: 0, to: bytes.count, by: size) {
                write(String(decoding: bytes[start..<min(bytes.count, start + size)], as: UTF8.self))
            }
            next += 1
        }
        if case .malformedAfterTokens(let limit) = script.fault, next == limit { write("{\"model\": nonsense}\n") }
    }

    private func write(_ text: String) {
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    }

    // MARK: Ends

    private var faultAt: Int? {
        switch script.fault {
        case .cutAfterTokens(let limit), .endAfterTokens(let limit), .hangAfterTokens(let limit): limit
        default: nil
        }
    }

    private func fail() {
        switch script.fault {
        case .cutAfterTokens:
            close()
            context.close(promise: nil)
        case .endAfterTokens:
            context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
            close()
        default: isWaiting = true
        }
    }

    private func finish() {
        write(text.last)
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
        completed()
    }

    /// One document in place of a stream: comes when all its tokens are made.
    private func afterTokens() {
        after(script.tokenDelay * count) { [self] in
            let bytes = ByteBuffer(string: text.whole)
            let head = HTTPResponseHead(
                version: .http1_1, status: .ok,
                headers: ["content-type": "application/json", "content-length": "\(bytes.readableBytes)"])
            context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
            context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(bytes))), promise: nil)
            context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
            completed()
        }
    }

    private func completed() {
        stub.note { $0.completedStreams += 1 }
        close()
    }

    private func close() {
        isOver = true
        stub.note { $0.activeStreams -= 1 }
        leaveSlot()
        onEnd?()
    }

    private func after(_ delay: Duration, _ body: @escaping () -> Void) {
        guard delay > .zero else { return body() }
        isWaiting = true
        let bound = NIOLoopBound((self, body), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            let (stream, body) = bound.value
            stream.isWaiting = false
            if !stream.isOver { body() }
        }
    }
}
