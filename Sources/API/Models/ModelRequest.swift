import Contracts
import HTTPFront
import NIOCore

/// The body of a request for an upstream: the model's own name in place of the one that the caller used, and what the
/// model's row adds. Everything else passes as the bytes that were sent.
struct ModelRequest: Sendable {
    /// Whose form the body has.
    enum Form: Sendable {
        case ollamaChat
        case ollamaGenerate
        /// Only the name is changed: embeddings, show, …
        case ollamaOther
        case openAIChat
        case openAIOther
    }

    let model: ResolvedModel
    let form: Form
    /// The row's system prompt, filled in; nil: none.
    let system: String?

    /// - Throws: 422 for what is no JSON object.
    func rewritten(_ body: ByteBuffer) throws(HTTPError) -> ByteBuffer {
        let document: JSONSlice
        do throws(JSONCursor.Malformed) {
            document = try JSONSlice(document: body)
        } catch {
            throw Validation.invalidJSON(at: body.readableBytes)
        }
        guard let members = document.members else { throw Validation.invalidJSON(at: body.readableBytes) }
        let changes = changes(members)
        if changes.isEmpty, !isDoubtful(members) { return body }
        var writer = JSONWriter(capacity: body.readableBytes + 256)
        var written: Set<String> = []
        for member in members.list.reversed() {
            // The last of a name counts; a look-alike would count for a backend that does not mind case.
            let lower = member.name.lowercased()
            let isLookalike = lower != member.name && (Self.guarded.contains(lower) || changes[lower] != nil)
            guard !isLookalike, written.insert(member.name).inserted else { continue }
            if let change = changes[member.name] {
                writer.add(member.name, bytes: change)
            } else {
                writer.add(member.name, member.value)
            }
        }
        for (name, change) in changes.sorted(by: { $0.key < $1.key }) where !written.contains(name) {
            writer.add(name, bytes: change)
        }
        return writer.finish()
    }

    /// Names by which a backend decides what it does: no second spelling of them goes through.
    private static let guarded: Set<String> = ["model", "name"]

    private func isDoubtful(_ members: JSONSlices) -> Bool {
        Self.guarded.contains { name in
            members.hasLookalike(of: name) || members.list.count { $0.name == name } > 1
        }
    }

    // MARK: What the row adds

    private func changes(_ members: JSONSlices) -> [String: ByteBuffer] {
        var changes: [String: ByteBuffer] = [:]
        if members["model"]?.text != model.upstreamID {
            changes["model"] = Self.bytes(.string(model.upstreamID))
        }
        switch form {
        case .ollamaOther, .openAIOther: break
        case .ollamaChat, .ollamaGenerate:
            let (direct, options) = ModelParameters(model.params).ollama
            for (name, value) in direct { changes[name] = Self.bytes(value) }
            if !options.isEmpty {
                let own = members["options"]?.value ?? .object([:])
                changes["options"] = Self.bytes((own.isObject ? own : .object([:])).merging(.object(options)))
            }
        case .openAIChat:
            for (name, value) in ModelParameters(model.params).openAI where !Self.guarded.contains(name) {
                changes[name] = Self.bytes(value)
            }
        }
        guard let system else { return changes }
        if form == .ollamaGenerate {
            let own = members["system"]?.text ?? ""
            changes["system"] = Self.bytes(.string(own.isEmpty ? system : "\(system)\n\(own)"))
        } else if form != .ollamaOther, form != .openAIOther, let messages = members["messages"]?.elements {
            changes["messages"] = JSONWriter.array(SystemPrompt.adding(system, to: messages))
        }
        return changes
    }

    private static func bytes(_ value: JSONValue) -> ByteBuffer { ByteBuffer(string: value.encoded) }
}
