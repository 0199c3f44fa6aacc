import Identity

/// The cookies of signing in over a provider.
struct OAuthCookies: Sendable {
    let board: SettingsBoard

    /// Browsers drop longer ones, and proxies refuse the requests that carry them.
    private static let lengthLimit = 3_800

    /// What the browser keeps while it is at the provider; nil: it forgets it.
    func state(_ value: String?) -> String {
        var cookie = board.front.sessionCookie
        // With `strict` it would not come back with the browser.
        if cookie.sameSite == "strict" { cookie.sameSite = "lax" }
        return "\(OAuthService.stateCookieName)=\(value ?? ""); HttpOnly\(cookie.attributes)"
            + "; Max-Age=\(value == nil ? 0 : OAuthService.stateLifetime)"
    }

    /// The session's token, which the frontend reads here, and what belongs to the provider.
    func arrival(_ arrival: OAuthArrival, withIDToken: Bool) -> [String] {
        let attributes = board.front.authCookie.attributes
        var cookies = ["token=\(arrival.session.token)\(attributes)"]
        if withIDToken, let token = arrival.idToken, token.utf8.count <= Self.lengthLimit {
            cookies.append("oauth_id_token=\(token); HttpOnly\(attributes)")
        }
        if let id = arrival.oauthSessionID { cookies.append("oauth_session_id=\(id); HttpOnly\(attributes)") }
        return cookies
    }
}
