import Contracts
import HTTPFront
import Identity
import Logging
import NIOCore
import NIOHTTP1

/// Signing in over OAuth and OpenID Connect providers: `/oauth/{provider}/…`, where Open WebUI has it and providers send
/// browsers back to, and the same below `/api/v1/auths`.
struct OAuthRoutes: Sendable {
    let oauth: OAuthService
    let board: SettingsBoard
    let audit: AuditLog
    let logger: Logger

    var routes: [APIRoute] {
        ["/oauth", "/api/v1/auths/oauth"].flatMap { base -> [APIRoute] in
            [
                .async(.GET, "\(base)/{provider}/login", .anyone) { try await login($0) },
                .async(.GET, "\(base)/{provider}/login/callback", .anyone) { try await callback($0) },
                .async(.GET, "\(base)/{provider}/callback", .anyone) { try await callback($0) },
            ]
        } + [
            .json(.GET, "/api/v1/auths/oauth/providers", .anyone) { _ in
                JSONValue.object(["providers": .object(oauth.labels.mapValues(JSONValue.string))]).encoded
            },
            .async(
                .POST, "/api/v1/auths/oauth/{provider}/token/exchange", .anyone, bodyLimit: APIRoute.strangersBodyLimit
            ) { try await exchange($0) },
        ]
    }

    /// Where the browser of somebody who signs out goes: to the provider, if the session began there.
    func signOutRedirect(_ principal: Principal, _ request: HTTPRequest) async -> String? {
        await oauth.signOut(
            sessionID: Admission.cookie("oauth_session_id", request.headers), userID: principal.userID)
    }

    private func login(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let name = request.parameters["provider"] ?? ""
        do throws(OAuthError) {
            let departure = try await oauth.login(
                name, base: RequestOrigin.text(request, board.front), cookie: stateCookie(request))
            var response = HTTPResponse(status: .found, headers: Self.redirect(to: departure.location))
            response.headers.add(name: "set-cookie", value: cookies.state(departure.stateCookie))
            return response
        } catch {
            return try refused(request, name, error)
        }
    }

    private func callback(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let name = request.parameters["provider"] ?? ""
        let query = request.query
        let outcome = await oauth.callback(
            name,
            OAuthCallback(state: query["state"], code: query["code"], error: query["error"], issuer: query["iss"]),
            cookie: stateCookie(request))
        var response: HTTPResponse
        switch outcome.result {
        case .failure(let error): response = try refused(request, name, error)
        case .success(let arrival):
            response = HTTPResponse(status: .temporaryRedirect, headers: Self.redirect(to: oauth.landing()))
            for cookie in cookies.arrival(arrival, withIDToken: oauth.sendsIDTokenCookie) {
                response.headers.add(name: "set-cookie", value: cookie)
            }
            record(request, name, "success", arrival.session)
        }
        response.headers.add(name: "set-cookie", value: cookies.state(outcome.stateCookie))
        return response
    }

    private func exchange(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        var form = try Validation(request.body)
        let token = form.text("token")
        try form.check()
        let name = request.parameters["provider"] ?? ""
        do throws(OAuthError) {
            let session = try await oauth.exchange(name, token: token)
            record(request, name, "success", session)
            return SessionCookies(board: board).response(session)
        } catch {
            if error.shown != .tokenExchangeDisabled { note(request, name, error) }
            throw error.shown.httpError
        }
    }

    // MARK: Pieces

    private var cookies: OAuthCookies { OAuthCookies(board: board) }

    private func stateCookie(_ request: HTTPRequest) -> String? {
        Admission.cookie(OAuthService.stateCookieName, request.headers)
    }

    /// Back to the frontend, which shows the text. What is nobody's to sign in with is a 404.
    private func refused(_ request: HTTPRequest, _ name: String, _ error: OAuthError) throws(HTTPError) -> HTTPResponse
    {
        guard error.shown != .unknownProvider else { throw error.shown.httpError }
        note(request, name, error)
        return HTTPResponse(
            status: .temporaryRedirect, headers: Self.redirect(to: oauth.landing(error: error.shown)))
    }

    private func note(_ request: HTTPRequest, _ name: String, _ error: OAuthError) {
        logger.warning(
            "sign-in over a provider failed",
            metadata: ["provider": "\(name)", "why": "\(error.cause)", "request_id": "\(request.requestID)"])
        record(request, name, "\(error.shown.status)", nil)
    }

    private func record(_ request: HTTPRequest, _ name: String, _ result: String, _ session: SessionResponse?) {
        audit.record(
            "sign-in", result, userID: session?.user.id, email: session?.user.email,
            source: board.front.source(request), detail: "oauth \(name)", requestID: request.requestID)
    }

    private static func redirect(to location: String) -> HTTPHeaders {
        ["location": location, "cache-control": "no-store", "referrer-policy": "no-referrer"]
    }
}
