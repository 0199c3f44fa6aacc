/// Percent-decoding (RFC 3986 section 2.1). A `%` without two hexadecimal digits stands for itself.
enum PercentCoding {
    /// `nil` if the result is not UTF-8 or holds a NUL, which no database and no file system takes.
    static func decodeStrictly(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if !bytes.contains(0x25) { return String(validating: bytes, as: UTF8.self) }
        let decoded = decode(bytes, plusIsSpace: false)
        return decoded.contains(0) ? nil : String(validating: decoded, as: UTF8.self)
    }

    /// What is not UTF-8 becomes U+FFFD.
    static func decodeLeniently(_ text: Substring, plusIsSpace: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x2b }) else { return String(text) }
        var text = text
        let decoded = text.withUTF8 { decode($0, plusIsSpace: plusIsSpace) }
        return String(decoding: decoded, as: UTF8.self)
    }

    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x25, index + 2 < bytes.count, let high = hexDigit(bytes[index + 1]),
                let low = hexDigit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsSpace && byte == 0x2b ? 0x20 : byte)
                index += 1
            }
        }
        return decoded
    }
}
