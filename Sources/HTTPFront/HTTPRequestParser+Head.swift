import NIOHTTP1

extension HTTPRequestParser {
    /// What the header lines say about the message, gathered while they are read.
    private struct Claims {
        var hosts = 0
        var contentLength: Int?
        var isChunked = false
        var closes = false
        var keepsAlive = false
        var expectsContinue: Bool?
    }

    /// `bytes`: a whole head, request line to empty line, as `HeadScan` found it (every line ends in CRLF).
    static func parseHead(_ bytes: UnsafeRawBufferPointer) throws(HTTPParseError) -> Head {
        var start = 0
        guard let line = nextLine(bytes, &start) else { throw .badRequestLine }
        var head = try parseRequestLine(line)
        var claims = Claims()
        var fields: [(String, String)] = []
        fields.reserveCapacity(12)
        while let line = nextLine(bytes, &start), line.count > 0 {
            let (name, value) = try splitField(line)
            try note(name, value, &claims)
            fields.append((name.text, value.text))
        }
        head.headers = HTTPHeaders(fields)
        try settle(&head, claims)
        return head
    }

    private static func nextLine(_ bytes: UnsafeRawBufferPointer, _ start: inout Int) -> UnsafeRawBufferPointer? {
        guard let feed = bytes.firstOffset(of: 0x0a, from: start), feed > start else { return nil }
        defer { start = feed + 1 }
        return bytes.part(start..<feed - 1)
    }

    // MARK: Request line

    private static func parseRequestLine(_ line: UnsafeRawBufferPointer) throws(HTTPParseError) -> Head {
        guard let methodEnd = line.firstOffset(of: 0x20, from: 0), methodEnd > 0, methodEnd <= 32,
            let targetEnd = line.firstOffset(of: 0x20, from: methodEnd + 1), targetEnd > methodEnd + 1
        else { throw .badRequestLine }
        let method = line.part(0..<methodEnd)
        guard ASCIISet.token.containsAll(method) else { throw .badRequestLine }
        let isHTTP10 = try parseVersion(line.part(targetEnd + 1..<line.count))
        let target = try parseTarget(line.part(methodEnd + 1..<targetEnd))
        return Head(method: parseMethod(method), target: target, isHTTP10: isHTTP10)
    }

    /// The two that nearly every request uses are known without making a string.
    private static func parseMethod(_ bytes: UnsafeRawBufferPointer) -> HTTPMethod {
        if bytes.elementsEqual("GET".utf8) { return .GET }
        if bytes.elementsEqual("POST".utf8) { return .POST }
        return HTTPMethod(rawValue: bytes.text)
    }

    private static func parseVersion(_ bytes: UnsafeRawBufferPointer) throws(HTTPParseError) -> Bool {
        guard bytes.count == 8, bytes.part(0..<5).elementsEqual("HTTP/".utf8), bytes[6] == 0x2e,
            (0x30...0x39).contains(bytes[5]), (0x30...0x39).contains(bytes[7])
        else { throw .badRequestLine }
        guard bytes[5] == 0x31 else { throw .unsupportedVersion }
        return bytes[7] == 0x30
    }

    /// Origin form and `*` as they are; of the absolute form (which proxies send) what follows the host.
    private static func parseTarget(_ bytes: UnsafeRawBufferPointer) throws(HTTPParseError) -> String {
        for byte in bytes where byte <= 0x20 || byte == 0x7f || byte == 0x23 { throw .badRequestLine }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .badRequestLine }
        if bytes[0] == 0x2f || text == "*" { return text }
        guard bytes.count > 7, bytes.part(0..<7).isCaseInsensitively("http://") else { throw .badRequestLine }
        guard let slash = bytes.firstOffset(of: 0x2f, from: 7) else { return "/" }
        guard slash > 7 else { throw .badRequestLine }
        return bytes.part(slash..<bytes.count).text
    }

    // MARK: Fields

    private static func splitField(
        _ line: UnsafeRawBufferPointer
    ) throws(HTTPParseError) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer) {
        guard let colon = line.firstOffset(of: 0x3a, from: 0), colon > 0 else { throw .badHeader }
        let name = line.part(0..<colon)
        guard ASCIISet.token.containsAll(name) else { throw .badHeader }
        let value = line.part(colon + 1..<line.count).trimmed()
        for byte in value where (byte < 0x20 && byte != 0x09) || byte == 0x7f { throw .badHeader }
        return (name, value)
    }

    /// A trailer is held to the rules of a header, then dropped.
    static func checkField(_ line: UnsafeRawBufferPointer) throws(HTTPParseError) {
        _ = try splitField(line)
    }

    private static func note(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ claims: inout Claims
    ) throws(HTTPParseError) {
        switch name.count {
        case 4 where name.isCaseInsensitively("host"):
            claims.hosts += 1
            guard ASCIISet.host.containsAll(value) else { throw .badHost }
        case 6 where name.isCaseInsensitively("expect"):
            claims.expectsContinue = value.isCaseInsensitively("100-continue") && claims.expectsContinue != false
        case 10 where name.isCaseInsensitively("connection"):
            noteConnection(value, &claims)
        case 14 where name.isCaseInsensitively("content-length"):
            guard claims.contentLength == nil, let length = parseLength(value) else { throw .badFraming }
            claims.contentLength = length
        case 17 where name.isCaseInsensitively("transfer-encoding"):
            guard !claims.isChunked else { throw .badFraming }
            guard value.isCaseInsensitively("chunked") else { throw .unsupportedCoding }
            claims.isChunked = true
        default: break
        }
    }

    private static func noteConnection(_ value: UnsafeRawBufferPointer, _ claims: inout Claims) {
        var start = 0
        while start <= value.count {
            let end = value.firstOffset(of: 0x2c, from: start) ?? value.count
            let option = value.part(start..<end).trimmed()
            if option.isCaseInsensitively("close") { claims.closes = true }
            if option.isCaseInsensitively("keep-alive") { claims.keepsAlive = true }
            start = end + 1
        }
    }

    private static func parseLength(_ value: UnsafeRawBufferPointer) -> Int? {
        guard (1...18).contains(value.count) else { return nil }
        var length = 0
        for byte in value {
            guard (0x30...0x39).contains(byte) else { return nil }
            length = length * 10 + Int(byte - 0x30)
        }
        return length
    }

    /// RFC 9112 sections 3.2 (Host), 6.3 (length), 9.3 (persistence).
    private static func settle(_ head: inout Head, _ claims: Claims) throws(HTTPParseError) {
        guard claims.hosts == 1 || (claims.hosts == 0 && head.isHTTP10) else { throw .badHost }
        if claims.isChunked {
            guard claims.contentLength == nil, !head.isHTTP10 else { throw .badFraming }
            head.framing = .chunked
        } else if let length = claims.contentLength {
            head.framing = .length(length)
        }
        head.keepAlive = !claims.closes && (!head.isHTTP10 || claims.keepsAlive)
        head.expectsContinue = head.isHTTP10 ? nil : claims.expectsContinue
    }
}
