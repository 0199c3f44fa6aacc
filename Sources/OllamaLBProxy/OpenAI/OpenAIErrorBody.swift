import Contracts
import Egress

/// Errors of a server as its clients get to see them: in OpenAI's shape, and without the key.
enum OpenAIErrorBody {
    /// Longer ones are cut, which makes them plain text.
    static let limit = 256 * 1024

    /// What a server answered. A body that has `error` already passes as it is; members that others have in its place
    /// become its message, and stay.
    static func normalised(_ body: [UInt8], status: Int, key: String) -> [UInt8] {
        let body = redacted(body, key)
        guard var members = try? JSONMembers(body), String(validating: body, as: UTF8.self) != nil else {
            let text = String(decoding: body.prefix(2000), as: UTF8.self)
            let isText = !text.isEmpty && !text.hasPrefix("<")
            return Array(OpenAIErrorText.body(isText ? text : "the server answered with status \(status)").utf8)
        }
        if let error = members["error"], error.first == UInt8(ascii: "{") { return body }
        let message =
            members.text("error") ?? members.text("detail") ?? members.text("message")
            ?? "the server answered with status \(status)"
        members.set("error", json: OpenAIErrorText.error(message))
        return members.encoded
    }

    /// Some servers repeat the key that they refuse.
    static func redacted(_ body: [UInt8], _ key: String) -> [UInt8] {
        let key = Array(key.utf8)
        guard key.count >= 8, body.count >= key.count else { return body }
        var result: [UInt8] = []
        var index = 0
        while index < body.count {
            if body[index] == key[0], body.count - index >= key.count,
                body[index..<(index + key.count)].elementsEqual(key)
            {
                result += Array("********".utf8)
                index += key.count
            } else {
                result.append(body[index])
                index += 1
            }
        }
        return result
    }

    /// For people who use the server and need not know where it is; the log has the rest.
    static func reason(_ failure: HTTPFailure) -> String {
        switch failure.kind {
        case .resolve: "its name cannot be resolved"
        case .connect(.refused): "it refuses connections"
        case .connect(.unreachable), .forbiddenAddress: "it cannot be reached"
        case .connectTimeout: "no connection in time"
        case .tls: "its certificate or encryption is not accepted"
        case .firstByteTimeout: "no answer in time"
        case .idleTimeout, .totalTimeout: "it fell silent"
        case .noResponse: "it closed the connection without an answer"
        case .truncated: "it closed the connection in the middle of its answer"
        case .protocolError: "its answer is not HTTP"
        case .tooLarge: "its answer is too long"
        default: "the exchange failed"
        }
    }
}
