import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Auths": sign-up, sign-in, the session and API keys.
struct AuthsRoutes: Sendable {
    let accounts: AccountService

    var routes: [APIRoute] {
        [
            .async(.POST, "/api/v1/auths/signup", .anyone) { request in
                var form = try Validation(request.body)
                let (name, email, password) = (form.text("name"), form.text("email"), form.text("password"))
                try form.check()
                return try await answer {
                    () async throws(APIError) in try await accounts.signUp(name: name, email: email, password: password)
                }
            },
            .async(.POST, "/api/v1/auths/signin", .anyone) { request in
                var form = try Validation(request.body)
                let (email, password) = (form.text("email"), form.text("password"))
                try form.check()
                return try await answer {
                    () async throws(APIError) in try await accounts.signIn(email: email, password: password)
                }
            },
            .async(.GET, "/api/v1/auths/", .authenticated) { request in
                let principal = try request.principal()
                let token = Admission.token(request.headers) ?? ""
                return try await answer {
                    () async throws(APIError) in try await accounts.session(principal, token: token)
                }
            },
            .async(.GET, "/api/v1/auths/api_key", .verified) { request in
                let principal = try request.principal()
                return try await key { () async throws(APIError) in try await accounts.apiKey(of: principal) }
            },
            .async(.POST, "/api/v1/auths/api_key", .verified) { request in
                let principal = try request.principal()
                return try await key { () async throws(APIError) in try await accounts.createAPIKey(principal) }
            },
            .async(.DELETE, "/api/v1/auths/api_key", .verified) { request in
                let principal = try request.principal()
                do throws(APIError) {
                    _ = try await accounts.deleteAPIKey(principal)
                    return HTTPResponse(json: ByteBuffer(string: "true"))
                } catch {
                    throw error.httpError
                }
            },
        ]
    }

    private func key(_ body: () async throws(APIError) -> String) async throws(HTTPError) -> HTTPResponse {
        do throws(APIError) {
            let key = try await body()
            return HTTPResponse(json: ByteBuffer(string: "{\"api_key\":\(JSONText.quoted(key))}"))
        } catch {
            throw error.httpError
        }
    }

    /// The session as JSON, and its token as a cookie.
    private func answer(_ body: () async throws(APIError) -> SessionResponse) async throws -> HTTPResponse {
        let session: SessionResponse
        do throws(APIError) { session = try await body() } catch { throw error.httpError }
        var response = HTTPResponse(json: ByteBuffer(bytes: try JSONEncoder().encode(session)))
        response.headers.add(name: "set-cookie", value: Self.cookie(session))
        return response
    }

    static func cookie(_ session: SessionResponse) -> String {
        var cookie = "token=\(session.token); Path=/; HttpOnly; SameSite=lax"
        if let expiresAt = session.expiresAt {
            cookie += "; Expires=" + HTTPDate.text(expiresAt)
        }
        return cookie
    }
}
