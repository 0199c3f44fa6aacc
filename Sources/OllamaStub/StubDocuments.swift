import Contracts
import FoundationEssentials
import NIOHTTP1

/// Everything that is not a stream of tokens.
enum StubDocuments {
    static func answer(
        _ method: HTTPMethod, _ path: String, _ form: JSONValue, _ script: StubScript, _ loaded: Set<String>
    ) -> (HTTPResponseStatus, String) {
        switch (method, path) {
        case (.GET, "/"), (.HEAD, "/"): (.ok, "Ollama is running")
        case (.GET, "/api/version"): (.ok, "{\"version\":\(JSONText.quoted(script.version))}")
        case (.GET, "/api/tags"): (.ok, "{\"models\":[\(script.models.map(tag).joined(separator: ","))]}")
        case (.GET, "/api/ps"):
            (
                .ok,
                "{\"models\":[\(script.models.filter { loaded.contains($0.name) }.map(running).joined(separator: ","))]}"
            )
        case (.GET, "/v1/models"):
            (.ok, "{\"object\":\"list\",\"data\":[\(script.models.map(openAI).joined(separator: ","))]}")
        default: (.notFound, "404 page not found")
        }
    }

    static let details =
        #"{"parent_model":"","format":"gguf","family":"stub","families":["stub"],"parameter_size":"1B","quantization_level":"Q4_0"}"#

    private static func tag(_ model: StubScript.Model) -> String {
        let name = JSONText.quoted(model.name)
        return "{\"name\":\(name),\"model\":\(name),\"modified_at\":\"2026-01-01T00:00:00Z\",\"size\":1000000000,"
            + "\"digest\":\(JSONText.quoted(model.digest)),\"details\":\(details)}"
    }

    private static func running(_ model: StubScript.Model) -> String {
        let name = JSONText.quoted(model.name)
        return "{\"name\":\(name),\"model\":\(name),\"size\":1200000000,\"digest\":\(JSONText.quoted(model.digest)),"
            + "\"details\":\(details),\"expires_at\":\"2036-01-01T00:00:00.123456789Z\",\"size_vram\":1200000000,"
            + "\"context_length\":4096}"
    }

    private static func openAI(_ model: StubScript.Model) -> String {
        "{\"id\":\(JSONText.quoted(model.name)),\"object\":\"model\",\"created\":1767225600,\"owned_by\":\"library\"}"
    }
}
