import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// The one way into every route: who is it (`Authenticator`), may they (`Gate`). Runs before the body is read.
struct Admission: Sendable {
    let authenticator: Authenticator
    let board: SettingsBoard
    let audit: AuditLog
    /// Who may provision beside administrators.
    let provisioning: ProvisioningClients

    func admit(_ request: inout HTTPRequest, _ access: Access) -> HTTPAdmission {
        guard access != .anyone else { return .admitted }
        if access == .provisioning { return admitProvisioning(&request) }
        guard let token = Self.token(request.headers) else { return .refused(APIError.notAuthenticated.response) }
        let path = String(request.rawPath)
        if let principal = authenticator.cached(token, path: path) { return decide(&request, access, principal) }
        return .later { request in
            do throws(AuthenticationError) {
                let principal = try await authenticator.authenticate(token, path: path)
                return decide(&request, access, principal)
            } catch {
                let refusal = error.response
                note(request, "\(refusal.status)", nil)
                return .refused(refusal.response)
            }
        }
    }

    private func decide(_ request: inout HTTPRequest, _ access: Access, _ principal: Principal) -> HTTPAdmission {
        if let refusal = refusal(request, access, principal) {
            note(request, "\(refusal.status)", principal)
            return .refused(refusal.response)
        }
        request.context = principal
        return .admitted
    }

    func refusal(_ request: HTTPRequest, _ access: Access, _ principal: Principal) -> APIError? {
        Gate.decide(access, principal) ?? mismatch(request, principal)
    }

    /// A proxy says that this is somebody else.
    private func mismatch(_ request: HTTPRequest, _ principal: Principal) -> APIError? {
        let front = board.front
        guard let email = front.trustedHeader(front.emailHeader, request) else { return nil }
        return email.lowercased() == principal.email.lowercased() ? nil : .userMismatch
    }

    func note(_ request: HTTPRequest, _ result: String, _ principal: Principal?) {
        audit.record(
            "refused", result, userID: principal?.userID, email: principal?.email, source: board.front.source(request),
            detail: "\(request.method.rawValue) \(request.rawPath)", requestID: request.requestID)
    }

    /// `Authorization: Bearer …`, else the cookie `token`.
    static func token(_ headers: HTTPHeaders) -> String? {
        bearer(headers) ?? cookie("token", headers)
    }

    /// `Authorization: Bearer …`.
    static func bearer(_ headers: HTTPHeaders) -> String? {
        guard let value = headers.first(name: "authorization"), value.prefix(7).lowercased() == "bearer " else {
            return nil
        }
        let token = value.dropFirst(7).drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }

    /// The value of a cookie; nil if it is absent or empty.
    static func cookie(_ name: String, _ headers: HTTPHeaders) -> String? {
        for cookies in headers[canonicalForm: "cookie"] {
            for cookie in cookies.split(separator: ";") {
                let pair = cookie.drop { $0 == " " }
                guard pair.hasPrefix(name), pair.dropFirst(name.count).first == "=" else { continue }
                let value = pair.dropFirst(name.count + 1)
                if !value.isEmpty { return String(value) }
            }
        }
        return nil
    }
}

extension APIError {
    var httpError: HTTPError { HTTPError(HTTPResponseStatus(statusCode: status), detail) }
    var response: HTTPResponse { httpError.response }
}
