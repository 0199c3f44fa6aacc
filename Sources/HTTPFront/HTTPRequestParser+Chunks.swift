import NIOCore

extension HTTPRequestParser {
    /// A size line with its extensions. Extensions are checked for length and line end only, and ignored.
    private static let maximumSizeLine = 256

    mutating func takeChunkSize(_ buffer: inout ByteBuffer) throws(HTTPParseError) -> Bool {
        let found: (size: Int, length: Int)? = try buffer.withUnsafeReadableBytes { bytes throws(HTTPParseError) in
            guard let feed = bytes.firstOffset(of: 0x0a, from: 0) else {
                guard bytes.count <= Self.maximumSizeLine else { throw .badChunk }
                return nil
            }
            guard feed > 0, feed <= Self.maximumSizeLine, bytes[feed - 1] == 0x0d else { throw .badChunk }
            return (try Self.parseSize(bytes.part(0..<feed - 1)), feed + 1)
        }
        guard let found else { return false }
        buffer.moveReaderIndex(forwardBy: found.length)
        state = found.size == 0 ? .trailers(bytes: 0, lines: 0) : .chunkData(found.size)
        return true
    }

    /// At most 8 digits: a chunk of 4 GiB is more than any route takes.
    private static func parseSize(_ line: UnsafeRawBufferPointer) throws(HTTPParseError) -> Int {
        var size = 0
        var digits = 0
        while digits < line.count, let digit = hexDigit(line[digits]) {
            guard digits < 8 else { throw .badChunk }
            size = size << 4 | Int(digit)
            digits += 1
        }
        guard digits > 0 else { throw .badChunk }
        let rest = line.part(digits..<line.count).trimmed()
        guard rest.isEmpty || rest[0] == 0x3b else { throw .badChunk }
        for byte in rest where (byte < 0x20 && byte != 0x09) || byte == 0x7f { throw .badChunk }
        return size
    }

    mutating func takeChunkEnd(_ buffer: inout ByteBuffer) throws(HTTPParseError) -> Bool {
        guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return false }
        guard first == 0x0d else { throw .badChunk }
        guard let second = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self) else { return false }
        guard second == 0x0a else { throw .badChunk }
        buffer.moveReaderIndex(forwardBy: 2)
        state = .chunkSize
        return true
    }

    mutating func takeTrailer(
        _ buffer: inout ByteBuffer, _ bytes: Int, _ lines: Int
    ) throws(HTTPParseError) -> Bool {
        let allowed = limits.headerBytes - bytes
        let length: Int? = try buffer.withUnsafeReadableBytes { readable throws(HTTPParseError) in
            guard let feed = readable.firstOffset(of: 0x0a, from: 0) else {
                // The empty line at the end does not count: its CR alone may be here.
                guard readable.count <= max(1, allowed) else { throw .headersTooLarge }
                return nil
            }
            guard feed > 0, readable[feed - 1] == 0x0d else { throw .badChunk }
            guard feed > 1 else { return 2 }
            guard feed + 1 <= allowed, lines < limits.headerLines else { throw .headersTooLarge }
            try Self.checkField(readable.part(0..<feed - 1))
            return feed + 1
        }
        guard let length else { return false }
        buffer.moveReaderIndex(forwardBy: length)
        state = length == 2 ? .end : .trailers(bytes: bytes + length, lines: lines + 1)
        return true
    }
}

/// The value of a hexadecimal digit of either case.
@inline(__always)
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
}
