import NIOCore
import NIOHTTP1

/// The answer to one request: frames it and hands it to its connection. Lets go of the connection when it is finished
/// or the client is gone; from then on it does nothing.
final class ConnectionExchange: HTTPExchange {
    /// From here up a piece is sent as it is instead of being copied into the stage.
    private static let copied = 32 * 1024
    /// The stage is handed to the socket at this size though nobody flushed.
    private static let staged = 64 * 1024

    let eventLoop: any EventLoop
    let started = NIODeadline.now()
    let inbound: InboundMessage
    var request: HTTPRequest
    var task: Task<Void, Never>?
    var onWritable: (() -> Void)?
    var onClientGone: (() -> Void)?

    private(set) var status = 0
    private(set) var bytesSent = 0
    private(set) var keepAlive = false
    private(set) var framing = ResponseFraming.chunked
    private(set) var connection: HTTPConnectionHandler?
    private var hasStarted = false
    private var unsent = 0
    private var stage = ChunkStage()
    private var writers: [CheckedContinuation<Void, any Error>] = []

    init(_ request: HTTPRequest, _ inbound: InboundMessage, _ connection: HTTPConnectionHandler) {
        self.request = request
        self.inbound = inbound
        self.connection = connection
        eventLoop = connection.loop.eventLoop
    }

    // MARK: Answering

    func writeHead(_ status: HTTPResponseStatus, headers: HTTPHeaders) {
        let length = headers.first(name: "content-length").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        guard let head = start(status, headers, length: length) else { return }
        send(head)
    }

    func respond(_ response: HTTPResponse) {
        switch response.body {
        case .empty: respond(response, ByteBuffer())
        case .bytes(let body): respond(response, body)
        case .stream(let produce): connection?.run(produce, response, self)
        }
    }

    private func respond(_ response: HTTPResponse, _ body: ByteBuffer) {
        let isSmall = body.readableBytes <= Self.copied
        guard let head = start(response.status, response.headers, length: body.readableBytes, isSmall ? body : nil)
        else { return }
        send(head)
        if case .length = framing, !isSmall { send(body) }
        unsent = 0
        complete()
    }

    func write(_ data: ByteBuffer) {
        guard connection != nil, hasStarted, data.readableBytes > 0 else { return }
        if case .none = framing { return }
        if case .length = framing {
            guard data.readableBytes <= unsent else { return cutOff() }
            unsent -= data.readableBytes
        }
        if data.readableBytes >= Self.copied {
            sendWhole(data)
        } else {
            stage.append(data)
            if stage.count >= Self.staged { emit(isLast: false) }
        }
        if connection?.isOverfull == true { cutOff() }
    }

    func flush() {
        emit(isLast: false)
        connection?.flush()
    }

    func finish() {
        guard connection != nil else { return }
        guard hasStarted, unsent == 0 else { return fail() }
        emit(isLast: true)
        complete()
    }

    func fail() {
        guard let connection else { return }
        if hasStarted {
            connection.cut(self, tellsSource: false)
        } else {
            respond(HTTPError.unexpected(requestID: request.requestID))
        }
    }

    /// The source broke its promise (length, back-pressure): it is told to stop.
    private func cutOff() {
        connection?.cut(self, tellsSource: true)
    }

    // MARK: Back-pressure

    var isWritable: Bool { connection?.isWritable == true && stage.count < Self.staged }

    /// For streams of tasks: sends at once, answers when there is room again.
    func write(_ data: ByteBuffer, _ done: CheckedContinuation<Void, any Error>) {
        write(data)
        flush()
        if connection == nil {
            done.resume(throwing: CancellationError())
        } else if isWritable {
            done.resume()
        } else {
            writers.append(done)
        }
    }

    func becameWritable() {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume() }
        onWritable?()
    }

    // MARK: Ends

    /// The client is gone, or the connection was cut.
    func abandon(tellsSource: Bool) {
        let gone = tellsSource ? onClientGone : nil
        letGo()
        task?.cancel()
        task = nil
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(throwing: CancellationError()) }
        gone?()
    }

    private func complete() {
        guard let connection else { return }
        letGo()
        connection.finished(self)
        task = nil
    }

    private func letGo() {
        connection = nil
        onWritable = nil
        onClientGone = nil
        inbound.source?.fail(CancellationError())
    }

    // MARK: Bytes

    /// Decides how the body is framed and whether the connection lives on. `nil`: there is nobody to answer, or an
    /// answer is under way.
    private func start(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, length: Int?, _ body: ByteBuffer? = nil
    ) -> ByteBuffer? {
        guard let connection, !hasStarted else { return nil }
        hasStarted = true
        self.status = Int(status.code)
        framing = chooseFraming(status, length)
        var together = ByteBuffer()
        if case .length(let length) = framing {
            unsent = length
            if let body { together = body }
        }
        keepAlive = framing != .untilClose && connection.mayKeepAlive(self)
        let head = ResponseHead(
            status: status, headers: headers, framing: framing, keepAlive: keepAlive, isHTTP10: inbound.isHTTP10)
        return connection.loop.encode(head, request.identifier, together)
    }

    private func chooseFraming(_ status: HTTPResponseStatus, _ length: Int?) -> ResponseFraming {
        if status == .noContent || status.code < 200 { return .none(length: nil) }
        // A 304 without a body to measure must not claim that there is nothing.
        if status == .notModified { return .none(length: length == 0 ? nil : length) }
        if request.method == .HEAD { return .none(length: length) }
        if let length { return .length(length) }
        return inbound.isHTTP10 ? .untilClose : .chunked
    }

    private func emit(isLast: Bool) {
        let bytes = framing == .chunked && hasStarted ? stage.takeChunk(isLast: isLast) : stage.takePlain()
        if let bytes { send(bytes) }
    }

    private func sendWhole(_ data: ByteBuffer) {
        emit(isLast: false)
        guard framing == .chunked else { return send(data) }
        send(ByteBuffer(string: String(data.readableBytes, radix: 16) + "\r\n"))
        send(data)
        send(ByteBuffer(staticString: "\r\n"))
    }

    private func send(_ bytes: ByteBuffer) {
        bytesSent += bytes.readableBytes
        connection?.send(bytes)
    }
}
