/// Search filters (RFC 4515) made from input.
public enum LDAPFilter {
    private static let digits = Array("0123456789abcdef".utf8)

    /// A value that stands for itself: the specials, control characters and what is not ASCII become `\xx` (section 3).
    public static func escaped(_ value: String) -> String {
        var text: [UInt8] = []
        for byte in value.utf8 {
            switch byte {
            case 0x00..<0x20, 0x7f..., UInt8(ascii: "*"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"):
                text += [UInt8(ascii: "\\"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `(attribute=value)`.
    /// - Throws: `invalidRequest` when the attribute's name is none.
    public static func equal(_ attribute: String, _ value: String) throws(LDAPError) -> String {
        guard isAttribute(attribute) else {
            throw LDAPError(.invalidRequest, "this is no name of an attribute: \(attribute)")
        }
        return "(\(attribute)=\(escaped(value)))"
    }

    /// A name or an OID, with options (RFC 4512, section 2.5).
    static func isAttribute(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 256 else { return false }
        return isAlphanumeric(first)
            && name.utf8.allSatisfy { isAlphanumeric($0) || [0x2d, 0x2e, 0x3b, 0x5f].contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}
