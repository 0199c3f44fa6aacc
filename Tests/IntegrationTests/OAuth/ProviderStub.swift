import Contracts
import Crypto
import FoundationEssentials
import Glibc
import HTTPFront
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An OpenID Connect provider that does what its script says, right or wrong: keys that rotate, forged tokens, silence.
/// It speaks real HTTP on a port of its own, and checks what a provider checks.
final class ProviderStub: Sendable {
    struct State: Sendable {
        var script = ProviderScript()
        var requests: [String: Int] = [:]
        var codes: [String: Grant] = [:]
        var lastTokenHeaders: [String: String] = [:]
        var lastForm: [String: String] = [:]
        var lastRegistration: JSONValue = .null
    }

    /// What a code stands for.
    struct Grant: Sendable {
        var redirectURI: String
        var nonce: String?
        var challenge: String?
    }

    let port: Int
    let state = Mutex(State())
    private let server = Mutex<HTTPServer?>(nil)

    var url: String { "http://127.0.0.1:\(port)" }

    private init(port: Int) { self.port = port }

    static func start(_ script: ProviderScript = ProviderScript()) async throws -> ProviderStub {
        let (descriptor, port) = try listen()
        let stub = ProviderStub(port: port)
        stub.state.withLock { $0.script = script }
        let server = HTTPServer(
            group: MultiThreadedEventLoopGroup.singleton,
            responder: try RouterResponder(stub.routes) { _, _ in .admitted },
            logger: Logger(label: "provider") { _ in SwiftLogNoOpLogHandler() })
        try await server.start(listeners: [descriptor])
        stub.server.withLock { $0 = server }
        return stub
    }

    func stop() async {
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        await server?.shutdown()
    }

    /// Behaves otherwise from the next request on.
    func change(_ body: (inout ProviderScript) -> Void) { state.withLock { body(&$0.script) } }

    func requests(_ path: String) -> Int { state.withLock { $0.requests[path] ?? 0 } }

    private static func listen() throws -> (CInt, Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> CInt in
                guard bind(descriptor, address, length) == 0, Glibc.listen(descriptor, 256) == 0 else { return -1 }
                return getsockname(descriptor, address, &length)
            }
        }
        guard result == 0 else { throw Missed("the provider stub cannot listen") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    // MARK: Routes

    private var routes: [HTTPRoute<Void>] {
        [
            route(.GET, "/.well-known/openid-configuration") { stub, _ in stub.json(stub.metadata(stub.url)) },
            route(.GET, "/{tenant}/v2.0/.well-known/openid-configuration") { stub, _ in
                stub.json(stub.metadata("\(stub.url)/{tenantid}/v2.0"))
            },
            route(.GET, "/jwks") { stub, _ in
                let keys = stub.state.withLock { $0.script.published.map(\.document) }
                return stub.json(.object(["keys": .array(keys)]))
            },
            route(.GET, "/authorize") { stub, request in stub.authorize(request) },
            route(.POST, "/token") { stub, request in stub.token(request) },
            route(.GET, "/userinfo") { stub, request in
                guard request.headers.first(name: "authorization") == "Bearer at-1" else {
                    return HTTPResponse(status: .unauthorized)
                }
                return stub.json(.object(stub.state.withLock { $0.script.userinfo }))
            },
            route(.GET, "/emails") { stub, _ in stub.json(.array(stub.state.withLock { $0.script.emails })) },
            route(.GET, "/photo") { stub, request in
                guard request.headers.first(name: "authorization") == "Bearer at-1" else {
                    return HTTPResponse(status: .unauthorized)
                }
                return HTTPResponse(body: .bytes(ByteBuffer(bytes: stub.state.withLock { $0.script.picture })))
            },
            // A tool server that refuses who has no token, and says whom to ask for one.
            route(.POST, "/mcp") { stub, _ in
                let challenge = stub.state.withLock { $0.script.challenge }
                return HTTPResponse(status: .unauthorized, headers: ["www-authenticate": challenge])
            },
            route(.GET, "/resource") { stub, _ in stub.json(stub.state.withLock { $0.script.resource }) },
            route(.POST, "/register") { stub, request in
                let (answer, status) = stub.state.withLock { state in
                    state.lastRegistration = (try? JSONValue(json: request.body.readableBytesView)) ?? .null
                    return (state.script.registration, state.script.registrationStatus)
                }
                return stub.json(answer, status: .init(statusCode: status))
            },
            route(.GET, "/claimed-photo") { stub, _ in
                HTTPResponse(body: .bytes(ByteBuffer(bytes: stub.state.withLock { $0.script.picture })))
            },
        ]
    }

    private func route(
        _ method: HTTPMethod, _ path: String,
        _ body: @escaping @Sendable (ProviderStub, HTTPRequest) -> HTTPResponse
    ) -> HTTPRoute<Void> {
        HTTPRoute(
            HTTPRouteInfo(method, path, metadata: ()),
            .async { [weak self] request in
                guard let self else { return HTTPResponse(status: .serviceUnavailable) }
                let script = state.withLock { state in
                    state.requests[path, default: 0] += 1
                    return state.script
                }
                if script.hanging.contains(path) {
                    // Longer than any test waits; ends when the client leaves.
                    try await Task.sleep(for: .seconds(120))
                }
                if let status = script.failing[path] { return HTTPResponse(status: .init(statusCode: status)) }
                if let text = script.garbage[path] { return HTTPResponse(json: ByteBuffer(string: text)) }
                return body(self, request)
            })
    }

    private func json(_ document: JSONValue, status: HTTPResponseStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, json: ByteBuffer(string: document.encoded))
    }

    private func metadata(_ issuer: String) -> JSONValue {
        let members: [String: JSONValue] = [
            "issuer": .string(issuer), "authorization_endpoint": .string("\(url)/authorize"),
            "token_endpoint": .string("\(url)/token"), "userinfo_endpoint": .string("\(url)/userinfo"),
            "jwks_uri": .string("\(url)/jwks"),
        ]
        return .object(members.merging(state.withLock { $0.script.metadata }) { $1 })
    }

    /// Somebody is signed in here already, and agrees to everything.
    private func authorize(_ request: HTTPRequest) -> HTTPResponse {
        let query = request.query
        let grant = Grant(
            redirectURI: query["redirect_uri"] ?? "", nonce: query["nonce"], challenge: query["code_challenge"])
        let code = "code-\(UInt64.random(in: 0 ... .max))"
        let parameters = state.withLock { state in
            state.codes[code] = grant
            return state.script.callback ?? ["code": code]
        }
        var location = grant.redirectURI + "?state=" + percentEncoded(query["state"] ?? "")
        for (name, value) in parameters { location += "&\(name)=\(percentEncoded(value))" }
        return HTTPResponse(status: .found, headers: ["location": location])
    }

    private func token(_ request: HTTPRequest) -> HTTPResponse {
        let form = query("?" + String(buffer: request.body))
        let (script, grant) = state.withLock { state in
            state.lastForm = form
            state.lastTokenHeaders = Dictionary(
                request.headers.map { ($0.name.lowercased(), $0.value) }
            ) { first, _ in first }
            // A code counts once.
            return (state.script, state.codes.removeValue(forKey: form["code"] ?? ""))
        }
        if form["grant_type"] == "refresh_token" { return refresh(form, script) }
        guard let grant, form["redirect_uri"] == grant.redirectURI, Self.proves(form["code_verifier"], grant) else {
            return json(.object(["error": .string("invalid_grant")]), status: .badRequest)
        }
        var answer: [String: JSONValue] = [
            "access_token": .string("at-1"), "token_type": .string("bearer"), "expires_in": .integer(3600),
            "refresh_token": .string("rt-1"),
        ]
        if script.givesIDToken {
            answer["id_token"] = .string(
                script.idToken(issuer: url, nonce: grant.nonce, now: Int64(Date().timeIntervalSince1970)))
        }
        return json(.object(answer.merging(script.tokenAnswer) { $1 }))
    }

    private func refresh(_ form: [String: String], _ script: ProviderScript) -> HTTPResponse {
        guard let given = form["refresh_token"], script.refreshTokens.contains(given) else {
            return json(.object(["error": .string("invalid_grant")]), status: .badRequest)
        }
        return json(.object(["access_token": .string("at-after-\(given)"), "expires_in": .integer(7200)]))
    }

    private static func proves(_ verifier: String?, _ grant: Grant) -> Bool {
        guard let challenge = grant.challenge else { return verifier == nil }
        return verifier.map { ProviderKey.base64URL(SHA256.hash(data: Array($0.utf8))) } == challenge
    }
}
