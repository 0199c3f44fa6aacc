import NIOCore
import Reactor

extension HTTPClient {
    /// As `collect`, following up to `redirects` redirects. The request's address policy holds on every hop,
    /// `timeouts.total` is for all of them together, and `limit` for each answer. Headers that say who asks
    /// (`Authorization`, `Cookie`) do not follow to another origin; from https there is no way to http.
    ///
    /// - Parameter request: a GET without a body.
    public func fetch(
        _ request: Request, limit: Int, redirects: Int = 5
    ) async throws(HTTPFailure) -> (ResponseHead, ByteBuffer) {
        let end = request.timeouts.total.map { ContinuousClock.now + $0 }
        var request = request
        for hop in 0...redirects {
            if let end {
                let left = end - .now
                guard left > .zero else { throw HTTPFailure(.totalTimeout, "timed out between redirects") }
                request.timeouts.total = left
            }
            let (head, body) = try await collect(request, limit: limit)
            guard [301, 302, 303, 307, 308].contains(head.status) else { return (head, body) }
            guard hop < redirects else { break }
            request = try Self.redirected(request, to: head.first("Location"))
        }
        throw HTTPFailure(.badRedirect, "more than \(redirects) redirects")
    }

    nonisolated static func redirected(_ request: Request, to location: String?) throws(HTTPFailure) -> Request {
        guard let from = URLParts(request.url), let location, let url = from.resolving(location),
            let target = URLParts(url)
        else { throw HTTPFailure(.badRedirect, "not to an http or https URL") }
        guard from.scheme == "http" || target.scheme == "https" else {
            throw HTTPFailure(.badRedirect, "from https to http")
        }
        var next = request
        next.url = url
        if target.origin != from.origin {
            next.headers.removeAll { header in
                ["authorization", "cookie"].contains { HeaderRules.isSame(header.0, $0) }
            }
        }
        return next
    }
}
