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
    private var blob: StubBlob?

    init(_ stub: OllamaStub) { self.stub = stub }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            blob = head.method == .POST ? StubBlob(path: head.uri) : nil
            if blob != nil { pause(context) }
        case .body(var bytes):
            guard blob == nil else {
                let count = bytes.readableBytes
                stub.note { $0.blobBytes += count }
                blob?.take(bytes)
                return
            }
            body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            self.head = nil
            if let blob {
                if blob.isSound { stub.keepBlob(blob.digest) }
                self.blob = nil
                return send(context, blob.isSound ? .created : .badRequest, "")
            }
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
            if !text.isEmpty {
                figures.lastBody = text
                figures.bodies[path] = text
            }
        }
        let script = stub.state.withLock { $0.script }
        let form = (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .null
        let management = StubManagement(stub: stub, script: script)
        if let answer = management.answer(head.method, path, form) { return later(context, script, answer) }
        if path == "/v1/completions", let model = form["model"]?.text {
            let isStreamed = form["stream"] == .bool(true)
            return send(context, StubFeatures.completion(model, isStreamed: isStreamed))
        }
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
        let isStreamed = form["stream"].map { $0 != .bool(false) } ?? !kind.isOpenAI
        if let answer = StubFeatures.answer(kind, model, form, isStreamed: isStreamed) { return send(context, answer) }
        let wasLoaded = stub.state.withLock { !$0.loaded.insert(found.name).inserted }
        let count = headers["x-chunks"].flatMap { Int($0) } ?? script.tokenCount
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
        later(context, script, StubAnswer(status: status, body: text))
    }

    private func later(_ context: ChannelHandlerContext, _ script: StubScript, _ answer: StubAnswer) {
        guard script.documentDelay > .zero else { return send(context, answer) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(script.documentDelay)) {
            let (handler, context) = bound.value
            handler.send(context, answer)
        }
    }

    /// Reads nothing for as long as the script says.
    private func pause(_ context: ChannelHandlerContext) {
        let delay = stub.state.withLock { $0.script.blobDelay }
        guard delay > .zero else { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            try? bound.value.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    private func send(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ text: String) {
        send(context, StubAnswer(status: status, body: text))
    }

    private func send(_ context: ChannelHandlerContext, _ answer: StubAnswer) {
        let bytes = ByteBuffer(string: answer.body)
        let headers: HTTPHeaders = ["content-type": answer.contentType, "content-length": "\(bytes.readableBytes)"]
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
