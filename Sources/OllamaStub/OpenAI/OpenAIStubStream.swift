import Contracts
import NIOCore
import NIOHTTP1

/// One answer of numbered tokens, at the script's pace and with its faults. Confined to the connection's event loop.
final class OpenAIStubStream {
    private let context: ChannelHandlerContext
    private let stub: OpenAIStub
    private let text: OpenAIStubText
    private let kind: String
    private var next = 0
    private var isOver = false
    private var isWaiting = false
    var onEnd: (() -> Void)?

    init(context: ChannelHandlerContext, stub: OpenAIStub, text: OpenAIStubText, kind: String) {
        self.context = context
        self.stub = stub
        self.text = text
        self.kind = kind
    }

    private var script: OpenAIScript { text.script }

    func start() {
        stub.note { $0.activeStreams += 1 }
        after(script.firstTokenDelay) { [self] in
            guard text.isStreamed, kind != "embeddings" else { return whole() }
            write(head: ["content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"])
            for event in text.opening(kind) { write(event) }
            pump()
        }
    }

    /// The socket takes more.
    func resume() { if !isWaiting { pump() } }

    func clientLeft() {
        guard !isOver else { return }
        isOver = true
        stub.note {
            $0.activeStreams -= 1
            $0.cancelledStreams += 1
        }
    }

    private func whole() {
        let bytes = ByteBuffer(string: text.whole(kind))
        let isCut = if case .cutAfterTokens = script.fault { true } else { false }
        write(head: ["content-type": "application/json", "content-length": "\(bytes.readableBytes)"])
        guard !isCut else {
            context.write(
                part(.body(.byteBuffer(bytes.getSlice(at: 0, length: bytes.readableBytes / 2) ?? bytes))), promise: nil)
            return cut()
        }
        context.write(part(.body(.byteBuffer(bytes))), promise: nil)
        end()
    }

    private func pump() {
        while !isOver, context.channel.isWritable {
            switch script.fault {
            case .cutAfterTokens(next): return cut()
            case .hangAfterTokens(next):
                isWaiting = true
                return context.flush()
            case .endAfterTokens(next): return end()
            default: break
            }
            guard next < text.count else {
                for event in text.closing(kind) { write(event) }
                return end()
            }
            write(text.token(kind, next))
            next += 1
            if script.tokenDelay > .zero {
                context.flush()
                return after(script.tokenDelay) { [self] in pump() }
            }
        }
        context.flush()
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

    private func write(head headers: HTTPHeaders) {
        context.write(part(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
    }

    private func write(_ event: String) {
        context.write(part(.body(.byteBuffer(ByteBuffer(string: event)))), promise: nil)
    }

    private func part(_ part: HTTPServerResponsePart) -> NIOAny { NIOAny(part) }

    private func cut() {
        over(isComplete: false)
        context.flush()
        context.close(promise: nil)
    }

    private func end() {
        over(isComplete: true)
        context.writeAndFlush(part(.end(nil)), promise: nil)
    }

    private func over(isComplete: Bool) {
        isOver = true
        stub.note {
            $0.activeStreams -= 1
            if isComplete { $0.completedStreams += 1 }
        }
        onEnd?()
    }
}
