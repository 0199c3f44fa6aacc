import Contracts
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One connection: collects a request, then answers it with a document or a stream of events.
final class OpenAIStubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let stub: OpenAIStub
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var stream: OpenAIStubStream?

    init(_ stub: OpenAIStub) { self.stub = stub }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var bytes): body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            self.head = nil
            answer(context, head, String(buffer: body))
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

    private func answer(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ text: String) {
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        stub.saw(.init(method: head.method.rawValue, target: head.uri, headers: headers, body: text))
        let script = stub.state.withLock { $0.script }
        let given = headers["api-key"] ?? headers["authorization"].map { String($0.dropFirst(7)) } ?? ""
        if let key = script.key, given != key {
            return send(
                context, 401,
                #"{"error":{"message":"Incorrect API key provided: \#(given)","type":"invalid_request_error"}}"#)
        }
        let path = String(head.uri.prefix { $0 != "?" })
        let form = (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .null
        let isList = path.hasSuffix("/models")
        if let fault = isList ? script.listFault : script.fault, failed(context, fault) { return }
        let documents = OpenAIStubText(form: form, script: script)
        switch (head.method, path.split(separator: "/").last) {
        case (.GET, "models"): send(context, 200, script.list ?? documents.models)
        case (.GET, "voices"): send(context, 200, #"{"voices":[{"id":"alloy","name":"alloy"}]}"#)
        case (.DELETE, _): send(context, 200, #"{"deleted":true}"#)
        case (.POST, "speech"):
            send(context, 200, String(repeating: "ID3 speech ", count: 4096), type: "audio/mpeg")
        case (.POST, let kind?) where OpenAIStubText.kinds.contains(String(kind)):
            run(context, String(kind), documents, path)
        default: send(context, 404, #"{"error":{"message":"Invalid URL","type":"invalid_request_error"}}"#)
        }
    }

    private func run(_ context: ChannelHandlerContext, _ kind: String, _ text: OpenAIStubText, _ path: String) {
        // Azure has the model in the path.
        guard path.contains("/deployments/") || text.script.models.contains(text.model) else {
            let message = JSONText.quoted("The model `\(text.model)` does not exist")
            return send(
                context, 404,
                #"{"error":{"message":\#(message),"type":"invalid_request_error","param":null,"code":"model_not_found"}}"#
            )
        }
        let stream = OpenAIStubStream(context: context, stub: stub, text: text, kind: kind)
        self.stream = stream
        stream.onEnd = { [weak self] in self?.stream = nil }
        stream.start()
    }

    /// True: that was the answer.
    private func failed(_ context: ChannelHandlerContext, _ fault: OpenAIFault) -> Bool {
        switch fault {
        case .refuse: context.close(promise: nil)
        case .hang: break
        case .status(let status, let body, let type): send(context, status, body, type: type)
        case .empty: send(context, 200, "")
        case .redirect(let target): send(context, 302, "", headers: ["location": target])
        case .cutAfterTokens, .endAfterTokens, .hangAfterTokens: return false
        }
        return true
    }

    private func send(
        _ context: ChannelHandlerContext, _ status: Int, _ text: String, type: String = "application/json",
        headers: HTTPHeaders = [:]
    ) {
        let bytes = ByteBuffer(string: text)
        var headers = headers
        headers.add(name: "content-type", value: type)
        headers.add(name: "content-length", value: "\(bytes.readableBytes)")
        // What must not reach clients.
        headers.add(name: "set-cookie", value: "upstream=1")
        headers.add(name: "openai-organization", value: "secret-org")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
