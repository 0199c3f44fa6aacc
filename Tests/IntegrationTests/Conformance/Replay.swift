import Contracts
import FoundationEssentials

/// Asks a fresh server what the recorded one was asked, in the same order, and keeps what it answers that they did not.
struct Replay {
    let martlet: Martlet
    private var ids: [String: String] = [:]
    private var tokens: [String: String] = [
        "garbage": "abc.def.ghi", "badsk": "sk-00000000000000000000000000000000",
    ]
    private(set) var failures: [String] = []

    /// - Parameters:
    ///   - tokens: of those who are signed in before the first case, by the names of the cases.
    ///   - ids: what names in braces stand for.
    init(_ martlet: Martlet, tokens: [String: String] = [:], ids: [String: String] = [:]) {
        self.martlet = martlet
        self.tokens.merge(tokens) { $1 }
        self.ids = ids
    }

    mutating func run(_ cases: [RecordedCase]) async throws {
        for item in cases { try await run(item) }
    }

    private mutating func run(_ item: RecordedCase) async throws {
        guard let token = token(for: item.asker) else {
            failures.append("\(item.label): nobody has signed in as \(item.asker)")
            return
        }
        var headers: [(String, String)] = []
        if item.asker == "no scheme", let token = tokens["admin"] { headers.append(("authorization", token)) }
        let answer = try await HTTP.call(
            item.method, martlet.base + filled(item.path), token: token.isEmpty ? nil : token, body: try body(of: item),
            headers: headers)
        judge(answer, item)
        if let name = item.learns { ids[name] = answer.json["id"]?.text }
        if let person = item.token { tokens[person] = answer.json["token"]?.text }
    }

    private mutating func judge(_ answer: HTTP.Answer, _ item: RecordedCase) {
        let expected = KnownDifference.expectation(for: item)
        guard answer.status == expected.status else {
            failures.append("\(item.label): \(answer.status), not \(expected.status): \(answer.body.prefix(200))")
            return
        }
        let type = answer.headers["content-type"] ?? ""
        if case .string(let media) = expected.answer, media.hasPrefix("image") || media.contains("/") {
            let wanted = media.hasPrefix("image") ? "image/" : String(media.prefix { $0 != ";" })
            if !type.hasPrefix(wanted) { failures.append("\(item.label): \(type) in place of \(media)") }
            return
        }
        if !type.hasPrefix("application/json") { failures.append("\(item.label): content type \(type)") }
        failures += Shape.differences(answer.json, from: expected.answer).map { "\(item.label): \($0)" }
    }

    /// Empty: without one. Nil: it is not known.
    private func token(for asker: String) -> String? {
        ["anon", "no scheme"].contains(asker) ? "" : tokens[asker]
    }

    private func body(of item: RecordedCase) throws -> String? {
        if let text = item.text { return text }
        guard let body = item.body else { return nil }
        return filled(String(decoding: try JSONEncoder().encode(body), as: UTF8.self))
    }

    private func filled(_ text: String) -> String {
        ids.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}
