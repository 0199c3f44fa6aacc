import Contracts
import DaemonKit
import Egress

/// The headers of a request to one connection: who asks, the key, and what the connection's configuration adds.
struct OpenAIHeaders: Sendable {
    let connection: OpenAIConnection
    let asker: OpenAIAsker
    let settings: Settings

    enum Refusal: Error, Equatable {
        /// The connection asks for credentials that this server cannot give.
        case authentication(String)
    }

    /// `given`: the client's own, as far as they may pass. What the connection's configuration names wins over all.
    func headers(_ given: [(String, String)]) throws(Refusal) -> [(String, String)] {
        var headers = given
        if connection.url.contains("openrouter.ai") {
            headers += [("HTTP-Referer", "https://openwebui.com/"), ("X-Title", "Open WebUI")]
        }
        if settings.flag("ENABLE_FORWARD_USER_INFO_HEADERS") { headers += asking }
        headers += try credentials()
        for (name, value) in connection.headers {
            headers.removeAll { Self.isSame($0.0, name) }
            headers.append((name, filled(value)))
        }
        return headers
    }

    private var asking: [(String, String)] {
        let values = [
            ("FORWARD_USER_INFO_HEADER_USER_NAME", quotedName), ("FORWARD_USER_INFO_HEADER_USER_ID", asker.id),
            ("FORWARD_USER_INFO_HEADER_USER_EMAIL", asker.email), ("FORWARD_USER_INFO_HEADER_USER_ROLE", asker.role),
            ("FORWARD_SESSION_INFO_HEADER_CHAT_ID", asker.chatID),
            ("FORWARD_SESSION_INFO_HEADER_MESSAGE_ID", asker.messageID),
        ]
        return values.compactMap { setting, value in
            let name = settings.text(setting)
            return name.isEmpty || value.isEmpty ? nil : (name, Self.safe(value))
        }
    }

    /// Percent-encoded but for spaces, as Open WebUI sends it: names have any letters.
    private var quotedName: String {
        asker.name.split(separator: " ", omittingEmptySubsequences: false)
            .map { PercentEncoding.encode(String($0)) }.joined(separator: " ")
    }

    private func credentials() throws(Refusal) -> [(String, String)] {
        var token = ""
        switch connection.authentication {
        case .bearer: token = connection.key
        case .none: break
        case .session: token = asker.sessionToken
        case .systemOAuth: token = asker.oauthToken
        case .unknown(let name): throw .authentication(name)
        }
        var headers: [(String, String)] = []
        if connection.isAzure {
            if !connection.key.isEmpty { headers.append(("api-key", connection.key)) }
            headers.append(("api-version", connection.apiVersion))
        }
        // Azure takes its key in a header of its own, and a bearer token for what it is elsewhere.
        if !token.isEmpty, !(connection.isAzure && connection.authentication == .bearer) {
            headers.append(("authorization", "Bearer \(token)"))
        }
        if connection.isAnthropic, !connection.key.isEmpty {
            headers += [("x-api-key", connection.key), ("anthropic-version", "2023-06-01")]
        }
        return headers
    }

    /// The placeholders of a configured header's value.
    private func filled(_ value: String) -> String {
        guard value.contains("{{") else { return value }
        let places = [
            ("{{USER_ID}}", asker.id), ("{{USER_NAME}}", quotedName), ("{{USER_EMAIL}}", asker.email),
            ("{{USER_ROLE}}", asker.role), ("{{CHAT_ID}}", asker.chatID), ("{{MESSAGE_ID}}", asker.messageID),
        ]
        // In one pass, so that a name that looks like a placeholder stays what it is.
        var result = ""
        var rest = Substring(value)
        while let mark = rest.range(of: "{{") {
            result += rest[..<mark.lowerBound]
            rest = rest[mark.lowerBound...]
            if let place = places.first(where: { rest.hasPrefix($0.0) }) {
                result += Self.safe(place.1)
                rest = rest.dropFirst(place.0.count)
            } else {
                result += "{{"
                rest = rest.dropFirst(2)
            }
        }
        return result + rest
    }

    /// What could end a header line is percent-encoded: a header's value is somebody's own text.
    private static func safe(_ value: String) -> String {
        value.utf8.contains { $0 < 32 || $0 == 127 } ? PercentEncoding.encode(value) : value
    }

    static func isSame(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }
}
