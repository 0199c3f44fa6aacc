import Contracts

/// Where Martlet answers otherwise than Open WebUI 0.8.3 did, on purpose.
struct KnownDifference: Sendable {
    var method: String
    /// As in the cases, without the query.
    var path: String
    var askers: [String]
    var recorded: Int
    var status: Int
    var reason: String
    /// The shape, where the status alone does not give it.
    var answer: JSONValue?
    /// The name of the case, where the others do not tell it from another one.
    var name: String?

    init(
        _ method: String, _ path: String, by askers: [String], _ recorded: Int, to status: Int, _ reason: String,
        answer: JSONValue? = nil, name: String? = nil
    ) {
        (self.method, self.path, self.askers) = (method, path, askers)
        (self.recorded, self.status, self.reason, self.answer) = (recorded, status, reason, answer)
        self.name = name
    }

    func applies(to item: RecordedCase) -> Bool {
        method == item.method && path == item.path.prefix { $0 != "?" } && askers.contains(item.asker)
            && recorded == item.status && (name == nil || name == item.name)
    }

    /// What is asked of Martlet for a case.
    static func expectation(for item: RecordedCase) -> (status: Int, answer: JSONValue) {
        let refusal = JSONValue.object(["detail": .string("string")])
        if let known = all.first(where: { $0.applies(to: item) }) {
            return (known.status, known.answer ?? (known.status < 400 ? item.answer : refusal))
        }
        // 401 is for those who are not signed in; Open WebUI gives it to a wrong role too.
        if item.status == 401, signedIn.contains(item.asker) { return (403, refusal) }
        return (item.status, item.answer)
    }

    private static let signedIn = ["pending", "user", "other", "admin"]
    static let adminsOnly = "API.md gives it to administrators only"
    static let invalid = JSONValue.object([
        "detail": .array([.object(["type": .string("string"), "loc": .array([.string("any")])])])
    ])

    static let all = identity + ollama + openAI + models

    private static let identity: [KnownDifference] = [
        .init("GET", "/api/v1/users/search", by: ["user"], 200, to: 403, adminsOnly),
        .init(
            "GET", "/api/v1/users/{user}/groups", by: ["user"], 401, to: 200,
            "an account may see its own groups, as it may at /users/groups", answer: .array([])),
        .init("GET", "/api/v1/groups/", by: ["user"], 200, to: 403, adminsOnly),
        .init(
            "GET", "/api/v1/configs/banners", by: ["anon"], 401, to: 200, "API.md makes it public",
            answer: .array([])),
        .init(
            "GET", "/api/v1/users/{user}/profile/image", by: ["anon"], 401, to: 200, "API.md makes it public",
            answer: .string("image")),
        .init(
            "GET", "/api/v1/groups/id/nope", by: ["admin"], 401, to: 404,
            "an administrator is told that it does not exist, not that they have to sign in"),
        .init(
            "POST", "/api/v1/users/{admin}/update", by: ["admin"], 500, to: 403,
            "the first administrator is protected; there, the refusal itself failed"),
        .init(
            "DELETE", "/api/v1/users/{admin}", by: ["admin"], 500, to: 403,
            "the first administrator is protected; there, the refusal itself failed"),
        .init(
            "PATCH", "/api/v1/users/{user}/job-priority", by: ["admin"], 400, to: 422,
            "a value out of range is 422", answer: invalid),
    ]
}
