import Contracts
import HTTPFront
import NIOCore

/// The members that routing needs of a body that passes through as it is.
enum OllamaForm {
    /// Texts that must be there and not be empty, and members that must be there; everything else is the backend's
    /// business.
    /// - Returns: the texts, by their names.
    static func read(
        _ body: ByteBuffer, texts: [String], present: [String] = []
    ) throws(HTTPError) -> [String: String] {
        let names = texts + present
        let members = try members(names, of: body)
        var found: [String: String] = [:]
        var problems: [Validation.Problem] = []
        for (name, member) in zip(names, members) {
            switch member {
            case .string(let text) where !text.isEmpty || present.contains(name): found[name] = text
            case .absent, .string: problems.append(missing(name))
            case .bool, .other: if !present.contains(name) { problems.append(noText(name)) }
            }
        }
        guard problems.isEmpty else { throw Validation.error(problems) }
        return found
    }

    /// The model's name, in either of the members that Ollama has known it by.
    static func model(_ body: ByteBuffer) throws(HTTPError) -> String {
        let members = try members(["model", "name"], of: body)
        for member in members { if case .string(let text) = member, !text.isEmpty { return text } }
        if case .absent = members[0] { throw Validation.error([missing("model")]) }
        throw Validation.error([noText("model")])
    }

    /// Whether a stream is wanted; Ollama's default is yes.
    static func isStreamed(_ body: ByteBuffer) throws(HTTPError) -> Bool {
        try members(["stream"], of: body)[0] != .bool(false)
    }

    static func members(_ names: [String], of body: ByteBuffer) throws(HTTPError) -> [TopLevelJSON.Member] {
        do throws(TopLevelJSON.Malformed) {
            return try body.withUnsafeReadableBytes { bytes throws(TopLevelJSON.Malformed) in
                try TopLevelJSON.members(names, of: bytes)
            }
        } catch {
            // Says precisely what is wrong with it, where it can.
            _ = try Validation(body)
            throw Validation.invalidJSON(at: body.readableBytes)
        }
    }

    private static func missing(_ name: String) -> Validation.Problem {
        .init(type: "missing", location: [.name("body"), .name(name)], message: "Field required", input: .object([:]))
    }

    private static func noText(_ name: String) -> Validation.Problem {
        .init(
            type: "string_type", location: [.name("body"), .name(name)], message: "Input should be a valid string",
            input: .null)
    }
}
