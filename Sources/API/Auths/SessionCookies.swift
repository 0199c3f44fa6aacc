import FoundationEssentials
import HTTPFront
import Identity
import NIOCore

/// Answers that begin or end a session in a browser.
struct SessionCookies: Sendable {
    let board: SettingsBoard

    /// Every cookie that a session may have.
    private static let names = ["token", "oui-session", "owui-session", "oauth_id_token", "oauth_session_id"]

    /// The session as JSON, and its token as a cookie that scripts cannot read.
    func response(_ session: SessionResponse) -> HTTPResponse {
        var response = HTTPResponse(json: ByteBuffer(string: session.json))
        response.headers.add(name: "set-cookie", value: token(session.token, expiresAt: session.expiresAt))
        return response
    }

    /// - Parameter expiresAt: epoch seconds; nil: with the browser's session.
    func token(_ token: String, expiresAt: Int64?) -> String {
        var cookie = "token=\(token); HttpOnly" + board.front.authCookie.attributes
        if let expiresAt { cookie += "; Expires=" + HTTPDate.text(expiresAt) }
        return cookie
    }

    /// Makes the browser forget all of them.
    func clear(_ response: inout HTTPResponse) {
        let front = board.front
        for name in Self.names {
            let attributes = (name == "token" ? front.authCookie : front.sessionCookie).attributes
            response.headers.add(name: "set-cookie", value: "\(name)=; HttpOnly\(attributes); Max-Age=0")
        }
    }
}
