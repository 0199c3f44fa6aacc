import FoundationEssentials
import HTTPFront
import NIOCore
import NIOHTTP1

/// The picture of an account: what it holds as a data URI, a redirect to where it points, or a drawing for everybody.
enum ProfileImage {
    /// What browsers show without running anything in it.
    private static let types: Set<String> = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    static func response(_ url: String) -> HTTPResponse {
        if let (type, bytes) = decoded(url) { return picture(type, bytes) }
        if url.lowercased().hasPrefix("https://") || url.lowercased().hasPrefix("http://"), isHeaderSafe(url) {
            return HTTPResponse(status: .found, headers: ["location": url])
        }
        return picture("image/svg+xml", ByteBuffer(string: silhouette))
    }

    /// `data:image/png;base64,…` of a type that is shown.
    private static func decoded(_ url: String) -> (String, ByteBuffer)? {
        guard url.hasPrefix("data:"), let comma = url.firstIndex(of: ",") else { return nil }
        let head = url[url.index(url.startIndex, offsetBy: 5)..<comma].split(separator: ";")
        guard let type = head.first.map({ $0.lowercased() }), types.contains(type), head.last == "base64",
            let data = Data(base64Encoded: String(url[url.index(after: comma)...]))
        else { return nil }
        return (type, ByteBuffer(bytes: data))
    }

    private static func picture(_ type: String, _ bytes: ByteBuffer) -> HTTPResponse {
        HTTPResponse(
            headers: [
                "content-type": type, "cache-control": "private, max-age=300", "x-content-type-options": "nosniff",
                "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
            ], body: .bytes(bytes))
    }

    private static func isHeaderSafe(_ url: String) -> Bool {
        url.utf8.count <= 2048 && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    private static let silhouette = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#d8dce2"/>\
        <circle cx="50" cy="38" r="18" fill="#8a93a1"/><path d="M14 96a36 32 0 0 1 72 0z" fill="#8a93a1"/></svg>
        """
}
