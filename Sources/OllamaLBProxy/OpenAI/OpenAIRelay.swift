import Contracts
import DaemonKit
import Egress
import Link
import Logging
import NIOCore
import Reactor

/// One `openai.exchange`: takes the request, finds the connection that has the model, passes the answer on as it comes.
///
/// Another connection that lists the same model is tried while nothing has been passed on, and only when the request
/// has not been sent or was refused for load.
@ReactorActor
final class OpenAIRelay {
    private let stream: LinkStream
    private unowned let service: OpenAIService
    private var request = OpenAIExchange()
    private var body = ByteBuffer()
    private var members: JSONMembers?
    private var candidates: [OpenAIServer]?
    private var attempt: OpenAIAttempt?
    private var attempts: UInt32 = 0
    private let startedAt = ContinuousClock.now
    private var choice = ""
    private(set) var isOver = false
    private static let tooLong = "the request's body is longer than MARTLET_MAX_BODY"

    init(_ stream: LinkStream, service: OpenAIService) {
        self.stream = stream
        self.service = service
    }

    func begin() {
        stream.handler = self
        guard let request = try? OpenAIExchange(serializedBytes: stream.open.message) else {
            return finish(.failure(.invalidArgument, "the message is not an exchange"))
        }
        guard !request.verb.isEmpty, OpenAIRequestURL.isConfined(request.path) else {
            return finish(.failure(.invalidArgument, "an exchange needs a verb and a path below the base address"))
        }
        guard request.body.count <= service.servers.settings.integer("MARTLET_MAX_BODY") else {
            return finish(.failure(.invalidArgument, Self.tooLong))
        }
        self.request = request
        body.writeBytes(request.body)
        self.request.body = .init()
        if stream.openFinished { bodyIsWhole() }
    }

    private var path: String { String(request.path.prefix { $0 != "?" }) }

    private func bodyIsWhole() {
        if !request.model.isEmpty {
            do throws(JSONScanner.Malformed) {
                members = try JSONMembers(body.readableBytesView)
            } catch {
                return deliver(400, "the body is not a JSON object", type: "invalid_request_error")
            }
        }
        choose(mayAsk: true)
    }

    // MARK: Attempts

    private func choose(mayAsk: Bool) {
        let pinned = request.hasConnectionIndex ? Int(request.connectionIndex) : nil
        let found = service.servers.choose(
            model: request.model, pinned: pinned, mayBeUnlisted: request.mayBeUnlisted)
        switch found {
        case .servers(let servers):
            candidates = servers
            choice = servers.count == 1 ? "the only one" : "the first of \(servers.count)"
            tryNext()
        case .modelNotFound where mayAsk:
            // It may be new there.
            Task { @ReactorActor in
                await service.servers.refresh(patiently: true)
                if !isOver { choose(mayAsk: false) }
            }
        case .modelNotFound:
            deliver(404, "Model not found", type: "invalid_request_error", code: "model_not_found")
        case .noSuchIndex:
            deliver(404, "there is no OpenAI server with this index", type: "invalid_request_error")
        case .none: deliver(503, "no OpenAI server is configured")
        }
    }

    private func tryNext() {
        guard !isOver, candidates?.isEmpty == false, let server = candidates?.removeFirst() else { return }
        do throws(OpenAIHeaders.Refusal) {
            let upstream = try upstreamRequest(server)
            attempts += 1
            let attempt = OpenAIAttempt(
                server: server, stream: stream, isInference: isInference, conversion: conversion(server.connection))
            self.attempt = attempt
            attempt.onEnd = { [weak self] outcome in self?.ended(outcome, server) }
            attempt.start(upstream, on: service.servers.client)
        } catch {
            log(.error, "credentials of this kind are not possible", ["connection": "\(server.connection.name)"])
            deliver(501, "the server asks for credentials of a kind that is not supported")
        }
    }

    private func upstreamRequest(_ server: OpenAIServer) throws(OpenAIHeaders.Refusal) -> Request {
        let connection = server.connection
        let settings = service.servers.settings
        let headers = try OpenAIHeaders(connection: connection, asker: request.asker, settings: settings)
            .headers(request.headers.map { ($0.name, $0.value) })
        let model = request.model.isEmpty ? "" : connection.plain(request.model)
        var (body, target) = (body, request.path)
        if let members {
            var converted = OpenAIRequestBody(connection: connection, path: path)
                .converted(members, model: request.model)
            if server.pipelines.contains(request.model) { converted["user"] = asker }
            if isConverted(connection) {
                converted = ResponsesRequest.converted(converted)
                target = "/responses" + request.path.dropFirst(path.count)
            }
            body = ByteBuffer(bytes: converted.encoded)
        }
        return Request(
            method: request.verb, url: OpenAIRequestURL.url(connection, path: target, model: model),
            headers: headers, body: body.readableBytes > 0 || request.verb == "POST" ? .buffer(body) : nil,
            timeouts: Request.Timeouts(
                connect: settings.duration("OPENAI_CONNECT_TIMEOUT"),
                firstByte: settings.duration("OPENAI_FIRST_BYTE_TIMEOUT"),
                idle: settings.duration("OPENAI_IDLE_TIMEOUT"), total: nil))
    }

    /// Who asks, as a Pipelines server reads it.
    private var asker: JSONMembers.Text {
        var user = JSONMembers()
        for (name, value) in [
            ("name", request.asker.name), ("id", request.asker.id), ("email", request.asker.email),
            ("role", request.asker.role),
        ] { user.set(name, text: value) }
        return user.encoded[...]
    }

    /// A chat that is asked through `/responses`.
    private func isConverted(_ connection: OpenAIConnection) -> Bool {
        connection.usesResponses && path == "/chat/completions" && members != nil
    }

    private func conversion(_ connection: OpenAIConnection) -> ResponsesStream? {
        guard isConverted(connection) else { return nil }
        let options = members?["stream_options"].flatMap { try? JSONMembers($0) }
        return ResponsesStream(includesUsage: options?.isTrue("include_usage") ?? false)
    }

    /// A request that a model works for: an answer without a body is none.
    private var isInference: Bool {
        request.verb == "POST" && ["/chat/completions", "/completions", "/responses", "/embeddings"].contains(path)
    }

    private func ended(_ outcome: OpenAIAttempt.Outcome, _ server: OpenAIServer) {
        attempt = nil
        let mayTryNext = candidates?.isEmpty == false
        switch outcome {
        case .complete(let statistics): finish(statistics, code: .ok, text: "")
        case .refused(let status, let body, let headers):
            if mayTryNext, status == 503 || status == 429 { return tryNext() }
            log(.info, "refused", ["connection": "\(server.connection.name)", "status": "\(status)"])
            deliver(status, headers, ByteBuffer(bytes: body))
        case .failed(let reason, let wasSent, let isTimeout):
            log(.warning, "attempt failed", ["connection": "\(server.connection.name)", "why": "\(reason)"])
            if mayTryNext, !wasSent { return tryNext() }
            deliver(isTimeout ? 504 : 502, "the server of this model failed: \(reason)", code: "upstream_failed")
        case .impossible(let reason):
            log(.warning, "request not possible", ["connection": "\(server.connection.name)", "why": "\(reason)"])
            deliver(502, "the request cannot be made of the server of this model")
        case .broken(let reason, let statistics):
            log(.warning, "stream broken", ["connection": "\(server.connection.name)", "why": "\(reason)"])
            finish(statistics, code: .unavailable, text: reason)
        }
    }

    // MARK: The end

    private func deliver(_ status: Int, _ error: String, type: String = "upstream_error", code: String? = nil) {
        let text = OpenAIErrorText.body(error, type: type, code: code)
        deliver(status, [("content-type", "application/json")], ByteBuffer(string: text))
    }

    private func deliver(_ status: Int, _ headers: [(String, String)], _ body: ByteBuffer) {
        let head = ResponseHead(status: status, headers: headers)
        stream.sendHead(head.message(length: body.readableBytes))
        stream.send(body)
        finish(OllamaStatistics(), code: .ok, text: "")
    }

    private func finish(_ statistics: OllamaStatistics, code: WireCode, text: String) {
        var statistics = statistics
        statistics.attempts = attempts
        statistics.model = request.model
        statistics.totalMs = startedAt.duration(to: .now).seconds * 1000
        statistics.choice = choice
        service.note(statistics)
        var end = (try? WireEnd.success(statistics)) ?? WireEnd()
        end.code = code
        end.text = text
        log(
            .debug, "exchange",
            [
                "path": "\(path)", "model": "\(request.model)", "server": "\(statistics.backendURL)",
                "choice": "\(choice)", "attempts": "\(attempts)", "first_byte_ms": "\(Int(statistics.firstByteMs))",
                "total_ms": "\(Int(statistics.totalMs))", "bytes": "\(statistics.bytes)",
                "tokens": "\(statistics.completionTokens)",
            ])
        finish(end)
    }

    private func finish(_ end: WireEnd) {
        guard !isOver else { return }
        isOver = true
        stream.end(end)
        service.ended(self)
    }

    /// Gives up: the drain limit is over.
    func abandon() {
        guard !isOver else { return }
        over()
        stream.reset(.unavailable, "the daemon stops")
    }

    private func over() {
        attempt?.cancel()
        attempt = nil
        isOver = true
        service.ended(self)
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ fields: Logger.Metadata) {
        service.logger.log(
            level: level, message, metadata: fields.merging(["request_id": "\(stream.open.requestID)"]) { $1 })
    }
}

extension OpenAIRelay: LinkStreamHandler {
    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        guard body.readableBytes + bytes.readableBytes <= service.servers.settings.integer("MARTLET_MAX_BODY") else {
            stream.reset(.invalidArgument, Self.tooLong)
            return over()
        }
        body.writeImmutableBuffer(bytes)
        stream.consumed(bytes.readableBytes)
        if finished { bodyIsWhole() }
    }

    func linkWritable(on stream: LinkStream) { attempt?.resume() }

    func linkReset(_ error: LinkError, on stream: LinkStream) {
        guard !isOver else { return }
        over()
    }
}
