import Contracts
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One connection: collects a request, then answers it with a document or with a stream of tokens.
final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let stub: OllamaStub
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var stream: StubStream?

    init(_ stub: OllamaStub) { self.stub = stub }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var bytes): body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            self.head = nil
            answer(context, head)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { stream?.resume() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stream?.clientLeft()
        stream = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: Answers

    private func answer(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        let path = String(head.uri.prefix { $0 != "?" })
        let text = String(buffer: body)
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        stub.note { figures in
            figures.requestsByPath[path, default: 0] += 1
            figures.lastHeaders = headers
            figures.lastBody = text
        }
        let script = stub.state.withLock { $0.script }
        let form = (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .null
        guard let kind = StubStream.Kind(path: path), head.method == .POST else {
            return document(context, head, path, form, script)
        }
        switch script.fault {
        case .refuse: return context.close(promise: nil)
        case .hang: return
        case .busy:
            return send(
                context, .serviceUnavailable,
                #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#)
        case .status(let status, let body): return send(context, HTTPResponseStatus(statusCode: status), body)
        case .cutAfterTokens, .endAfterTokens, .hangAfterTokens, .malformedAfterTokens, nil: break
        }
        let model = form["model"]?.text ?? ""
        guard let found = script.models.first(where: { $0.name == model || $0.name == model + ":latest" }) else {
            let text =
                kind.isOpenAI
                ? #"{"error":{"message":"model '\#(model)' not found","type":"not_found_error","param":null,"code":null}}"#
                : #"{"error":"model '\#(model)' not found"}"#
            return send(context, .notFound, text)
        }
        let wasLoaded = stub.state.withLock { !$0.loaded.insert(found.name).inserted }
        let count = headers["x-chunks"].flatMap { Int($0) } ?? script.tokenCount
        let isStreamed = form["stream"].map { $0 != .bool(false) } ?? !kind.isOpenAI
        let stream = StubStream(
            context: context, stub: stub, script: script, kind: kind, model: model, count: count,
            isStreamed: isStreamed,
            wasLoaded: wasLoaded)
        self.stream = stream
        stream.onEnd = { [weak self] in self?.stream = nil }
        stream.start()
    }

    private func document(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ path: String, _ form: JSONValue,
        _ script: StubScript
    ) {
        let loaded = stub.state.withLock { $0.loaded }
        let (status, text) = StubDocuments.answer(head.method, path, form, script, loaded)
        guard script.documentDelay > .zero else { return send(context, status, text) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(script.documentDelay)) {
            let (handler, context) = bound.value
            handler.send(context, status, text)
        }
    }

    private func send(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ text: String) {
        let bytes = ByteBuffer(string: text)
        let headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(bytes.readableBytes)"]
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
