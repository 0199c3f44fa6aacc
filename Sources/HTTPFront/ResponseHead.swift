import NIOCore
import NIOHTTP1

/// How the client finds the end of a body (RFC 9112 section 6).
enum ResponseFraming: Equatable {
    /// No body follows; a length, if any, is what GET would have sent.
    case none(length: Int?)
    case length(Int)
    case chunked
    /// HTTP/1.0 without a length.
    case untilClose
}

/// A status line and headers, as they go out.
struct ResponseHead {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var framing: ResponseFraming
    var keepAlive: Bool
    var isHTTP10: Bool

    func write(to buffer: inout ByteBuffer, _ identifier: RequestIdentifier, date: ByteBuffer) {
        writeStatusLine(&buffer)
        for (name, value) in headers where Self.isPassedOn(name) { Self.writeField(&buffer, name, value) }
        switch framing {
        case .length(let length), .none(.some(let length)):
            buffer.writeStaticString("content-length: ")
            buffer.writeString(String(length))
            buffer.writeStaticString("\r\n")
        case .chunked: buffer.writeStaticString("transfer-encoding: chunked\r\n")
        case .none(nil), .untilClose: break
        }
        if !keepAlive {
            buffer.writeStaticString("connection: close\r\n")
        } else if isHTTP10 {
            buffer.writeStaticString("connection: keep-alive\r\n")
        }
        buffer.writeStaticString("x-request-id: ")
        identifier.write(to: &buffer)
        buffer.writeImmutableBuffer(date)
    }

    private func writeStatusLine(_ buffer: inout ByteBuffer) {
        if status == .ok {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            buffer.writeString("HTTP/1.1 \(status.code) ")
            Self.writeValue(&buffer, status.reasonPhrase)
            buffer.writeStaticString("\r\n")
        }
    }

    /// What concerns this connection only, or is written by the front itself, is not taken from a handler (which may
    /// hand on the headers of an upstream).
    private static func isPassedOn(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard !bytes.isEmpty, ASCIISet.token.containsAll(bytes) else { return false }
            return switch bytes.count {
            case 2: !bytes.isCaseInsensitively("te")
            case 4: !bytes.isCaseInsensitively("date")
            case 7: !bytes.isCaseInsensitively("upgrade") && !bytes.isCaseInsensitively("trailer")
            case 10: !bytes.isCaseInsensitively("connection") && !bytes.isCaseInsensitively("keep-alive")
            case 12: !bytes.isCaseInsensitively("x-request-id")
            case 14: !bytes.isCaseInsensitively("content-length")
            case 16: !bytes.isCaseInsensitively("proxy-connection")
            case 17: !bytes.isCaseInsensitively("transfer-encoding")
            default: true
            }
        }
    }

    private static func writeField(_ buffer: inout ByteBuffer, _ name: String, _ value: String) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        writeValue(&buffer, value)
        buffer.writeStaticString("\r\n")
    }

    /// Control characters become spaces: a value can not end its line.
    private static func writeValue(_ buffer: inout ByteBuffer, _ value: String) {
        if value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            buffer.writeBytes(value.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 })
        } else {
            buffer.writeString(value)
        }
    }
}
