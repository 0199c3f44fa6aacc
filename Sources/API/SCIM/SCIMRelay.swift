import Contracts
import HTTPFront
import Link
import Logging
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// One request to the daemon scim, on the client's event loop.
///
/// A request waits while the daemon is handed over. Answers to changes are held back until their end, which tells what
/// must be forgotten here: the client's next request shall find it so. Such a request is not given up when the client
/// leaves, and not made twice.
final class SCIMRelay: LinkChannelStreamHandler {
    private let exchange: any HTTPExchange
    private let link: ProxyLink
    private let open: WireOpen
    private let body: ByteBuffer?
    private let routes: SCIMRoutes
    private let isChange: Bool
    private var channel: LinkChannelHandler?
    private var stream: UInt32 = 0
    private var attempts = 0
    private var head: HTTPResponse?
    private var held = ByteBuffer()
    private var unread = 0
    private var isOver = false
    private var watch: Scheduled<Void>?

    private static let attemptLimit = 5
    /// Bodies up to this size travel in OPEN itself.
    private static let inlineBody = 512 * 1024
    /// Milliseconds that a request may take.
    private static let limit: UInt32 = 60_000
    /// How often the supervisor is asked about a daemon that does not answer.
    private static let patience = TimeAmount.milliseconds(250)

    init(
        exchange: any HTTPExchange, link: ProxyLink, request: ScimExchange, body: ByteBuffer, requestID: String,
        routes: SCIMRoutes
    ) {
        self.exchange = exchange
        self.link = link
        self.routes = routes
        isChange = request.verb != "GET" && !request.path.hasSuffix("/.search")
        var request = request
        if body.readableBytes <= Self.inlineBody {
            request.body = .init(body.readableBytesView)
            self.body = nil
        } else {
            self.body = body
        }
        var open = WireOpen()
        open.method = Methods.scimExchange.name
        open.message = (try? request.serializedBytes()) ?? .init()
        open.requestID = requestID
        open.timeoutMs = Self.limit
        self.open = open
    }

    func begin() {
        exchange.onClientGone = { self.clientGone() }
        exchange.onWritable = { self.clientCaughtUp() }
        attempt()
        lookAgain()
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

    // MARK: A daemon that does not answer

    private func lookAgain() {
        let this = NIOLoopBound(self, eventLoop: exchange.eventLoop)
        watch = exchange.eventLoop.scheduleTask(in: Self.patience) { this.value.askState() }
    }

    /// Nobody accepts while the daemon is stopped, so the request would wait for its start.
    private func askState() {
        guard !isOver, head == nil else { return }
        let this = NIOLoopBound(self, eventLoop: exchange.eventLoop)
        let (loop, state) = (exchange.eventLoop, routes.daemonState)
        Task {
            let state = await state()
            loop.execute { this.value.heard(state) }
        }
    }

    private func heard(_ state: String?) {
        guard !isOver, head == nil else { return }
        guard state == "stopped" || state == "degraded" else { return lookAgain() }
        channel?.reset(stream)
        end { $0.respond(SCIMAnswer.unavailable("The daemon scim is \(state ?? "").")) }
    }

    // MARK: From the daemon

    func linkHead(_ head: WireHead) {
        guard !isOver, self.head == nil else { return }
        var headers = HTTPHeaders()
        for header in head.headers { headers.add(name: header.name, value: header.value) }
        let status = HTTPResponseStatus(statusCode: Int(head.status))
        if status == .serviceUnavailable, headers.first(name: "retry-after") == nil {
            headers.add(name: "retry-after", value: "5")
        }
        self.head = HTTPResponse(status: status, headers: headers)
        if !isChange { exchange.writeHead(status, headers: headers) }
    }

    func linkData(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        let count = bytes.readableBytes
        if isChange {
            held.writeImmutableBuffer(bytes)
        } else {
            exchange.write(bytes)
            guard exchange.isWritable else {
                unread += count
                return
            }
        }
        channel?.consumed(count, on: stream)
    }

    func linkTurnEnd() {
        if !isOver, !isChange { exchange.flush() }
    }

    func linkEnd(_ end: WireEnd) {
        guard !isOver else { return }
        guard end.code == .ok, var response = head else { return failed(LinkError(end.code, end.text)) }
        let outcome = try? ScimOutcome(serializedBytes: end.message)
        for id in outcome?.changedUsers ?? [] { routes.authenticator.forget(userID: id) }
        if isChange {
            response.headers.remove(name: "content-length")
            if held.readableBytes > 0 { response.body = .bytes(held) }
            self.end { $0.respond(response) }
        } else {
            self.end { $0.finish() }
        }
    }

    func linkReset(_ error: LinkError) {
        if !isOver { failed(error) }
    }

    // MARK: Ends

    private func end(_ answer: (any HTTPExchange) -> Void) {
        isOver = true
        watch?.cancel()
        answer(exchange)
    }

    private func failed(_ error: LinkError) {
        channel = nil
        let mayRepeat = error.isSafeToRetry || !isChange && error.code == .unavailable
        if head == nil || isChange, mayRepeat, attempts < Self.attemptLimit {
            head = nil
            held.clear()
            return attempt()
        }
        routes.logger.warning(
            "a SCIM request failed",
            metadata: ["request_id": "\(open.requestID)", "error": "\(error)", "attempts": "\(attempts)"])
        guard head == nil || isChange else { return end { $0.fail() } }
        end { $0.respond(SCIMAnswer.unavailable("The request could not be passed on.")) }
    }

    // MARK: From the client

    private func clientGone() {
        guard !isOver, !isChange else { return }
        isOver = true
        watch?.cancel()
        channel?.reset(stream)
    }

    private func clientCaughtUp() {
        guard !isOver, unread > 0 else { return }
        channel?.consumed(unread, on: stream)
        unread = 0
    }
}
