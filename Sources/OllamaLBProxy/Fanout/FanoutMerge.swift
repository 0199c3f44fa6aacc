import Contracts

/// The merged progress of several backends, as text. Pure.
enum FanoutMerge {
    struct Source: Equatable, Sendable {
        var index: Int
        var url: String
    }

    /// What a backend's line says.
    enum Line: Equatable {
        case progress(JSONValue)
        case success(JSONValue)
        case failure(String)

        /// nil: no JSON object.
        init?(_ bytes: [UInt8]) {
            guard let value = try? JSONValue(json: bytes), value.isObject else { return nil }
            if let error = value["error"], error != .null {
                self = .failure(error.text ?? error["message"]?.text ?? error.encoded)
            } else {
                self = value["status"] == .string("success") ? .success(value) : .progress(value)
            }
        }
    }

    /// The line for the client. No line of one backend's says `success` or `error`: that is for the overall end.
    static func text(_ line: Line, of source: Source) -> String {
        var members: [String: JSONValue] = [:]
        switch line {
        case .progress(.object(let own)): members = own
        case .success(.object(let own)):
            members = own
            members["status"] = .string("finished")
        case .failure(let why):
            members["status"] = .string("failed: \(why)")
            members["failed"] = .bool(true)
        case .progress, .success: break
        }
        members["backend"] = .integer(Int64(source.index))
        members["url"] = .string(source.url)
        return JSONValue.object(members).encoded
    }

    /// The last line, or the one document.
    static func end(_ outcomes: [OllamaFanoutOutcome]) -> String {
        let backends = JSONValue.array(outcomes.map(json))
        let failed = outcomes.filter { !$0.ok }
        guard let first = failed.first else {
            return JSONValue.object(["status": .string("success"), "backends": backends]).encoded
        }
        let text =
            outcomes.count == 1
            ? first.error
            : "\(failed.count) of \(outcomes.count) Ollama servers failed: "
                + failed.map { "\($0.url): \($0.error)" }.joined(separator: "; ")
        return JSONValue.object(["error": .string(text), "backends": backends]).encoded
    }

    private static func json(_ outcome: OllamaFanoutOutcome) -> JSONValue {
        var members: [String: JSONValue] = [
            "backend": .integer(Int64(outcome.index)), "url": .string(outcome.url), "ok": .bool(outcome.ok),
            "status": .integer(Int64(outcome.status)),
        ]
        if !outcome.ok { members["error"] = .string(outcome.error) }
        return .object(members)
    }
}
