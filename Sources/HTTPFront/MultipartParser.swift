import Glibc
public import NIOCore

/// Parts of a `multipart/form-data` body (RFC 7578; the framing is RFC 2046, section 5.1) from bytes: a pure value, so
/// that a part of any length passes through without being kept. After it threw, the body is of no use any more.
public struct MultipartParser: Sendable {
    public enum Event: Equatable, Sendable {
        case part(MultipartHead)
        /// Some of the part's content, never none.
        case data(ByteBuffer)
        case endOfPart
        /// The closing delimiter has come; what follows it does not count.
        case end
    }

    private enum State {
        case preamble
        case afterDelimiter
        case head
        case content
        case epilogue
    }

    /// Bytes of one part's header.
    static let headLimit = 16 * 1024
    /// Parts of one body.
    static let partLimit = 1000

    private let delimiter: [UInt8]
    private var state = State.preamble
    private var buffer = ByteBuffer()
    private var parts = 0
    private var hasEnded = false

    /// - Returns: nil when the content type is no `multipart/form-data` with a boundary of 1 to 70 characters.
    public init?(contentType: String) {
        guard let header = HeaderParameters(contentType), header.value.lowercased() == "multipart/form-data",
            let boundary = header.parameters["boundary"], (1...70).contains(boundary.utf8.count)
        else { return nil }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter need have no line before it.
        buffer.writeString("\r\n")
    }

    public mutating func feed(_ bytes: ByteBuffer) {
        guard state != .epilogue else { return }
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(bytes)
    }

    /// nil: more bytes are needed.
    public mutating func next() throws(MultipartError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard takeContent() == .delimiter else { return nil }
                state = .afterDelimiter
            case .afterDelimiter:
                guard try takeDelimiterEnd() else { return nil }
            case .head:
                guard let head = try takeHead() else { return nil }
                state = .content
                return .part(head)
            case .content:
                switch takeContent() {
                case .nothing: return nil
                case .bytes(let bytes): return .data(bytes)
                case .delimiter:
                    state = .afterDelimiter
                    return .endOfPart
                }
            case .epilogue:
                defer { hasEnded = true }
                return hasEnded ? nil : .end
            }
        }
    }

    // MARK: Pieces

    private enum Content: Equatable {
        case nothing
        case bytes(ByteBuffer)
        case delimiter
    }

    /// What certainly comes before the next delimiter; then the delimiter itself.
    private mutating func takeContent() -> Content {
        let (safe, isDelimiter) = buffer.withUnsafeReadableBytes { Self.scan($0, delimiter) }
        if safe > 0 {
            if state == .preamble {
                buffer.moveReaderIndex(forwardBy: safe)
                return takeContent()
            }
            return buffer.readSlice(length: safe).map { .bytes($0) } ?? .nothing
        }
        guard isDelimiter else { return .nothing }
        buffer.moveReaderIndex(forwardBy: delimiter.count)
        return .delimiter
    }

    /// The bytes before the first place where the delimiter is or might begin, and whether it is there in full.
    private static func scan(_ bytes: UnsafeRawBufferPointer, _ delimiter: [UInt8]) -> (safe: Int, isDelimiter: Bool) {
        guard let base = bytes.baseAddress else { return (0, false) }
        var position = 0
        while position < bytes.count, let found = memchr(base + position, 0x0d, bytes.count - position) {
            let start = UnsafeRawPointer(found) - base
            let length = min(delimiter.count, bytes.count - start)
            let isSame = delimiter.withUnsafeBytes { known in
                known.baseAddress.map { memcmp(base + start, $0, length) == 0 } ?? false
            }
            if isSame { return (start, length == delimiter.count) }
            position = start + 1
        }
        return (bytes.count, false)
    }

    /// What stands behind a delimiter: `--` after the last one, or the end of the line, blanks before it allowed.
    private mutating func takeDelimiterEnd() throws(MultipartError) -> Bool {
        if buffer.starts(with: "--") {
            state = .epilogue
            buffer.clear()
            return true
        }
        while let byte = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self), byte == 0x20 || byte == 0x09 {
            buffer.moveReaderIndex(forwardBy: 1)
        }
        guard buffer.readableBytes >= 2 else { return false }
        guard buffer.starts(with: "\r\n") else { throw .malformed }
        parts += 1
        guard parts <= Self.partLimit else { throw .tooManyParts }
        // The end of this line may be the empty line that ends a header of no lines.
        state = .head
        return true
    }

    /// The part's header: from the end of the delimiter's line to an empty line.
    private mutating func takeHead() throws(MultipartError) -> MultipartHead? {
        let end = buffer.withUnsafeReadableBytes { Self.headEnd($0) }
        guard let end else {
            if buffer.readableBytes > Self.headLimit { throw .headTooLarge }
            return nil
        }
        guard end <= Self.headLimit else { throw .headTooLarge }
        guard let text = buffer.readString(length: end), let head = MultipartHead(text) else { throw .malformed }
        return head
    }

    private static func headEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let (start, isFound) = scan(bytes, Array("\r\n\r\n".utf8))
        return isFound ? start + 4 : nil
    }
}

/// Why a body is no form.
public enum MultipartError: Error, Equatable, Sendable {
    case malformed
    case headTooLarge
    case tooManyParts
}

extension ByteBuffer {
    fileprivate func starts(with text: String) -> Bool { readableBytesView.starts(with: text.utf8) }
}
