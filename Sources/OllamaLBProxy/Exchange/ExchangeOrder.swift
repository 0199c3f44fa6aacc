import Contracts
import DaemonKit
import Egress
import NIOCore
import Reactor

/// What is asked of a backend, whichever it will be.
struct ExchangeOrder: Sendable {
    /// Without its body.
    var message: OllamaExchange
    let kind: ExchangeKind
    var body = ByteBuffer()
    /// Told to the client when the request had to wait.
    var queueHeaders: [WireHeader] = []

    init(_ message: OllamaExchange) {
        self.message = message
        body.writeBytes(message.body)
        self.message.body = .init()
        kind = ExchangeKind(path: message.path)
    }

    /// The body comes as DATA and goes on as it comes.
    var isStreamedUp: Bool { message.hasStreamedBodyLength }

    /// Requests that change something on the backend are not repeated once it may have seen them.
    var isRepeatable: Bool { kind != .change && !isStreamedUp }

    @ReactorActor
    func request(to backend: Backend, _ settings: Settings, upload: (any UploadSource)?) -> Request {
        let timeouts = Request.Timeouts(
            connect: settings.duration("OLLAMA_CONNECT_TIMEOUT"),
            firstByte: settings.duration("OLLAMA_FIRST_BYTE_TIMEOUT"),
            idle: settings.duration("OLLAMA_IDLE_TIMEOUT"), total: nil)
        var headers = message.headers.map { ($0.name, $0.value) }
        if !backend.options.key.isEmpty { headers.append(("authorization", "Bearer \(backend.options.key)")) }
        var upstream: Request.Body?
        if let upload {
            upstream = .stream(length: Int(clamping: message.streamedBodyLength), upload)
        } else if body.readableBytes > 0 || message.verb == "POST" {
            upstream = .buffer(backend.options.localised(body))
        }
        return Request(
            method: message.verb, url: backend.url + message.path, headers: headers, body: upstream,
            timeouts: timeouts, mayReuseConnection: kind != .change)
    }
}
