import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// The one way into every route: who is it (`Authenticator`), may they (`Gate`). Runs before the body is read.
struct Admission: Sendable {
    let authenticator: Authenticator

    func admit(_ request: inout HTTPRequest, _ access: Access) -> HTTPAdmission {
        guard access != .anyone else { return .admitted }
        guard let token = Self.token(request.headers) else { return .refused(APIError.notAuthenticated.response) }
        let path = String(request.rawPath)
        if let principal = authenticator.cached(token, path: path) { return decide(&request, access, principal) }
        return .later { request in
            do throws(AuthenticationError) {
                let principal = try await authenticator.authenticate(token, path: path)
                return decide(&request, access, principal)
            } catch {
                return .refused(error.response.response)
            }
        }
    }

    private func decide(_ request: inout HTTPRequest, _ access: Access, _ principal: Principal) -> HTTPAdmission {
        if let refusal = Gate.decide(access, principal) { return .refused(refusal.response) }
        request.context = principal
        return .admitted
    }

    /// `Authorization: Bearer …`, else the cookie `token`.
    static func token(_ headers: HTTPHeaders) -> String? {
        if let value = headers.first(name: "authorization") {
            let scheme = value.prefix(7)
            if scheme.lowercased() == "bearer " {
                let token = value.dropFirst(7).drop { $0 == " " }
                if !token.isEmpty { return String(token) }
            }
        }
        for cookies in headers[canonicalForm: "cookie"] {
            for cookie in cookies.split(separator: ";") {
                let pair = cookie.drop { $0 == " " }
                if pair.hasPrefix("token="), pair.utf8.count > 6 { return String(pair.dropFirst(6)) }
            }
        }
        return nil
    }
}

extension APIError {
    var httpError: HTTPError { HTTPError(HTTPResponseStatus(statusCode: status), detail) }
    var response: HTTPResponse { httpError.response }
}
