import Contracts
import FoundationEssentials

/// A server with one account of each kind.
struct People {
    let martlet: Martlet
    let admin: String
    let pending: String
    let user: String
    let other: String
    /// Ids by the names "ada" (administrator), "pen" (pending), "una" and "otto" (users).
    let ids: [String: String]

    static func start(file settings: [String: String] = [:]) async throws -> People {
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""].merging(settings) { $1 })
        let admin = try await martlet.signUp("ada")
        try await martlet.set(#"{"ENABLE_SIGNUP":true}"#, by: admin)
        let pending = try await martlet.signUp("pen")
        try await martlet.set(#"{"DEFAULT_USER_ROLE":"user"}"#, by: admin)
        let (user, other) = (try await martlet.signUp("una"), try await martlet.signUp("otto"))
        var ids: [String: String] = [:]
        for (name, token) in [("ada", admin), ("pen", pending), ("una", user), ("otto", other)] {
            ids[name] = try await martlet.get("/api/v1/auths/", token: token).json["id"]?.text
        }
        return People(martlet: martlet, admin: admin, pending: pending, user: user, other: other, ids: ids)
    }

    func id(_ name: String) -> String { ids[name] ?? "" }

    /// Asks as guest, pending, user, other user and administrator; the statuses in that order, and what leaked.
    func asEverybody(
        _ method: String, _ path: String, _ body: String? = nil, mustNotAppear secret: String = "\u{0}"
    ) async throws -> (statuses: [Int], leaks: [String]) {
        var statuses: [Int] = []
        var leaks: [String] = []
        for token in [nil, pending, user, other, admin] {
            let answer = try await HTTP.call(method, martlet.base + path, token: token, body: body)
            statuses.append(answer.status)
            if answer.status >= 400, answer.body.contains(secret) { leaks.append(answer.body) }
        }
        return (statuses, leaks)
    }
}
