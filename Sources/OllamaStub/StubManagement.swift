import Contracts
import NIOHTTP1

/// Routes that change what the server has, and that tell more of a model: show, pull, push, create, copy, delete,
/// embeddings.
struct StubManagement {
    let stub: OllamaStub
    let script: StubScript

    /// nil: not one of these routes.
    func answer(_ method: HTTPMethod, _ path: String, _ form: JSONValue) -> StubAnswer? {
        let name = (form["model"] ?? form["name"])?.text ?? ""
        switch (method, path) {
        case (.POST, "/api/show"): return find(name).map(show) ?? .notFound(name)
        case (.POST, "/api/pull"): return pull(name, form)
        case (.POST, "/api/push"):
            guard find(name) != nil else { return .notFound(name) }
            return progress(["retrieving manifest", "pushing manifest"], form)
        case (.POST, "/api/create"): return create(name, form)
        case (.POST, "/api/copy"):
            return copy(form["source"]?.text ?? "", to: form["destination"]?.text ?? "")
        case (.DELETE, "/api/delete"): return delete(name)
        case (.POST, "/api/embed"), (.POST, "/v1/embeddings"), (.POST, "/api/embeddings"):
            return find(name) == nil ? .notFound(name) : embeddings(path, name, form)
        case (.POST, "/api/generate") where form["keep_alive"] == .integer(0) && (form["prompt"]?.text ?? "").isEmpty:
            return unload(name)
        case (.HEAD, _) where path.hasPrefix("/api/blobs/"):
            let isKnown = stub.hasBlob(String(path.dropFirst("/api/blobs/".count)))
            return StubAnswer(status: isKnown ? .ok : .notFound, body: "")
        default: return nil
        }
    }

    private func find(_ name: String) -> StubScript.Model? {
        script.models.first { $0.name == name || $0.name == name + ":latest" }
    }

    private static func whole(_ name: String) -> String { name.contains(":") ? name : name + ":latest" }

    private func add(_ name: String) {
        let name = Self.whole(name)
        stub.change { script in
            if !script.models.contains(where: { $0.name == name }) { script.models.append(.init(name: name)) }
        }
    }

    private func show(_ model: StubScript.Model) -> StubAnswer {
        StubAnswer(
            body: "{\"license\":\"none\",\"modelfile\":\(JSONText.quoted("FROM \(model.name)\n")),"
                + "\"parameters\":\"stop \\\"<|eot|>\\\"\",\"template\":\"{{ .Prompt }}\","
                + "\"details\":\(StubDocuments.details),\"model_info\":{\"general.architecture\":\"stub\","
                + "\"general.parameter_count\":1000000000,\"stub.context_length\":4096},"
                + "\"capabilities\":[\"completion\",\"tools\"],\"modified_at\":\"2026-01-01T00:00:00Z\"}")
    }

    /// Lines of progress, the last of them `success`; in one document without a stream.
    private func progress(_ steps: [String], _ form: JSONValue) -> StubAnswer {
        guard form["stream"] != .bool(false) else { return StubAnswer(body: #"{"status":"success"}"#) }
        return .lines((steps + ["success"]).map { "{\"status\":\(JSONText.quoted($0))}" })
    }

    /// What no registry has begins with `missing`.
    private func pull(_ name: String, _ form: JSONValue) -> StubAnswer {
        let isStreamed = form["stream"] != .bool(false)
        guard !name.hasPrefix("missing"), script.pullError == nil else {
            let text = script.pullError ?? "pull model manifest: file does not exist"
            guard isStreamed else { return .error(.internalServerError, text) }
            return .lines([#"{"status":"pulling manifest"}"#, "{\"error\":\"\(text)\"}"])
        }
        add(name)
        guard isStreamed else { return StubAnswer(body: #"{"status":"success"}"#) }
        let digest = "sha256:" + String(repeating: "b", count: 64)
        let layers = (1...5).map { part in
            "{\"status\":\"pulling \(digest.dropFirst(7).prefix(12))\",\"digest\":\"\(digest)\",\"total\":10000000,"
                + "\"completed\":\(part * 2_000_000)}"
        }
        return .lines(
            [#"{"status":"pulling manifest"}"#] + layers
                + [#"{"status":"verifying sha256 digest"}"#, #"{"status":"success"}"#])
    }

    /// From a model that is there, or from blobs that are there.
    private func create(_ name: String, _ form: JSONValue) -> StubAnswer {
        if let base = form["from"]?.text, find(base) == nil { return .notFound(base) }
        if case .object(let files)? = form["files"] {
            for digest in files.values where !stub.hasBlob(digest.text ?? "") {
                return .error(.badRequest, "blob \(digest.text ?? "") not found")
            }
        }
        add(name)
        return progress(["reading model metadata", "creating system layer", "writing manifest"], form)
    }

    private func copy(_ source: String, to destination: String) -> StubAnswer {
        guard find(source) != nil else { return .notFound(source) }
        add(destination)
        return StubAnswer(body: "")
    }

    private func delete(_ name: String) -> StubAnswer {
        guard let model = find(name) else { return .notFound(name) }
        stub.change { script in script.models.removeAll { $0.name == model.name } }
        return StubAnswer(body: "")
    }

    private func unload(_ name: String) -> StubAnswer {
        guard let model = find(name) else { return .notFound(name) }
        stub.unload(model.name)
        return StubAnswer(
            body: "{\"model\":\(JSONText.quoted(name)),\"created_at\":\"2026-01-01T00:00:00Z\",\"response\":\"\","
                + "\"done\":true,\"done_reason\":\"unload\"}")
    }

    private func embeddings(_ path: String, _ name: String, _ form: JSONValue) -> StubAnswer {
        let texts = form["input"]?.elements ?? [form["input"] ?? form["prompt"] ?? .null]
        let vectors = texts.map { "[0.25,-0.5,\(($0.text ?? "").utf8.count)]" }
        switch path {
        case "/api/embeddings": return StubAnswer(body: "{\"embedding\":\(vectors.first ?? "[]")}")
        case "/v1/embeddings":
            let data = vectors.enumerated().map {
                "{\"object\":\"embedding\",\"index\":\($0.offset),\"embedding\":\($0.element)}"
            }
            return StubAnswer(
                body: "{\"object\":\"list\",\"data\":[\(data.joined(separator: ","))],"
                    + "\"model\":\(JSONText.quoted(name)),\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}")
        default:
            return StubAnswer(
                body: "{\"model\":\(JSONText.quoted(name)),\"embeddings\":[\(vectors.joined(separator: ","))],"
                    + "\"total_duration\":1000000,\"load_duration\":1000000,\"prompt_eval_count\":3}")
        }
    }
}
