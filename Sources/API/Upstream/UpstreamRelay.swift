import Contracts
import HTTPFront
import Link
import Logging
import NIOCore
import NIOHTTP1

/// One relayed request: HTTP client ↔ ollama-lb-proxy, on the client's event loop. What arrives in one read of the
/// proxy's socket goes out in one write; a client that does not read stops its own stream only.
///
/// Until the first byte has gone to the client the request can be made again: a proxy that dies or drains costs nothing.
final class UpstreamRelay: LinkChannelStreamHandler {
    private let exchange: any HTTPExchange
    private let link: ProxyLink
    private let open: WireOpen
    private let body: ByteBuffer?
    private let dialect: UpstreamDialect
    private let isRepeatable: Bool
    private let logger: Logger
    /// Nil: the answer passes as it is.
    private let transformer: (any RelayTransformer)?
    private var channel: LinkChannelHandler?
    private var stream: UInt32 = 0
    private var attempts = 0
    private var hasHead = false
    /// The head is on its way to the client.
    private var isStarted = false
    /// An error of an Ollama server, kept until it is whole: it is told in the form that all clients read.
    private var refusal: HTTPResponse?
    private var refusalText = ByteBuffer()
    private static let refusalLimit = 64 * 1024
    private var isLineStream = false
    private var isEventStream = false
    private var endsWithBreak = true
    /// Written to a client that is behind; given back to the stream when it has caught up.
    private var unread = 0
    private var isOver = false

    static let attemptLimit = 5
    /// Bodies up to this size travel in OPEN itself.
    static let inlineBody = 512 * 1024

    /// - Parameter body: the request's; empty where `request` has none.
    init(
        exchange: any HTTPExchange, link: ProxyLink, request: some UpstreamCall, body: ByteBuffer, call: CallHeader,
        transformer: (any RelayTransformer)? = nil, logger: Logger
    ) {
        self.exchange = exchange
        self.link = link
        self.logger = logger
        dialect = type(of: request).dialect
        isRepeatable = request.isRepeatable
        self.transformer = transformer
        var request = request
        if body.readableBytes <= Self.inlineBody {
            if body.readableBytes > 0 { request.take(body) }
            self.body = nil
        } else {
            self.body = body
        }
        open = call.open(type(of: request).method, request)
    }

    func begin() {
        exchange.onClientGone = { self.clientGone() }
        exchange.onWritable = { self.clientCaughtUp() }
        attempt()
    }

    private func attempt() {
        attempts += 1
        link.use { result in
            guard !self.isOver else { return }
            switch result {
            case .success(let channel):
                do throws(LinkError) {
                    self.stream = try channel.open(self.open, body: self.body, handler: self)
                    self.channel = channel
                } catch {
                    self.failed(error)
                }
            case .failure(let error): self.failed(error)
            }
        }
    }

    // MARK: From the proxy

    func linkHead(_ head: WireHead) {
        guard !isOver, !hasHead else { return }
        hasHead = true
        var headers = HTTPHeaders()
        for header in head.headers { headers.add(name: header.name, value: header.value) }
        let type = headers.first(name: "content-type")?.lowercased() ?? ""
        isLineStream = type.hasPrefix("application/x-ndjson")
        isEventStream = type.hasPrefix("text/event-stream")
        var status = HTTPResponseStatus(statusCode: Int(head.status))
        if let transformer {
            guard let changed = transformer.head(status, headers) else { return }
            (status, headers) = changed
        }
        if transformer == nil, dialect == .ollama, head.status >= 400 {
            refusal = HTTPResponse(status: status, headers: headers)
            return
        }
        isStarted = true
        exchange.writeHead(status, headers: headers)
    }

    func linkData(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        let count = bytes.readableBytes
        if refusal != nil {
            if refusalText.readableBytes < Self.refusalLimit { refusalText.writeImmutableBuffer(bytes) }
            channel?.consumed(count, on: stream)
            return
        }
        endsWithBreak = bytes.getInteger(at: bytes.writerIndex - 1, as: UInt8.self) == UInt8(ascii: "\n")
        if let transformer {
            let changed = transformer.data(bytes)
            if isStarted, changed.readableBytes > 0 { exchange.write(changed) }
            if transformer.hasGivenUp { return giveUp(transformer) }
        } else {
            exchange.write(bytes)
        }
        if exchange.isWritable {
            channel?.consumed(count, on: stream)
        } else {
            unread += count
        }
    }

    func linkTurnEnd() {
        if !isOver { exchange.flush() }
    }

    func linkEnd(_ end: WireEnd) {
        guard !isOver else { return }
        guard hasHead else { return failed(LinkError(end.code, end.text)) }
        isOver = true
        if let refusal { return exchange.respond(OllamaErrorBody.completed(refusal, refusalText)) }
        if let transformer {
            return close(end.code == .ok ? transformer.end() : transformer.broken(end.text))
        }
        // A broken stream of lines has an honest end already: the proxy wrote it.
        end.code == .ok || isLineStream || isEventStream ? exchange.finish() : exchange.fail()
    }

    func linkReset(_ error: LinkError) {
        guard !isOver else { return }
        failed(error)
    }

    // MARK: Ends

    private func failed(_ error: LinkError) {
        channel = nil
        let mayRepeat = error.isSafeToRetry || isRepeatable && error.code == .unavailable
        if !hasHead, attempts < Self.attemptLimit, mayRepeat {
            return attempt()
        }
        isOver = true
        logger.warning(
            "relay failed",
            metadata: ["request_id": "\(open.requestID)", "error": "\(error)", "attempts": "\(attempts)"])
        guard hasHead else {
            let status: HTTPResponseStatus =
                switch error.code {
                case .resourceExhausted: .serviceUnavailable
                case .invalidArgument: .badRequest
                default: .badGateway
                }
            if let transformer { return exchange.respond(transformer.failed(status, error.text)) }
            let text = dialect.refusal("the request could not be passed on: \(error.text)")
            return exchange.respond(HTTPResponse(status: status, json: ByteBuffer(string: text)))
        }
        if let refusal { return exchange.respond(OllamaErrorBody.completed(refusal, refusalText)) }
        let reason = "ollama-lb-proxy was lost: \(error.text)"
        if let transformer { return close(transformer.broken(reason)) }
        endHonestly(reason)
    }

    private func giveUp(_ transformer: any RelayTransformer) {
        isOver = true
        channel?.reset(stream)
        close(transformer.end())
    }

    private func close(_ ending: RelayEnding) {
        switch ending {
        case .bytes(let bytes) where isStarted:
            if bytes.readableBytes > 0 { exchange.write(bytes) }
            exchange.finish()
        case .whole(let response) where !isStarted: exchange.respond(response)
        case .later(let make) where !isStarted:
            let exchange = NIOLoopBound(exchange, eventLoop: exchange.eventLoop)
            Task {
                let response = make()
                exchange.eventLoop.execute { exchange.value.respond(response) }
            }
        case .bytes, .whole, .later, .cut: exchange.fail()
        }
    }

    /// The client has part of the answer: a last well-formed line says what happened, where there are lines.
    private func endHonestly(_ reason: String) {
        let text = JSONText.quoted(reason)
        let separator = endsWithBreak ? "" : "\n"
        if isLineStream {
            exchange.write(
                ByteBuffer(string: "\(separator){\"error\":\(text),\"done\":true,\"done_reason\":\"error\"}\n"))
            exchange.finish()
        } else if isEventStream {
            exchange.write(ByteBuffer(string: "\(separator)\n\(OpenAIErrorText.event(reason))"))
            exchange.finish()
        } else {
            exchange.fail()
        }
    }

    // MARK: From the client

    private func clientGone() {
        guard !isOver else { return }
        isOver = true
        channel?.reset(stream)
    }

    private func clientCaughtUp() {
        guard !isOver, unread > 0 else { return }
        channel?.consumed(unread, on: stream)
        unread = 0
    }
}
