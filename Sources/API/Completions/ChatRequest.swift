import Contracts
import HTTPFront
import NIOCore

/// The body of `POST /api/chat/completions`: OpenAI's, with Open WebUI's own members, which no upstream sees.
struct ChatRequest: Sendable {
    let members: JSONSlices
    let model: String

    /// What Open WebUI's frontend adds for itself.
    private static let own: Set<String> = [
        "chat_id", "id", "message_id", "parent_id", "parent_message", "parent_message_id", "session_id", "filter_ids",
        "tool_ids", "tool_servers", "skill_ids", "terminal_id", "files", "features", "variables", "model_item",
        "background_tasks", "metadata", "params",
    ]

    init(_ body: ByteBuffer) throws(CompletionError) {
        guard let members = (try? JSONSlice(document: body))?.members else {
            throw .invalid("The body must be a JSON object.")
        }
        guard !members.hasLookalike(of: "model") else {
            throw .invalid("There is more than one model.", param: "model")
        }
        guard let model = members["model"]?.text, !model.isEmpty else {
            throw .invalid("You must provide a model parameter.", param: "model")
        }
        self.members = members
        self.model = model
    }

    /// System messages with variables in them.
    var hasTemplates: Bool { members["messages"]?.elements?.contains(where: SystemPrompt.isTemplate) ?? false }

    func isStreamed(_ model: ResolvedModel) -> Bool {
        if case .bool(let isStreamed)? = model.params["stream_response"] { return isStreamed }
        return members["stream"]?.isTrue ?? false
    }

    var wantsUsage: Bool { members["stream_options"]?.members?["include_usage"]?.isTrue ?? false }

    private var params: ModelParameters {
        guard case .object(let params)? = members["params"]?.value else { return ModelParameters([:]) }
        return ModelParameters(params)
    }

    private func messages(_ variables: PromptVariables?) throws(CompletionError) -> [JSONSlice] {
        guard let messages = members["messages"]?.elements, !messages.isEmpty else {
            throw .invalid("messages must be a list that is not empty.", param: "messages")
        }
        guard let variables else { return messages }
        return SystemPrompt.filling(messages, with: variables).compactMap { try? JSONSlice(document: $0) }
    }

    // MARK: For a server with OpenAI's API

    /// The same document without Open WebUI's members; the model's row has not been applied yet.
    func openAI(_ variables: PromptVariables?, isStreamed: Bool) throws(CompletionError) -> ByteBuffer {
        var changes = params.openAI.mapValues { ByteBuffer(string: $0.encoded) }
        changes["model"] = nil
        if variables != nil { changes["messages"] = JSONWriter.array(try messages(variables).map(\.bytes)) }
        changes["stream"] = ByteBuffer(string: isStreamed ? "true" : "false")
        var writer = JSONWriter(capacity: 1024)
        var written: Set<String> = []
        for member in members.list.reversed() where !Self.own.contains(member.name) {
            guard written.insert(member.name).inserted else { continue }
            writer.add(member.name, bytes: changes.removeValue(forKey: member.name) ?? member.value.bytes)
        }
        for (name, value) in changes { writer.add(name, bytes: value) }
        return writer.finish()
    }

    // MARK: For Ollama

    /// Members that are options there, by their names here.
    private static let options = [
        "temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "min_p": "min_p", "seed": "seed",
        "frequency_penalty": "frequency_penalty", "presence_penalty": "presence_penalty",
        "repeat_penalty": "repeat_penalty", "max_tokens": "num_predict", "max_completion_tokens": "num_predict",
        "num_ctx": "num_ctx",
    ]

    /// The body of `/api/chat`; the model's row has not been applied yet.
    func ollama(_ variables: PromptVariables?, isStreamed: Bool) throws(CompletionError) -> ByteBuffer {
        if case .integer(let count)? = members["n"]?.value, count != 1 {
            throw .invalid("This model gives one answer at a time.", param: "n")
        }
        var writer = JSONWriter(capacity: 1024)
        writer.add("model", model)
        writer.add("messages", bytes: try ChatMessages.converted(messages(variables)))
        writer.add("stream", json: isStreamed ? "true" : "false")
        if let tools = members["tools"], tools.isArray, members["tool_choice"]?.text != "none" {
            writer.add("tools", tools)
        }
        let (direct, options) = params.ollama
        var own = direct
        if own["format"] == nil { own["format"] = try format() }
        if own["think"] == nil { own["think"] = think }
        if own["keep_alive"] == nil { own["keep_alive"] = members["keep_alive"]?.value }
        for (name, value) in own.sorted(by: { $0.key < $1.key }) where value != .null { writer.add(name, value) }
        let all = try ownOptions().merging(options) { $1 }
        if !all.isEmpty { writer.add("options", .object(all)) }
        return writer.finish()
    }

    private func ownOptions() throws(CompletionError) -> [String: JSONValue] {
        var options: [String: JSONValue] = [:]
        for (name, option) in Self.options.sorted(by: { $0.key < $1.key }) {
            guard let value = members[name]?.value, value != .null else { continue }
            guard value.double != nil else { throw .invalid("\(name) must be a number.", param: name) }
            options[option] = value
        }
        if let stop = members["stop"]?.value, stop != .null {
            let texts = stop.text.map { [$0] } ?? stop.elements?.compactMap(\.text) ?? []
            guard stop.text != nil || texts.count == stop.elements?.count else {
                throw .invalid("stop must be a text or a list of texts.", param: "stop")
            }
            options["stop"] = .array(texts.map(JSONValue.string))
        }
        // Ollama's own form, which some clients send here.
        if case .object(let own)? = members["options"]?.value {
            options.merge(ModelParameters(own).ollama.options) { $1 }
        }
        return options
    }

    private func format() throws(CompletionError) -> JSONValue? {
        if let format = members["format"]?.value, format != .null { return format }
        guard let wanted = members["response_format"]?.value, wanted != .null else { return nil }
        switch wanted["type"]?.text {
        case "text": return nil
        case "json_object": return .string("json")
        case "json_schema":
            guard let schema = wanted["json_schema"]?["schema"], schema.isObject else {
                throw .invalid("json_schema must have a schema.", param: "response_format.json_schema")
            }
            return schema
        default: throw .invalid("The type of the format is not known.", param: "response_format.type")
        }
    }

    private var think: JSONValue? {
        if let think = members["think"]?.value, think != .null { return think }
        switch members["reasoning_effort"]?.text {
        case nil: return nil
        case "none"?: return .bool(false)
        case "minimal"?: return .string("low")
        case let level?: return .string(level)
        }
    }
}
