import HTTPFront
import NIOHTTP1

/// This server's address as the browser of a request knows it: for installations without WEBUI_URL.
enum RequestOrigin {
    /// `http://host[:port]`; `https` where a trusted proxy says so. Nil for a Host that is none.
    static func text(_ request: HTTPRequest, _ front: FrontSettings) -> String? {
        guard let host = request.headers.first(name: "host"), isHost(host) else { return nil }
        let forwarded = front.trustedHeader("x-forwarded-proto", request)?.lowercased()
        return "\(forwarded == "https" ? "https" : "http")://\(host)"
    }

    private static func isHost(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-_:[]".utf8.contains(byte)
                }
            }
    }
}
