import Contracts

/// The keys that a provider publishes (RFC 7517, section 5).
struct KeySet: Sendable {
    static let sizeLimit = 256 * 1024
    /// More keys are passed over.
    static let countLimit = 64

    let keys: [SigningKey]

    /// Nil for what is no key set. Keys that cannot be used are left out.
    init?(_ document: JSONValue) {
        guard let elements = document["keys"]?.elements else { return nil }
        keys = elements.prefix(Self.countLimit).compactMap(SigningKey.init)
    }

    /// Those that may have signed: with this id, or all that fit when the token names none.
    func candidates(_ header: TokenHeader) -> [SigningKey] {
        keys.filter { $0.fits(header.algorithm) && (header.keyID == nil || $0.id == header.keyID) }
    }
}
