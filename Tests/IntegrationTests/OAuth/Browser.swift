import Contracts
import Egress
import FoundationEssentials
import NIOCore
import Reactor
import Synchronization

/// What a browser does of HTTP: keeps cookies, sends them back, follows redirects when it is told to.
final class Browser: Sendable {
    struct Page: Sendable {
        var url: String
        var status: Int
        var headers: [(String, String)]
        var body: String

        var location: String? { headers.first { $0.0.lowercased() == "location" }?.1 }
        var setCookies: [String] { headers.filter { $0.0.lowercased() == "set-cookie" }.map(\.1) }
        var json: JSONValue { (try? JSONValue(json: body.utf8)) ?? .null }

        /// The attributes of a cookie that is set here, its value first.
        func setCookie(_ name: String) -> [String]? {
            setCookies.first { $0.hasPrefix(name + "=") }?.split(separator: ";").map { part in
                String(part.drop { $0 == " " })
            }
        }
    }

    private let jar = Mutex<[String: [String: String]]>([:])

    @ReactorActor private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.maxConnections = 0
        configuration.maxConnectionsPerHost = 0
        return HTTPClient(configuration: configuration)
    }()

    /// The cookies that a server has set, by their names.
    func cookies(_ url: String) -> [String: String] { jar.withLock { $0[Self.host(url)] ?? [:] } }

    func setCookie(_ name: String, _ value: String?, at url: String) {
        jar.withLock { $0[Self.host(url), default: [:]][name] = value }
    }

    func get(_ url: String, headers: [(String, String)] = []) async throws -> Page {
        try await send("GET", url, headers: headers)
    }

    func postForm(_ url: String, _ form: String) async throws -> Page {
        try await send("POST", url, body: form, headers: [("content-type", "application/x-www-form-urlencoded")])
    }

    @ReactorActor
    func send(
        _ method: String, _ url: String, body: String? = nil, headers: [(String, String)] = []
    ) async throws -> Page {
        let cookies = cookies(url).map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        let request = Request(
            method: method, url: url, headers: headers + (cookies.isEmpty ? [] : [("cookie", cookies)]),
            body: body.map { .buffer(ByteBuffer(string: $0)) },
            timeouts: .init(connect: .seconds(10), firstByte: .seconds(60), idle: .seconds(60), total: .seconds(120)))
        let (head, bytes) = try await Self.client.collect(request, limit: 16 << 20)
        let page = Page(url: url, status: head.status, headers: head.headers, body: String(buffer: bytes))
        for cookie in page.setCookies { keep(cookie, url) }
        return page
    }

    private func keep(_ cookie: String, _ url: String) {
        let parts = cookie.split(separator: ";").map { $0.drop { $0 == " " } }
        guard let pair = parts.first, let equals = pair.firstIndex(of: "=") else { return }
        let isGone = parts.contains { $0.lowercased() == "max-age=0" }
        setCookie(String(pair[..<equals]), isGone ? nil : String(pair[pair.index(after: equals)...]), at: url)
    }

    private static func host(_ url: String) -> String {
        String(url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).dropFirst().first ?? "")
    }
}

/// The query of a URL, decoded.
func query(_ url: String) -> [String: String] {
    guard let mark = url.firstIndex(of: "?") else { return [:] }
    var found: [String: String] = [:]
    for pair in url[url.index(after: mark)...].split(separator: "&") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
            String(part.replacing("+", with: " ")).removingPercentEncoding ?? ""
        }
        found[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    return found
}

func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        let hex = String(byte, radix: 16, uppercase: true)
        return isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.utf8.count < 2 ? "0" : "") + hex
    }.joined()
}

/// The answer for a provider that is not configured.
let unknownProvider = #"{"detail":"This sign-in provider is not configured"}"#
