/// What may go into a request's head. Everything that could end a line or start another is refused, so a header that
/// a client sent cannot become two upstream (RFC 9110, 5.5 and 5.6.2).
enum HeaderRules {
    /// Headers that describe the hop, not the message: set by the client alone.
    private static let hopHeaders: [String] = [
        "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "expect", "te",
        "trailer", "upgrade",
    ]

    /// The first rule that the request breaks, in words; nil when it keeps them all.
    static func complaint(about request: Request) -> String? {
        guard isToken(request.method) else { return "the method is not an HTTP token" }
        guard request.method != "CONNECT" else { return "CONNECT is not for this client" }
        guard request.method != "HEAD" || request.body == nil else { return "a HEAD request has no body" }
        guard URLParts(request.url) != nil else { return "not an absolute http or https URL in printable ASCII" }
        for (name, value) in request.headers {
            guard isToken(name) else { return "a header name is not an HTTP token" }
            guard isValue(value) else { return "a header value has a control character" }
        }
        return nil
    }

    static func isHopHeader(_ name: String) -> Bool { hopHeaders.contains { isSame($0, name) } }

    /// ASCII case-insensitive equality.
    static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8) { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 32 : byte }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 9 || ($0 >= 32 && $0 != 127) }
    }
}
