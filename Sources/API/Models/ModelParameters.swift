import Contracts

/// The parameters of a model's row, in the form of an upstream. They go before what the request says, as in Open WebUI.
struct ModelParameters: Sendable {
    /// Open WebUI's own, which no upstream knows.
    static let internalNames: Set<String> = [
        "stream_response", "stream_delta_chunk_size", "function_calling", "reasoning_tags", "system",
    ]
    /// Members of Ollama's request, not of its `options`.
    static let ollamaMembers: Set<String> = ["format", "keep_alive", "think"]

    private enum Kind {
        case number, whole, flag, texts
    }

    private static let kinds: [String: Kind] = [
        "temperature": .number, "top_p": .number, "min_p": .number, "mirostat_eta": .number, "mirostat_tau": .number,
        "repeat_penalty": .number, "presence_penalty": .number, "frequency_penalty": .number, "tfs_z": .number,
        "mirostat": .whole, "num_ctx": .whole, "num_batch": .whole, "num_keep": .whole, "num_predict": .whole,
        "repeat_last_n": .whole, "top_k": .whole, "num_gpu": .whole, "num_thread": .whole, "max_tokens": .whole,
        "use_mmap": .flag, "use_mlock": .flag, "stop": .texts,
    ]

    private let params: [String: JSONValue]

    /// - Parameter params: as stored, or as a request's `params` has them; `custom_params` in it are merged in.
    init(_ params: [String: JSONValue]) {
        var all = params.filter { !Self.internalNames.contains($0.key) && $0.value != .null }
        if case .object(let custom)? = all.removeValue(forKey: "custom_params") {
            let parsed = custom.mapValues { value in value.text.flatMap { try? JSONValue(json: $0.utf8) } ?? value }
            if case .object(let merged) = JSONValue.object(all).merging(.object(parsed)) { all = merged }
        }
        self.params = all.filter { $0.value != .null }
    }

    /// For Ollama: members of the request, and of its `options`.
    var ollama: (members: [String: JSONValue], options: [String: JSONValue]) {
        var members: [String: JSONValue] = [:]
        var options: [String: JSONValue] = [:]
        for (name, value) in params {
            if Self.ollamaMembers.contains(name) {
                members[name] = Self.ollamaMember(name, value)
            } else {
                let option = name == "max_tokens" ? "num_predict" : name
                if option == "num_predict", name != option, params[option] != nil { continue }
                options[option] = Self.cast(option, value)
            }
        }
        return (members, options)
    }

    /// For OpenAI: members of the request.
    var openAI: [String: JSONValue] {
        params.reduce(into: [:]) { result, param in result[param.key] = Self.cast(param.key, param.value) }
    }

    /// A schema, a duration or a level may be stored as text that holds JSON.
    private static func ollamaMember(_ name: String, _ value: JSONValue) -> JSONValue {
        guard let text = value.text else { return value }
        if name == "think" { return ["true": .bool(true), "false": .bool(false)][text.lowercased()] ?? value }
        return (try? JSONValue(json: text.utf8)) ?? value
    }

    /// Nil for what cannot be one: it is left out.
    private static func cast(_ name: String, _ value: JSONValue) -> JSONValue? {
        switch kinds[name] {
        case nil: return value
        case .number: return value.double == nil ? value.text.flatMap(Double.init).map(JSONValue.number) : value
        case .whole:
            if case .integer = value { return value }
            return (value.double ?? value.text.flatMap(Double.init)).flatMap { Int64(exactly: $0.rounded(.towardZero)) }
                .map(JSONValue.integer)
        case .flag:
            if case .bool = value { return value }
            return value.double.map { .bool($0 != 0) }
        case .texts:
            let texts = value.elements?.compactMap(\.text) ?? value.text.map { [$0] } ?? []
            return texts.isEmpty ? nil : .array(texts.map { .string(unescaped($0)) })
        }
    }

    /// People write `\n` into the form; the upstream wants the character.
    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
                switch character {
                case "n": result += "\n"
                case "t": result += "\t"
                case "r": result += "\r"
                case "\\", "\"", "'": result.append(character)
                default: result += "\\\(character)"
                }
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return isEscaped ? result + "\\" : result
    }
}
