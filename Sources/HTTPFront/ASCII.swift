import Glibc

/// A set of ASCII characters in two words; bytes from 128 up are never in it.
struct ASCIISet {
    let low: UInt64
    let high: UInt64

    /// RFC 9110 section 5.6.2.
    static let token = ASCIISet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    /// `uri-host [":" port]`, RFC 9110 section 7.2, without the comma: a list is more than one host.
    static let host = ASCIISet(low: 0x2fff_6ff2_0000_0000, high: 0x47ff_fffe_afff_fffe)
    /// What a request id taken over from a client may consist of.
    static let requestID = ASCIISet(low: 0x03ff_6000_0000_0000, high: 0x07ff_fffe_87ff_fffe)

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    func containsAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes where !contains(byte) { return false }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// Offset of the first `byte` at or after `start`.
    @inline(__always)
    func firstOffset(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress else { return nil }
        guard let found = memchr(base + start, CInt(byte), count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    @inline(__always)
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// Compares with a text in lower case; ASCII letters of either case are equal.
    func isCaseInsensitively(_ lowercased: StaticString) -> Bool {
        guard count == lowercased.utf8CodeUnitCount else { return false }
        for offset in 0..<count {
            let byte = self[offset]
            let folded = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
            if folded != lowercased.utf8Start[offset] { return false }
        }
        return true
    }

    /// Without spaces and tabs at either end.
    func trimmed() -> UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return part(start..<end)
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}
