import Contracts
import Link
import Logging
import NIOCore
import Reactor

/// One `scim.exchange`: takes the request, has it answered on another thread, sends the answer.
@ReactorActor
final class ExchangeHandler: LinkStreamHandler {
    private let stream: LinkStream
    private unowned let daemon: SCIMDaemon
    private var message = ScimExchange()
    private var body: [UInt8] = []
    private var task: Task<Void, Never>?
    private var isOver = false

    init(_ stream: LinkStream, daemon: SCIMDaemon) {
        self.stream = stream
        self.daemon = daemon
    }

    func begin() {
        stream.handler = self
        guard let message = try? ScimExchange(serializedBytes: stream.open.message) else {
            stream.end(.failure(.invalidArgument, "the message is not an exchange"))
            return over(nil)
        }
        self.message = message
        body = Array(message.body)
        self.message.body = .init()
        if stream.openFinished { run() }
    }

    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        guard body.count + bytes.readableBytes <= SCIMService.bodyLimit else {
            return send(SCIMResponse(SCIMError(413, nil, "The body is too long.")), Array())
        }
        body += bytes.readableBytesView
        stream.consumed(bytes.readableBytes)
        if finished { run() }
    }

    /// The caller gave up. What has begun is finished by its transaction.
    func linkReset(_ error: LinkError, on stream: LinkStream) {
        task?.cancel()
        over(nil)
    }

    func abandon() {
        guard !isOver else { return }
        task?.cancel()
        stream.reset(.unavailable, "the daemon stops")
        over(nil)
    }

    private func over(_ status: Int?) {
        guard !isOver else { return }
        isOver = true
        daemon.ended(self, status: status)
    }

    private func run() {
        do {
            guard let service = try daemon.service() else {
                return send(SCIMResponse(SCIMError(404, nil, "Provisioning is off (ENABLE_SCIM).")))
            }
            let request = try SCIMRequest(message, body: body, requestID: stream.open.requestID)
            body = []
            task = Task { @ReactorActor in
                // Who waited for a stopped daemon may have left before it was started.
                guard !isOver, !Task.isCancelled else { return }
                let (response, bytes) = await service.encodedAnswer(request)
                send(response, bytes)
            }
        } catch let error as SCIMError {
            send(SCIMResponse(error))
        } catch {
            daemon.logger.error("the database cannot be opened", metadata: ["error": "\(error)"])
            send(SCIMResponse(SCIMError(503, nil, "The database cannot be opened.")))
        }
    }

    private func send(_ response: SCIMResponse) { send(response, response.encodedBody) }

    private func send(_ response: SCIMResponse, _ bytes: [UInt8]) {
        guard !isOver else { return }
        var head = WireHead()
        head.status = UInt32(clamping: response.status)
        var headers = response.headers
        if !bytes.isEmpty { headers.append(("content-type", "application/scim+json")) }
        if response.status != 304 && response.status != 204 { headers.append(("content-length", "\(bytes.count)")) }
        for (name, value) in headers {
            var header = WireHeader()
            header.name = name
            header.value = value
            head.headers.append(header)
        }
        stream.sendHead(head)
        if !bytes.isEmpty { stream.send(ByteBuffer(bytes: bytes)) }
        var outcome = ScimOutcome()
        outcome.changedUsers = response.changedUsers.sorted()
        stream.end((try? WireEnd.success(outcome)) ?? WireEnd())
        over(response.status)
    }
}

extension SCIMResponse {
    var encodedBody: [UInt8] { body.map { Array($0.jsonText.utf8) } ?? [] }
}

extension SCIMService {
    /// The answer and its body, written on the thread that made it.
    @concurrent
    func encodedAnswer(_ request: SCIMRequest) async -> (SCIMResponse, [UInt8]) {
        var response = await answer(request)
        let bytes = response.encodedBody
        response.body = nil
        return (response, bytes)
    }
}
