import Contracts
import Egress
import Logging
import NIOCore
import Reactor
import Synchronization

/// Requests to providers: whole small answers, each within a time and a size, only so many at once.
///
/// libcurl is loaded when the first one is made.
final class ProviderHTTP: Sendable {
    struct Answer: Sendable {
        var status: Int
        var body: ByteBuffer
        /// `WWW-Authenticate`.
        var challenge: String?

        /// Nil for what is no JSON.
        var json: JSONValue? { try? JSONValue(json: body.readableBytesView) }
    }

    /// More than these at a time are refused: a provider that hangs must not gather up everybody's requests.
    static let concurrencyLimit = 128

    private let underWay = Mutex(0)

    @ReactorActor private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.maxConnectionsPerHost = 64
        configuration.maxConnections = 256
        configuration.maxCachedConnections = 8
        return HTTPClient(configuration: configuration)
    }()

    /// - Throws: `OAuthError` without an answer; any status is one.
    func get(
        _ url: String, bearer: String? = nil, accept: String = "application/json", limit: Int, timeout: Duration
    ) async throws(OAuthError) -> Answer {
        var headers = [("Accept", accept)]
        if let bearer { headers.append(("Authorization", "Bearer \(bearer)")) }
        return try await send(Request(url: url, headers: headers), limit: limit, timeout: timeout)
    }

    /// - Parameters:
    ///   - form: names and values, not encoded.
    ///   - authorization: of the client; nil: none, or within the form.
    func post(
        _ url: String, form: [(String, String)], authorization: String?, limit: Int, timeout: Duration
    ) async throws(OAuthError) -> Answer {
        var headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
        if let authorization { headers.append(("Authorization", authorization)) }
        // A code counts once: a request that libcurl sent twice would look like theft.
        let request = Request(
            method: "POST", url: url, headers: headers, body: .buffer(ByteBuffer(string: FormEncoding.encode(form))),
            mayReuseConnection: false)
        return try await send(request, limit: limit, timeout: timeout)
    }

    func post(
        _ url: String, json: JSONValue, accept: String = "application/json", limit: Int, timeout: Duration
    ) async throws(OAuthError) -> Answer {
        let request = Request(
            method: "POST", url: url, headers: [("Accept", accept), ("Content-Type", "application/json")],
            body: .buffer(ByteBuffer(string: json.encoded)), mayReuseConnection: false)
        return try await send(request, limit: limit, timeout: timeout)
    }

    /// A picture that a user may have chosen the address of: only public addresses are connected to.
    func picture(_ url: String, limit: Int, timeout: Duration) async throws(OAuthError) -> Answer {
        let request = Request(url: url, headers: [("Accept", "image/*")], addressPolicy: .publicOnly)
        return try await send(request, limit: limit, timeout: timeout, follows: true)
    }

    private func send(
        _ request: Request, limit: Int, timeout: Duration, follows: Bool = false
    ) async throws(OAuthError) -> Answer {
        guard
            underWay.withLock({ count in
                guard count < Self.concurrencyLimit else { return false }
                count += 1
                return true
            })
        else { throw OAuthError("too many requests to providers at a time", shown: .overloaded) }
        defer { underWay.withLock { $0 -= 1 } }
        var request = request
        request.timeouts = .init(connect: min(timeout, .seconds(5)), firstByte: timeout, idle: timeout, total: timeout)
        do throws(HTTPFailure) {
            let client = await Self.client
            let (head, body) =
                follows
                ? try await client.fetch(request, limit: limit) : try await client.collect(request, limit: limit)
            return Answer(status: head.status, body: body, challenge: head.first("www-authenticate"))
        } catch {
            throw OAuthError("\(URLParts(request.url)?.withoutQuery ?? "provider"): \(error.kind)")
        }
    }
}

extension URLParts {
    /// For logs: queries may hold secrets, and so may what stands before the host.
    var withoutQuery: String { origin + path }
}
