import Contracts
import DaemonKit
import Egress
import Link
import Logging
import NIOCore
import Reactor

/// Servers with OpenAI's API. Calls on ollama-lb-proxy.sock: `openai.exchange`, `openai.models`, `openai.verify`, all
/// streaming (openai.proto has their shapes).
@ReactorActor
final class OpenAIService {
    let servers: OpenAIServers
    let logger: Logger
    private var relays: [ObjectIdentifier: OpenAIRelay] = [:]
    private var exchanges: UInt64 = 0
    private var promptTokens: UInt64 = 0
    private var completionTokens: UInt64 = 0
    /// The last relay has ended.
    var onIdle: (() -> Void)?

    init(settings: Settings, client: HTTPClient, logger: Logger) {
        self.logger = logger
        servers = OpenAIServers(settings: settings, client: client, logger: logger)
    }

    func register(on router: LinkRouter) {
        router.stream(Methods.openAIExchange.name) { [weak self] stream in
            guard let self else { return }
            exchanges += 1
            let relay = OpenAIRelay(stream, service: self)
            relays[ObjectIdentifier(relay)] = relay
            relay.begin()
        }
        router.stream(Methods.openAIModels.name) { [weak self] stream in
            guard let self else { return }
            let task = Task { @ReactorActor in await self.models(stream) }
            stream.handler = Questioner(task)
        }
        router.stream(Methods.openAIVerify.name) { [weak self] stream in
            guard let self else { return }
            let task = Task { @ReactorActor in await self.verify(stream) }
            stream.handler = Questioner(task)
        }
    }

    func note(_ statistics: OllamaStatistics) {
        promptTokens += statistics.promptTokens
        completionTokens += statistics.completionTokens
    }

    func ended(_ relay: OpenAIRelay) {
        relays[ObjectIdentifier(relay)] = nil
        if relays.isEmpty { onIdle?() }
    }

    var inFlight: Int { relays.count }

    func abandon() { for relay in Array(relays.values) { relay.abandon() } }

    // MARK: Lists

    private func models(_ stream: LinkStream) async {
        guard let request = try? OpenAIModelsRequest(serializedBytes: stream.open.message) else {
            return stream.end(.failure(.invalidArgument, "the message is not a question for models"))
        }
        await servers.refresh(thoroughly: request.refresh)
        var head = ResponseHead(status: 200, headers: [("etag", String(servers.revision))])
        var body = servers.merged
        if request.hasConnectionIndex {
            let index = Int(request.connectionIndex)
            guard let server = servers.servers.first(where: { $0.connection.index == index }) else {
                return stream.end(.failure(.notFound, "there is no OpenAI server with index \(index)"))
            }
            if server.list.models.isEmpty, let failure = server.failure {
                return stream.end(.failure(.unavailable, failure))
            }
            head.headers = []
            body = server.list.document
        } else if request.knownRevision == servers.revision {
            head.status = 304
            body = []
        }
        stream.sendHead(head.message(length: nil))
        if !body.isEmpty { stream.send(ByteBuffer(bytes: body)) }
        stream.end(WireEnd())
    }

    /// An administrator asks about settings that are not saved: the server's own answer, whatever it is.
    private func verify(_ stream: LinkStream) async {
        guard let request = try? OpenAIVerifyRequest(serializedBytes: stream.open.message) else {
            return stream.end(.failure(.invalidArgument, "the message is not a question about a server"))
        }
        let connection = OpenAIConnection(
            index: 0, url: request.url, key: request.key, config: try? JSONValue(json: request.config))
        var status = 502
        var body: [UInt8]
        do {
            let (head, bytes) = try await servers.client.collect(
                try servers.modelsRequest(connection, request.asker), limit: OpenAIServers.answerLimit)
            status = head.status
            body = Array(buffer: bytes)
            if status >= 300 {
                status = max(status, 400)
                body = OpenAIErrorBody.normalised(body, status: head.status, key: connection.key)
            } else if (try? OpenAIModelList(answer: body, connection)) == nil {
                status = 502
                body = Array(OpenAIErrorText.body("the server's answer is no list of models").utf8)
            }
        } catch let failure as HTTPFailure {
            let text = "the server cannot be asked: \(OpenAIErrorBody.reason(failure))"
            if failure.kind == .invalidRequest { status = 400 }
            body = Array(OpenAIErrorText.body(text).utf8)
        } catch {
            status = 501
            body = Array(OpenAIErrorText.body("credentials of this kind are not supported").utf8)
        }
        let head = ResponseHead(status: status, headers: [("content-type", "application/json")])
        stream.sendHead(head.message(length: body.count))
        stream.send(ByteBuffer(bytes: body))
        stream.end(WireEnd())
    }

    // MARK: Figures

    var figures: [ControlFigure] {
        var figures: [ControlFigure] = [
            .counter("martlet_openai_exchanges", "Exchanges with OpenAI servers taken up", Double(exchanges)),
            .counter("martlet_openai_prompt_tokens", "As their answers say", Double(promptTokens)),
            .counter("martlet_openai_completion_tokens", "As their answers say", Double(completionTokens)),
        ]
        for server in servers.servers {
            let labels = ["connection": server.connection.name]
            figures += [
                .gauge(
                    "martlet_openai_server_up", "1 when the server says its models", server.failure == nil ? 1 : 0,
                    labels),
                .gauge("martlet_openai_server_models", "Models listed", Double(server.ids.count), labels),
                .gauge("martlet_openai_server_active", "Requests under way", Double(server.active), labels),
                .counter("martlet_openai_server_requests", "Requests sent", Double(server.requests), labels),
                .counter("martlet_openai_server_errors", "Requests that failed", Double(server.errors), labels),
            ]
        }
        return figures
    }
}

/// Ends the work for somebody who is gone.
@ReactorActor
private final class Questioner: LinkStreamHandler {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) { self.task = task }

    func linkReset(_ error: LinkError, on stream: LinkStream) { task.cancel() }
}
