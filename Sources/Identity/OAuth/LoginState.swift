import FoundationEssentials

/// What a browser keeps while it is at the provider.
struct LoginState: Sendable, Equatable, Codable {
    /// Seconds that somebody may take to sign in at the provider.
    static let lifetime: Int64 = 600
    /// Logins of one browser that are under way at the same time (several tabs); the oldest is given up for one more.
    static let countLimit = 4

    let provider: String
    /// Comes back with the code: the answer belongs to a login of this browser.
    let state: String
    /// Comes back in the ID token: the token was made for this login.
    let nonce: String
    /// Of the code challenge; nil without one.
    let verifier: String?
    /// Must be the same when the code is redeemed.
    let redirectURI: String
    /// Epoch seconds.
    let expiresAt: Int64

    private enum CodingKeys: String, CodingKey {
        case provider = "p"
        case state = "s"
        case nonce = "n"
        case verifier = "v"
        case redirectURI = "r"
        case expiresAt = "e"
    }
}
