import Glibc
import HTTPFront
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on a free port with the routes of a test, and what they noticed.
final class TestServer: Sendable {
    let server: HTTPServer
    let port: UInt16
    private let records: Records

    final class Records: Sendable {
        let all = Mutex<[HTTPAccessRecord]>([])
    }

    /// The access log so far.
    var log: [HTTPAccessRecord] { records.all.withLock { $0 } }

    private init(_ server: HTTPServer, _ port: UInt16, _ records: Records) {
        self.records = records
        self.server = server
        self.port = port
    }

    static func with(
        _ routes: [HTTPRoute<String>], limits: HTTPLimits = HTTPLimits(),
        admit: @escaping RouterResponder<String>.Admit = { _, _ in .admitted },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let (descriptor, port) = try TestSockets.tcp()
        let records = Records()
        let server = HTTPServer(
            group: MultiThreadedEventLoopGroup.singleton, limits: limits,
            responder: try RouterResponder(routes, admit: admit),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            accessLog: { record in records.all.withLock { $0.append(record) } })
        try await server.start(listeners: [descriptor])
        let test = TestServer(server, port, records)
        do {
            try await body(test)
        } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    }

    func connect() throws -> RawClient { try RawClient(port: port) }

    func ask(_ text: String) async throws -> String {
        let client = try connect()
        try await client.send(text)
        return try await client.response()
    }
}

extension HTTPRoute<String> {
    static func get(_ pattern: String, _ answer: String) -> Self {
        relay(.GET, pattern) { _, exchange in exchange.respond(text(answer)) }
    }

    static func relay(
        _ method: HTTPMethod, _ pattern: String, bodyLimit: Int = 1024,
        _ serve: @escaping @Sendable (HTTPRequest, any HTTPExchange) -> Void
    ) -> Self {
        HTTPRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: ""), .relay(serve))
    }

    static func waiting(
        _ method: HTTPMethod, _ pattern: String, bodyLimit: Int = 1024,
        _ serve: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Self {
        HTTPRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: ""), .waiting(serve))
    }

    static func task(
        _ method: HTTPMethod, _ pattern: String, bodyLimit: Int = 1024,
        _ serve: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Self {
        HTTPRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: ""), .async(serve))
    }
}

func text(_ text: String, _ status: HTTPResponseStatus = .ok) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["content-type": "text/plain"], body: .bytes(ByteBuffer(string: text)))
}

/// Says what the request was, body included.
func echo(_ request: HTTPRequest) -> HTTPResponse {
    text("\(request.method.rawValue) \(request.rawPath) \(String(buffer: request.body))")
}
