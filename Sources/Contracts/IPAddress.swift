import Glibc

/// An IPv4 or IPv6 address: its bytes in network order, 4 or 16.
public struct IPAddress: Sendable, Hashable {
    public let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16, in network order.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// From text such as `192.0.2.1` or `2001:db8::1`; nil for anything else, a zone (`%eth0`) too.
    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// From a `sockaddr_in` or `sockaddr_in6`; nil for other families.
    public init?(socketAddress bytes: UnsafeRawBufferPointer, family: CInt) {
        // sin_addr follows family and port; sin6_addr the flow information too.
        switch family {
        case AF_INET where bytes.count >= 8: self.bytes = Array(bytes[4..<8])
        case AF_INET6 where bytes.count >= 24: self.bytes = Array(bytes[8..<24])
        default: return nil
        }
    }

    public var isIPv6: Bool { bytes.count == 16 }

    /// The IPv4 address that is mapped into this one (`::ffff:192.0.2.1`, RFC 4291, section 2.5.5.2); else itself. Sockets
    /// of both families give peers so.
    public var unmapped: IPAddress {
        bytes.starts(with: Self.mapped) && isIPv6 ? IPAddress(Array(bytes.suffix(4))) : self
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
}
