import Contracts
import NIOHTTP1

/// A whole answer.
struct StubAnswer {
    var status = HTTPResponseStatus.ok
    var contentType = "application/json"
    var body: String

    static func lines(_ lines: [String]) -> StubAnswer {
        StubAnswer(contentType: "application/x-ndjson", body: lines.map { $0 + "\n" }.joined())
    }

    static func error(_ status: HTTPResponseStatus, _ text: String) -> StubAnswer {
        StubAnswer(status: status, body: "{\"error\":\(JSONText.quoted(text))}")
    }

    static func notFound(_ model: String) -> StubAnswer { error(.notFound, "model '\(model)' not found") }
}
