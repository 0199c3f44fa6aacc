import Contracts
import FoundationEssentials
import Link
import Reactor

/// `/api/tags`, `/api/ps` and `/api/version` of the whole fleet, asked of all backends at once and merged: each model
/// once, with `urls`, the indices of the backends that have it.
@ReactorActor
struct FleetDocuments {
    let table: BackendTable

    func tags(_ request: OllamaListRequest) async throws(LinkError) -> OllamaJsonReply {
        let answers = try await ask("/api/tags", request).map(visible)
        var models = Self.merge(answers, key: "model")
        for index in models.indices {
            guard let name = models[index]["model"]?.text ?? models[index]["name"]?.text else { continue }
            let until = table.backends.compactMap { loadedUntil(name, $0) }.max() ?? 0
            if until > 0 { models[index] = Self.adding("expires_at", .integer(until), to: models[index]) }
        }
        return try Self.reply(.object(["models": .array(models)]))
    }

    func loaded(_ request: OllamaListRequest) async throws(LinkError) -> OllamaJsonReply {
        try Self.reply(.object(["models": .array(Self.merge(try await ask("/api/ps", request), key: "model"))]))
    }

    /// The lowest version: what every backend can do.
    func version(_ request: OllamaListRequest) async throws(LinkError) -> OllamaJsonReply {
        let versions = try await ask("/api/version", request).compactMap { $0.document["version"]?.text }
        guard let lowest = versions.min(by: Self.isLower) else {
            throw LinkError(.unavailable, "no Ollama server answers")
        }
        return try Self.reply(.object(["version": .string(lowest)]))
    }

    /// Any server's version, whether it is configured or not.
    func verify(_ request: OllamaVerifyRequest) async throws(LinkError) -> OllamaJsonReply {
        let url = request.url.last == "/" ? String(request.url.dropLast()) : request.url
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw LinkError(.invalidArgument, "an address begins with http:// or https://")
        }
        let version: JSONValue
        do {
            version = try await table.document(url: url, key: request.key, "/api/version")
        } catch {
            throw LinkError(.unavailable, "\(error)")
        }
        return try Self.reply(version)
    }

    // MARK: Pieces

    private func loadedUntil(_ name: String, _ backend: Backend) -> Int64? {
        guard let local = backend.options.local(name) else { return nil }
        return backend.loaded[ModelName.normalised(local)]?["expires_at"]?.text.flatMap(Timestamp.unixSeconds)
    }

    /// A backend's models as clients see them: those that OLLAMA_API_CONFIGS admits, with its prefix and tags.
    private func visible(_ answer: Answer) -> Answer {
        guard let backend = table.backends.first(where: { $0.index == answer.index }) else { return answer }
        let options = backend.options
        let models = (answer.document["models"]?.elements ?? []).compactMap { model -> JSONValue? in
            guard let name = model["model"]?.text ?? model["name"]?.text, options.admits(name) else { return nil }
            var model = Self.adding("connection_type", .string(options.connectionType), to: model)
            if !options.prefix.isEmpty { model = Self.adding("model", .string(options.visible(name)), to: model) }
            return options.tags.isEmpty ? model : Self.adding("tags", .array(options.tags), to: model)
        }
        return Answer(index: answer.index, document: .object(["models": .array(models)]))
    }

    struct Answer: Sendable {
        var index: Int
        var document: JSONValue
    }

    private func ask(_ path: String, _ request: OllamaListRequest) async throws(LinkError) -> [Answer] {
        var asked = table.backends.filter(\.options.isEnabled)
        if request.hasBackendIndex {
            asked = asked.filter { $0.index == Int(request.backendIndex) }
            guard !asked.isEmpty else {
                throw LinkError(.notFound, "there is no Ollama server with index \(request.backendIndex)")
            }
        } else {
            // One that is known to be down would only cost everybody its time-out.
            let healthy = asked.filter(\.isHealthy)
            if !healthy.isEmpty { asked = healthy }
        }
        guard !asked.isEmpty else { return [] }
        let answers = await withTaskGroup(of: Answer?.self) { group in
            for backend in asked {
                let index = backend.index
                group.addTask {
                    (try? await table.document(backend, path)).map { Answer(index: index, document: $0) }
                }
            }
            var answers: [Answer] = []
            for await answer in group { if let answer { answers.append(answer) } }
            return answers.sorted { $0.index < $1.index }
        }
        guard !answers.isEmpty else { throw LinkError(.unavailable, "no Ollama server answers") }
        return answers
    }

    static func merge(_ answers: [Answer], key: String) -> [JSONValue] {
        var order: [String] = []
        var merged: [String: JSONValue] = [:]
        var urls: [String: [JSONValue]] = [:]
        for answer in answers {
            for model in answer.document["models"]?.elements ?? [] {
                guard let name = model[key]?.text ?? model["name"]?.text else { continue }
                if merged[name] == nil {
                    merged[name] = model
                    order.append(name)
                }
                let index = JSONValue.integer(Int64(answer.index))
                if urls[name]?.last != index { urls[name, default: []].append(index) }
            }
        }
        return order.compactMap { name in
            merged[name].map { adding("urls", .array(urls[name] ?? []), to: $0) }
        }
    }

    private static func adding(_ key: String, _ value: JSONValue, to model: JSONValue) -> JSONValue {
        guard case .object(var members) = model else { return model }
        members[key] = value
        return .object(members)
    }

    /// By the numbers before the first `-`: `0.9.1` is lower than `0.10.0-rc1`. Any text is taken.
    static func isLower(_ left: String, _ right: String) -> Bool {
        func numbers(_ text: String) -> [Int] {
            text.prefix { $0 != "-" }.split(separator: ".").map { Int($0) ?? 0 }
        }
        guard !left.isEmpty, !right.isEmpty else { return left < right }
        return numbers(left).lexicographicallyPrecedes(numbers(right))
    }

    private static func reply(_ document: JSONValue) throws(LinkError) -> OllamaJsonReply {
        var reply = OllamaJsonReply()
        do { reply.json = try JSONEncoder().encode(document) } catch { throw LinkError(.internal, "\(error)") }
        reply.status = 200
        return reply
    }
}
