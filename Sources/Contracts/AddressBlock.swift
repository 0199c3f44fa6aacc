/// Addresses with the same first bits, as `10.0.0.0/8`.
public struct AddressBlock: Sendable, Hashable {
    let prefix: [UInt8]
    let length: Int

    /// `address/bits`, or one address; nil for anything else. Bits behind the prefix do not count.
    /// - Parameter unmapping: an IPv4 address mapped into IPv6 counts as IPv4, for addresses that are `unmapped` too.
    public init?(_ text: some StringProtocol, unmapping: Bool = false) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let given = IPAddress(String(parts[0])) else { return nil }
        let address = unmapping ? given.unmapped : given
        let bits = address.bytes.count * 8
        let wanted = parts.count == 2 ? Int(parts[1]) : bits
        guard let wanted, (0...bits).contains(wanted) else { return nil }
        prefix = address.bytes
        length = wanted
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.count else { return false }
        let whole = length / 8
        guard address.bytes[..<whole] == prefix[..<whole] else { return false }
        let rest = length % 8
        return rest == 0 || (address.bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }
}
