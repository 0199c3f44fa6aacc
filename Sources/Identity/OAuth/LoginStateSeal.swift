import Crypto
import FoundationEssentials

/// Encrypts login states for the browser's cookie (AES-256-GCM), with a key that every process with the same
/// WEBUI_SECRET_KEY has: whoever answers the login need not be who answers the callback.
struct LoginStateSeal: Sendable {
    static let cookieName = "owui-session"
    /// Longer cookies are none of ours.
    static let lengthLimit = 6 * 1024

    private let key: SymmetricKey

    init(secretKey: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secretKey), info: Array("martlet oauth login state 1".utf8),
            outputByteCount: 32)
    }

    func close(_ states: [LoginState]) throws(OAuthError) -> String {
        do {
            let box = try AES.GCM.seal(try JSONEncoder().encode(states), using: key)
            return Base64URL.encode(box.combined ?? Data())
        } catch {
            throw OAuthError("a login state could not be encrypted", shown: .internalError)
        }
    }

    /// Those that have not expired; none for a cookie that was not made with this key.
    func open(_ cookie: String?, now: Int64) -> [LoginState] {
        guard let cookie, cookie.utf8.count <= Self.lengthLimit, let bytes = Base64URL.decode(cookie),
            let box = try? AES.GCM.SealedBox(combined: bytes), let plain = try? AES.GCM.open(box, using: key),
            let states = try? JSONDecoder().decode([LoginState].self, from: plain)
        else { return [] }
        return states.filter { $0.expiresAt > now }
    }
}
