import Glibc

/// A network of IPv4 or IPv6 addresses, or one address: `10.0.0.0/8`, `::1`, `fd00::/8`.
public struct NetworkRange: Sendable, Equatable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Nil for anything else. Bits behind the prefix do not count.
    public init?(_ text: Substring) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = Self.address(String(parts[0])) else { return nil }
        var bits = bytes.count * 8
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...bits).contains(given) else { return nil }
            bits = given
        }
        (self.bytes, self.bits) = (bytes, bits)
    }

    /// - Parameter address: 4 or 16 bytes in network order. An IPv4 address mapped into IPv6 counts as IPv4.
    public func contains(_ address: [UInt8]) -> Bool {
        let address = Self.unmapped(address)
        guard address.count == bytes.count else { return false }
        let whole = bits / 8
        guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
        let rest = bits % 8
        return rest == 0 || (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
    }

    /// The bytes of an address in text, in network order; nil if it is none.
    public static func address(_ text: String) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 { return Array(buffer.prefix(4)) }
        return inet_pton(AF_INET6, text, &buffer) == 1 ? unmapped(buffer) : nil
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    private static func unmapped(_ address: [UInt8]) -> [UInt8] {
        address.count == 16 && address.starts(with: mapped) ? Array(address.suffix(4)) : address
    }
}
