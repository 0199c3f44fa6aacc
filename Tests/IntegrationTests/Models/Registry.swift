import Contracts
import FoundationEssentials

/// A fleet with custom models, and people who may do this and that with them. "helper" is the administrator's: rea may
/// read it, wri may change it; una has made "mine". None of the others may.
struct Registry {
    let fleet: Fleet
    let reader: String
    let writer: String
    /// guest, pending, owner of "mine" (una), other (otto), reader, writer, administrator.
    let askers: [String?]

    static let secret = "Secret instructions"

    var martlet: Martlet { fleet.martlet }
    var admin: String { fleet.admin }

    static func start(_ settings: [String: String] = [:]) async throws -> Registry {
        let fleet = try await Fleet.start(settings)
        let martlet = fleet.martlet
        var tokens: [String] = []
        var ids: [String] = []
        for name in ["rea", "wri"] {
            let token = try await martlet.signUp(name)
            tokens.append(token)
            ids.append(try await martlet.get("/api/v1/auths/", token: token).json["id"]?.text ?? "")
        }
        let (people, reader, writer) = (fleet.people, tokens[0], tokens[1])
        let registry = Registry(
            fleet: fleet, reader: reader, writer: writer,
            askers: [nil, people.pending, people.user, people.other, reader, writer, people.admin])
        let grants = [("user", ids[0], "read"), ("user", ids[1], "read"), ("user", ids[1], "write")]
        try await registry.create(
            "helper", by: people.admin, params: #"{"system":"\#(secret) of {{USER_NAME}}","temperature":0.5}"#,
            grants: grants)
        try await registry.permit(#"{"models":true}"#)
        try await registry.create("mine", by: people.user, params: #"{"system":"Other words"}"#, grants: [])
        try await registry.permit("{}")
        return registry
    }

    /// The `workspace` permissions of everybody.
    func permit(_ workspace: String) async throws {
        let answer = try await martlet.post(
            "/api/v1/users/default/permissions", token: admin,
            #"{"workspace":\#(workspace),"sharing":{},"chat":{},"features":{},"settings":{}}"#)
        guard answer.status == 200 else { throw Missed("permissions: \(answer.body)") }
    }

    @discardableResult
    func create(
        _ id: String, by token: String, base: String? = "shared:1b", params: String = "{}",
        grants: [(String, String, String)]
    ) async throws -> HTTP.Answer {
        let answer = try await martlet.post("/api/v1/models/create", token: token, Self.form(id, base, params, grants))
        guard answer.status == 200 else { throw Missed("create: \(answer.status) \(answer.body)") }
        return answer
    }

    static func form(
        _ id: String, _ base: String? = "shared:1b", _ params: String = "{}",
        _ grants: [(String, String, String)]? = nil
    ) -> String {
        let base = base.map { "\"\($0)\"" } ?? "null"
        var list = ""
        if let grants {
            let texts = grants.map {
                #"{"principal_type":"\#($0.0)","principal_id":"\#($0.1)","permission":"\#($0.2)"}"#
            }
            list = ",\"access_grants\":[\(texts.joined(separator: ","))]"
        }
        let meta = #"{"tags":[{"name":"\#(id)-tag"}]}"#
        return #"{"id":"\#(id)","name":"Name of \#(id)","base_model_id":\#(base),"meta":\#(meta),"#
            + #""params":\#(params)\#(list)}"#
    }

    /// The statuses for all askers in their order, and the answers with status 400 or more that hold the secret.
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> (statuses: [Int], leaks: [String])
    {
        var statuses: [Int] = []
        var leaks: [String] = []
        for token in askers {
            let answer = try await HTTP.call(method, martlet.base + path, token: token, body: body)
            statuses.append(answer.status)
            if answer.status >= 400, answer.body.contains(Self.secret) { leaks.append(answer.body) }
        }
        return (statuses, leaks)
    }

    func stop() async { await fleet.stop() }
}
