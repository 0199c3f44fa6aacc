import Contracts

extension KnownDifference {
    private static let notFound = "what nobody has is 404, as Ollama itself answers"
    private static let list = JSONValue.object([
        "object": .string("string"), "data": .array([.object(["id": .string("string")])]),
    ])

    static let ollama: [KnownDifference] = [
        .init("GET", "/ollama/", by: ["user"], 200, to: 403, adminsOnly),
        .init("GET", "/ollama/", by: ["anon"], 200, to: 401, adminsOnly),
        .init(
            "GET", "/ollama/api/ps", by: ["user"], 401, to: 200,
            "API.md gives it to every verified user, who sees the models that they may use",
            answer: .object(["models": .array([])])),
        .init(
            "GET", "/ollama/api/tags/9", by: ["admin", "user"], 500, to: 404, "an index that is not there is 404"),
        .init(
            "GET", "/ollama/v1/models/0", by: ["admin", "user"], 200, to: 200,
            "the recorded server did not answer this route; ours lists the models", answer: list),
        .init("POST", "/ollama/api/chat", by: ["admin"], 400, to: 404, notFound, name: "chat unknown"),
        .init(
            "POST", "/ollama/api/chat", by: ["admin"], 400, to: 422, "a member that is missing is 422, as elsewhere",
            answer: invalid, name: "chat no model"),
        .init("POST", "/ollama/api/embed", by: ["admin"], 400, to: 404, notFound),
        .init("POST", "/ollama/api/show", by: ["user"], 400, to: 404, notFound),
        .init("POST", "/ollama/api/copy", by: ["admin"], 400, to: 404, notFound),
        .init("DELETE", "/ollama/api/delete/0", by: ["admin"], 500, to: 404, notFound),
        .init(
            "DELETE", "/ollama/api/delete", by: ["admin"], 400, to: 200,
            "there, the list of models was older than the pull before", answer: .string("bool")),
        .init(
            "POST", "/ollama/api/pull", by: ["admin"], 500, to: 200,
            "the stream had begun; its last line tells the failure", answer: .string("application/x-ndjson")),
        .init(
            "POST", "/ollama/api/push/0", by: ["admin"], 405, to: 200, "API.md has POST",
            answer: .string("application/x-ndjson")),
        .init(
            "POST", "/ollama/api/create", by: ["admin"], 200, to: 200, "there, the document got lost",
            answer: .object(["status": .string("string")])),
        .init(
            "POST", "/ollama/api/unload", by: ["admin"], 500, to: 200, "there, it failed on its own figures",
            answer: .object(["status": .string("bool")])),
        .init(
            "POST", "/ollama/verify", by: ["admin"], 500, to: 503, "a server that does not answer is no error of ours"),
    ]
}
