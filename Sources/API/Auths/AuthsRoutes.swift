import Contracts
import DaemonKit
import FoundationEssentials
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Auths": sign-up, sign-in, sign-out, the session and API keys.
struct AuthsRoutes: Sendable {
    let accounts: AccountService
    let board: SettingsBoard
    let audit: AuditLog
    /// Where a browser goes after a sign-out: nil for the default.
    var signOutRedirect: @Sendable (Principal, HTTPRequest) async -> String? = { _, _ in nil }

    private var cookies: SessionCookies { SessionCookies(board: board) }

    var routes: [APIRoute] { signingIn + session + keys }

    private var signingIn: [APIRoute] {
        [
            .async(.POST, "/api/v1/auths/signup", .anyone, bodyLimit: APIRoute.strangersBodyLimit) { request in
                var form = try Validation(request.body)
                let (name, email, password) = (form.text("name"), form.text("email"), form.text("password"))
                try form.check()
                return try await begin(request, "sign-up", email: email) { () async throws(APIError) in
                    try await accounts.signUp(name: name, email: email, password: password)
                }
            },
            .async(.POST, "/api/v1/auths/signin", .anyone, bodyLimit: APIRoute.strangersBodyLimit) { request in
                var form = try Validation(request.body)
                let (email, password) = (form.text("email"), form.text("password"))
                try form.check()
                guard board.front.emailHeader.isEmpty else { return try await trusted(request) }
                return try await begin(request, "sign-in", email: email, "password") { () async throws(APIError) in
                    try await accounts.signIn(email: email, password: password)
                }
            },
        ]
            + [HTTPMethod.GET, .POST].map { method in
                .async(method, "/api/v1/auths/signout", .authenticated) { try await signOut($0) }
            }
    }

    private var session: [APIRoute] {
        [
            .waiting(.GET, "/api/v1/auths/", .authenticated) { request in
                let principal = try request.principal()
                let token = Admission.token(request.headers) ?? ""
                do throws(APIError) {
                    return cookies.response(try await accounts.session(principal, token: token))
                } catch {
                    throw error.httpError
                }
            },
            .async(.GET, "/api/v1/auths/profile", .authenticated) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    let session = try await accounts.session(principal, token: "")
                    guard var json = try? JSONValue(json: JSONEncoder().encode(session)),
                        case .object(var members) = json
                    else { throw .internalError }
                    for secret in ["token", "token_type", "expires_at"] { members[secret] = nil }
                    json = .object(members)
                    return json.encoded
                }
            },
            .async(.GET, "/api/v1/auths/token", .anyone) { request in
                guard let token = Admission.cookie("token", request.headers) else {
                    throw HTTPError(.notFound, "There is no session in this browser.")
                }
                return try await answer { () async throws(APIError) in
                    let expiresAt = try await accounts.expiry(of: token)
                    return "{\"token\":\(JSONText.quoted(token)),\"token_type\":\"Bearer\",\"expires_at\":"
                        + (expiresAt.map(String.init) ?? "null") + "}"
                }
            },
        ]
    }

    private var keys: [APIRoute] {
        [
            .async(.GET, "/api/v1/auths/api_key", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    Self.key(try await accounts.apiKey(of: principal))
                }
            },
            .async(.POST, "/api/v1/auths/api_key", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    Self.key(try await accounts.createAPIKey(principal))
                }
            },
            .async(.DELETE, "/api/v1/auths/api_key", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    _ = try await accounts.deleteAPIKey(principal)
                    return "true"
                }
            },
        ]
    }

    private static func key(_ key: String) -> String { "{\"api_key\":\(JSONText.quoted(key))}" }

    /// A session that begins here, or the refusal; both are audited.
    func begin(
        _ request: HTTPRequest, _ event: String, email: String, _ way: String? = nil,
        _ body: () async throws(APIError) -> SessionResponse
    ) async throws(HTTPError) -> HTTPResponse {
        let source = board.front.source(request)
        do throws(APIError) {
            let session = try await body()
            audit.record(
                event, "success", userID: session.user.id, email: session.user.email, source: source, detail: way,
                requestID: request.requestID)
            return cookies.response(session)
        } catch {
            audit.record(
                event, "\(error.status)", email: email, source: source, detail: way, requestID: request.requestID)
            throw error.httpError
        }
    }

    /// Somebody whom a proxy has signed in. The headers count only from a proxy that is named in the settings.
    private func trusted(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let front = board.front
        guard let email = front.trustedHeader(front.emailHeader, request) else {
            audit.record(
                "sign-in", "400", source: front.source(request), detail: "trusted header", requestID: request.requestID)
            throw APIError.invalidTrustedHeader.httpError
        }
        let name = front.trustedHeader(front.nameHeader, request).flatMap { $0.removingPercentEncoding } ?? email
        var identity = ExternalIdentity(email: email, name: name)
        if let groups = front.trustedHeader(front.groupsHeader, request) {
            let names = groups.parts(separatedBy: ",")
            if !names.isEmpty { identity.groups = .init(names: names) }
        }
        let known = identity
        return try await begin(request, "sign-in", email: email, "trusted header") { () async throws(APIError) in
            try await accounts.signIn(external: known)
        }
    }

    private func signOut(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let principal = try request.principal()
        let token = Admission.token(request.headers) ?? ""
        var redirect = await signOutRedirect(principal, request)
        let configured = board.settings.text("WEBUI_AUTH_SIGNOUT_REDIRECT_URL")
        if redirect == nil, !configured.isEmpty { redirect = configured }
        let target = redirect.map { ",\"redirect_url\":\(JSONText.quoted($0))" } ?? ""
        var response = try await answer { () async throws(APIError) in
            try await accounts.signOut(principal, token: token)
            return "{\"status\":true\(target)}"
        }
        audit.record(
            "sign-out", "success", userID: principal.userID, email: principal.email,
            source: board.front.source(request), requestID: request.requestID)
        cookies.clear(&response)
        return response
    }
}
