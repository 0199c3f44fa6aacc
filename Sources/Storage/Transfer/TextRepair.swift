/// Whether bytes are text that PostgreSQL can hold: UTF-8 (The Unicode Standard, table 3-7) without NUL.
struct TextRepair {
    private(set) var hasNUL = false
    private(set) var isUTF8 = true
    /// Characters in PostgreSQL's sense: Unicode scalars. Only right where it is UTF-8.
    private(set) var characters = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x80 {
                if byte == 0 { hasNUL = true }
                position += 1
            } else {
                guard let length = Self.length(bytes, position) else {
                    isUTF8 = false
                    // A NUL may still come.
                    hasNUL = hasNUL || bytes[position...].contains(0)
                    return
                }
                position += length
            }
            characters += 1
        }
    }

    /// The bytes of the character of several bytes that begins there; nil if there is none.
    private static func length(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        let (length, second): (Int, ClosedRange<UInt8>)
        switch bytes[start] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { return nil }
        for offset in 2..<max(length, 2) where bytes[start + offset] & 0xC0 != 0x80 { return nil }
        return length
    }

    /// Without NUL, and with U+FFFD for what is no UTF-8.
    static func mended(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        String(decoding: bytes, as: UTF8.self).utf8.filter { $0 != 0 }
    }

    /// The first so many characters, and bytes, of UTF-8.
    static func prefix(
        _ bytes: UnsafeRawBufferPointer, characters: Int, bytes limit: Int
    ) -> Slice<UnsafeRawBufferPointer> {
        var end = 0
        var left = characters
        while end < bytes.count, left > 0 {
            var next = end + 1
            while next < bytes.count, bytes[next] & 0xC0 == 0x80 { next += 1 }
            if next > limit { break }
            end = next
            left -= 1
        }
        return bytes[..<end]
    }
}
