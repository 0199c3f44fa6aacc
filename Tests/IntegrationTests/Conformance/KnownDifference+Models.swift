extension KnownDifference {
    static let models: [KnownDifference] = [
        .init(
            "POST", "/api/v1/models/create", by: ["admin"], 401, to: 400,
            "a taken id is no missing right"),
        .init(
            "POST", "/api/v1/models/model/delete", by: ["admin"], 401, to: 404,
            "an administrator is told that it does not exist, not that they have to sign in"),
        .init(
            "POST", "/api/chat/completions", by: ["user"], 400, to: 404,
            "OpenAI's clients know 404 for a model that is not there"),
    ]
}
