import Contracts
import DaemonKit
import HTTPFront
import NIOCore
import NIOHTTP1

/// What is decided of a request by its headers and its peer: cookies, proxies, trusted headers.
///
/// A class, since every request asks it: what is handed out is one reference.
final class FrontSettings: Sendable {
    struct Cookie: Sendable {
        var sameSite: String
        var isSecure: Bool

        /// Attributes of RFC 6265 behind `name=value`.
        var attributes: String { "; Path=/; SameSite=\(sameSite)" + (isSecure ? "; Secure" : "") }
    }

    /// Of the session's token.
    let authCookie: Cookie
    /// Of everything else.
    let sessionCookie: Cookie
    /// Empty: no proxy signs anybody in.
    let emailHeader: String
    let nameHeader: String
    let groupsHeader: String
    private let proxies: [AddressBlock]
    private let trustsLocalSocket: Bool

    init(_ settings: Settings) {
        sessionCookie = Cookie(
            sameSite: settings.text("WEBUI_SESSION_COOKIE_SAME_SITE"),
            isSecure: settings.flag("WEBUI_SESSION_COOKIE_SECURE"))
        let (sameSite, secure) = (
            settings.text("WEBUI_AUTH_COOKIE_SAME_SITE"), settings.text("WEBUI_AUTH_COOKIE_SECURE")
        )
        authCookie = Cookie(
            sameSite: sameSite.isEmpty ? sessionCookie.sameSite : sameSite,
            isSecure: secure.isEmpty ? sessionCookie.isSecure : secure == "true")
        emailHeader = settings.text("WEBUI_AUTH_TRUSTED_EMAIL_HEADER")
        nameHeader = settings.text("WEBUI_AUTH_TRUSTED_NAME_HEADER")
        groupsHeader = settings.text("WEBUI_AUTH_TRUSTED_GROUPS_HEADER")
        let trusted = settings.text("MARTLET_TRUSTED_PROXIES").split(separator: ",")
        proxies = trusted.compactMap { AddressBlock($0, unmapping: true) }
        trustsLocalSocket = trusted.contains("unix")
    }

    /// Whether the peer's forwarded and trusted headers count.
    func trusts(_ request: HTTPRequest) -> Bool {
        if request.isLocalSocket { return trustsLocalSocket }
        guard !proxies.isEmpty, let text = request.remoteAddress?.ipAddress, let peer = IPAddress(text) else {
            return false
        }
        return isProxy(peer)
    }

    /// A header that counts from a trusted proxy only; nil if it is absent, empty, or sent more than once: which of them
    /// the proxy made could not be told.
    func trustedHeader(_ name: String, _ request: HTTPRequest) -> String? {
        guard !name.isEmpty, trusts(request) else { return nil }
        let values = request.headers[name]
        guard values.count == 1, let value = values.first, !value.isEmpty else { return nil }
        return value
    }

    /// Where a request comes from: an IP address, or `unix`. Behind trusted proxies it is the last address in
    /// `X-Forwarded-For` that is none of theirs.
    func source(_ request: HTTPRequest) -> String {
        let peer = request.isLocalSocket ? "unix" : request.remoteAddress?.ipAddress ?? "unknown"
        guard trusts(request) else { return peer }
        let hops = request.headers[canonicalForm: "x-forwarded-for"].reversed()
        for hop in hops {
            let text = String(hop.filter { !$0.isWhitespace })
            guard let address = IPAddress(text) else { return peer }
            if !isProxy(address) { return text }
        }
        return peer
    }

    private func isProxy(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return proxies.contains { $0.contains(address) }
    }
}
