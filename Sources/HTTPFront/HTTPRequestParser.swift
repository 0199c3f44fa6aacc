import NIOCore
import NIOHTTP1

/// HTTP/1.1 requests from bytes (RFC 9112), a pure value: it stops after every event, so that the connection decides
/// when the next request is looked at, and what has not been asked for stays undecoded bytes.
///
/// Stricter than the RFC where leniency has led to request smuggling: lines end in CRLF only, no folding, one
/// Content-Length, no Transfer-Encoding but `chunked`. After it threw, the connection is to be closed.
struct HTTPRequestParser {
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    struct Head: Equatable {
        var method: HTTPMethod
        var target: String
        var isHTTP10 = false
        var headers = HTTPHeaders()
        var framing = Framing.none
        var keepAlive = true
        /// `nil`: no expectation; `true`: 100-continue; `false`: one that nobody here can meet.
        var expectsContinue: Bool?
    }

    enum Event: Equatable {
        case head(Head)
        case body(ByteBuffer)
        case end
    }

    enum State: Equatable {
        case head
        case fixed(Int)
        case chunkSize
        case chunkData(Int)
        case chunkEnd
        case trailers(bytes: Int, lines: Int)
        case end
    }

    let limits: HTTPLimits
    var state = State.head
    var scan = HeadScan()

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Nothing of a next request has been seen.
    var isBetweenRequests: Bool { state == .head && scan == HeadScan() }

    /// Takes one event from the front of `buffer`; `nil`: more bytes are needed.
    mutating func next(_ buffer: inout ByteBuffer) throws(HTTPParseError) -> Event? {
        while true {
            switch state {
            case .head:
                return try nextHead(&buffer)
            case .fixed(let remaining), .chunkData(let remaining):
                return takeBody(&buffer, remaining)
            case .chunkSize:
                guard try takeChunkSize(&buffer) else { return nil }
            case .chunkEnd:
                guard try takeChunkEnd(&buffer) else { return nil }
            case .trailers(let bytes, let lines):
                guard try takeTrailer(&buffer, bytes, lines) else { return nil }
            case .end:
                state = .head
                return .end
            }
        }
    }

    private mutating func nextHead(_ buffer: inout ByteBuffer) throws(HTTPParseError) -> Event? {
        if scan == HeadScan() { try skipEmptyLines(&buffer) }
        // A lone carriage return is half an empty line.
        guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self), first != 0x0d else { return nil }
        let head: (Head, Int)? = try buffer.withUnsafeReadableBytes { bytes throws(HTTPParseError) in
            guard let end = try scan.find(in: bytes, limits) else { return nil }
            return (try Self.parseHead(bytes.part(0..<end)), end)
        }
        guard let (head, length) = head else { return nil }
        buffer.moveReaderIndex(forwardBy: length)
        scan = HeadScan()
        switch head.framing {
        case .none, .length(0): state = .end
        case .length(let length): state = .fixed(length)
        case .chunked: state = .chunkSize
        }
        return .head(head)
    }

    /// Empty lines before a request are ignored (RFC 9112 section 2.2).
    private func skipEmptyLines(_ buffer: inout ByteBuffer) throws(HTTPParseError) {
        while let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self), first == 0x0d || first == 0x0a {
            guard first == 0x0d else { throw .badRequestLine }
            guard let second = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self) else { return }
            guard second == 0x0a else { throw .badRequestLine }
            buffer.moveReaderIndex(forwardBy: 2)
        }
    }

    private mutating func takeBody(_ buffer: inout ByteBuffer, _ remaining: Int) -> Event? {
        let take = min(remaining, buffer.readableBytes)
        guard take > 0, let slice = buffer.readSlice(length: take) else { return nil }
        switch state {
        case .fixed: state = take == remaining ? .end : .fixed(remaining - take)
        default: state = take == remaining ? .chunkEnd : .chunkData(remaining - take)
        }
        return .body(slice)
    }
}
