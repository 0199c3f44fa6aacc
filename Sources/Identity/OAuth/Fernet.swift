import Crypto
import CryptoExtras
import FoundationEssentials

/// Fernet tokens (github.com/fernet/spec): AES-128-CBC, then HMAC-SHA256. Open WebUI keeps tokens of providers so.
struct Fernet: Sendable {
    private static let version: UInt8 = 0x80
    /// Version and time, in front of the initialisation vector.
    private static let headLength = 9
    private static let vectorLength = 16
    private static let tagLength = 32

    private let signingKey: SymmetricKey
    private let encryptionKey: SymmetricKey

    /// By Open WebUI's rule: a secret of 44 characters is the key itself (32 bytes in padded base64url), any other is
    /// hashed to one. Nil for 44 characters that are no key.
    init?(secret: String) {
        guard secret.unicodeScalars.count == 44 else {
            self.init(key: Array(SHA256.hash(data: Array(secret.utf8))))
            return
        }
        guard secret.last == "=", let key = Base64URL.decode(secret.dropLast()), key.count == 32 else { return nil }
        self.init(key: key)
    }

    /// - Parameter key: 32 bytes.
    private init(key: [UInt8]) {
        signingKey = SymmetricKey(data: key[..<16])
        encryptionKey = SymmetricKey(data: key[16...])
    }

    /// - Parameters:
    ///   - now: epoch seconds.
    ///   - vector: 16 bytes; chosen by tests only.
    /// - Throws: what the cipher throws.
    func encrypt(_ plaintext: [UInt8], now: Int64, vector: [UInt8] = Self.makeVector()) throws -> String {
        let time = UInt64(clamping: now)
        var token: [UInt8] = [Self.version]
        for shift in stride(from: 56, through: 0, by: -8) {
            token.append(UInt8(truncatingIfNeeded: time >> UInt64(shift)))
        }
        token += vector
        token += try AES._CBC.encrypt(plaintext, using: encryptionKey, iv: AES._CBC.IV(ivBytes: vector))
        token += HMAC<SHA256>.authenticationCode(for: token, using: signingKey)
        let text = Base64URL.encode(token)
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    /// Whatever its age; nil for what was not made with this key.
    func decrypt(_ token: String) -> [UInt8]? {
        var text = token[...]
        while text.last == "=" { text.removeLast() }
        guard let bytes = Base64URL.decode(text), bytes.first == Self.version,
            bytes.count >= Self.headLength + Self.vectorLength + 16 + Self.tagLength
        else { return nil }
        let signed = bytes.dropLast(Self.tagLength)
        // Compares in constant time.
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                bytes.suffix(Self.tagLength), authenticating: signed, using: signingKey)
        else { return nil }
        let vector = signed.dropFirst(Self.headLength).prefix(Self.vectorLength)
        let ciphertext = signed.dropFirst(Self.headLength + Self.vectorLength)
        guard let iv = try? AES._CBC.IV(ivBytes: vector) else { return nil }
        return (try? AES._CBC.decrypt(ciphertext, using: encryptionKey, iv: iv)).map(Array.init)
    }

    private static func makeVector() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<vectorLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
