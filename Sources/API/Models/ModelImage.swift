import FoundationEssentials
import HTTPFront
import NIOCore
import NIOHTTP1
import Storage

/// The picture of a model: what its row holds as a data URI, a redirect to where it points, or a drawing for all others.
enum ModelImage {
    /// Bytes of a picture.
    private static let limit = 8 << 20
    /// What browsers show without running anything in it.
    private static let types: Set<String> = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    /// - Parameter record: nil: there is no such model, or none for this caller.
    static func response(_ record: ModelRecord?, _ request: HTTPRequest) -> HTTPResponse {
        guard let record, let meta = (try? JSONSlice(document: ByteBuffer(string: record.meta)))?.members,
            let url = meta["profile_image_url"]?.text
        else { return drawing }
        if url.hasPrefix("data:") { return picture(url, record, request) ?? drawing }
        // Only where it is shown in a page: a link to it must lead nobody away from here.
        let target = request.headers.first(name: "sec-fetch-dest")?.lowercased() ?? "image"
        if isRemote(url), target == "image" { return HTTPResponse(status: .found, headers: ["location": url]) }
        return drawing
    }

    private static func picture(_ url: String, _ record: ModelRecord, _ request: HTTPRequest) -> HTTPResponse? {
        let tag = "\"\(record.updatedAt)-\(url.utf8.count)\""
        guard let comma = url.firstIndex(of: ","), url.utf8.count <= limit / 3 * 4 else { return nil }
        let head = url[url.index(url.startIndex, offsetBy: 5)..<comma].split(separator: ";")
        guard let type = head.first.map({ $0.lowercased() }), types.contains(type), head.last == "base64" else {
            return nil
        }
        if request.headers.first(name: "if-none-match") == tag {
            return HTTPResponse(status: .notModified, headers: ["etag": tag])
        }
        guard let data = Data(base64Encoded: String(url[url.index(after: comma)...])), !data.isEmpty else { return nil }
        return answer(type, ByteBuffer(bytes: data), tag)
    }

    private static func isRemote(_ url: String) -> Bool {
        let lower = url.prefix(8).lowercased()
        return (lower.hasPrefix("https://") || lower.hasPrefix("http://")) && url.utf8.count <= 2048
            && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    private static func answer(_ type: String, _ bytes: ByteBuffer, _ tag: String) -> HTTPResponse {
        HTTPResponse(
            headers: [
                "content-type": type, "etag": tag, "content-disposition": "inline",
                "cache-control": "private, max-age=300", "x-content-type-options": "nosniff",
                "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
            ], body: .bytes(bytes))
    }

    private static let drawing = answer(
        "image/svg+xml",
        ByteBuffer(
            string: """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">\
                <rect width="100" height="100" fill="#d8dce2"/>\
                <path d="M8 38c24 2 34 8 42 22c8-14 18-20 42-22c-18 8-27 17-34 34l-8 12l-8-12c-7-17-16-26-34-34z" \
                fill="#5b6575"/></svg>
                """), "\"default\"")
}
