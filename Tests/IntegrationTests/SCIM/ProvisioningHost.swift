import Contracts
import FoundationEssentials
import Glibc

/// On which database a server runs.
enum SCIMEngine: String, CaseIterable, Sendable { case sqlite, postgresql }

/// A server with provisioning on, and a provisioning client with its token.
final class ProvisioningHost: Sendable {
    let martlet: Martlet
    private let postgres: PostgreSQLHost?
    /// The first administrator's session.
    let admin: String
    let token = "provisioning-secret"

    static let user = "urn:ietf:params:scim:schemas:core:2.0:User"
    static let group = "urn:ietf:params:scim:schemas:core:2.0:Group"
    static let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    static let patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

    private init(_ martlet: Martlet, _ postgres: PostgreSQLHost?, admin: String) {
        self.martlet = martlet
        self.postgres = postgres
        self.admin = admin
    }

    static func start(_ engine: SCIMEngine, _ settings: [String: String] = [:]) async throws -> ProvisioningHost {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        var all = ["OLLAMA_BASE_URLS": "", "ENABLE_SCIM": "true", "SCIM_TOKEN": "provisioning-secret"]
        all["DATABASE_URL"] = postgres?.url
        let martlet = try await Martlet.start(file: all.merging(settings) { $1 })
        let admin = try await martlet.signUp("ada")
        // Which account is the first is told by seconds; on PostgreSQL nothing else says it.
        let second = time(nil)
        try await eventually("the next second") { time(nil) > second }
        return ProvisioningHost(martlet, postgres, admin: admin)
    }

    /// Empty for the embedded database.
    var databaseURL: String { postgres?.url ?? "" }

    func stop() async {
        await martlet.stop()
        await postgres?.stop()
    }

    /// One request below `/api/v1/scim/v2`; spaces and quotes of the path are encoded.
    func call(
        _ method: String, _ path: String, _ body: String? = nil, headers: [(String, String)] = [], token: String? = nil
    ) async throws -> HTTP.Answer {
        var encoded = ""
        for byte in path.utf8 {
            if byte > 0x20, byte < 0x7f, !"\"[]".utf8.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        var headers = headers
        if body != nil, !headers.contains(where: { $0.0 == "content-type" }) {
            headers.append(("content-type", "application/scim+json"))
        }
        return try await HTTP.call(
            method, martlet.base + "/api/v1/scim/v2" + encoded, token: token ?? self.token, rawBody: body,
            headers: headers)
    }

    func patch(_ path: String, _ operations: String) async throws -> HTTP.Answer {
        try await call("PATCH", path, #"{"schemas":["\#(Self.patchOp)"],"Operations":[\#(operations)]}"#)
    }

    /// Makes an account that can sign in with its userName as e-mail; its id.
    @discardableResult
    func makeUser(_ name: String, _ more: String = "") async throws -> String {
        let answer = try await call(
            "POST", "/Users", #"{"schemas":["\#(Self.user)"],"userName":"\#(name)@test.example"\#(more)}"#)
        guard answer.status == 201, let id = answer.json["id"]?.text else {
            throw Missed("POST /Users: \(answer.status) \(answer.body)")
        }
        return id
    }

    func makeGroup(_ name: String, members: [String] = []) async throws -> String {
        let list = members.map { #"{"value":"\#($0)"}"# }.joined(separator: ",")
        let answer = try await call(
            "POST", "/Groups", #"{"schemas":["\#(Self.group)"],"displayName":"\#(name)","members":[\#(list)]}"#)
        guard answer.status == 201, let id = answer.json["id"]?.text else {
            throw Missed("POST /Groups: \(answer.status) \(answer.body)")
        }
        return id
    }

    /// The userNames that a filter finds, sorted.
    func find(_ filter: String) async throws -> [String] {
        let answer = try await call("GET", "/Users?filter=" + filter.replacing("&", with: "%26"))
        guard answer.status == 200 else { throw Missed("\(filter): \(answer.status) \(answer.body)") }
        let names = answer.json["Resources"]?.elements?.compactMap { $0["userName"]?.text } ?? []
        guard answer.json["totalResults"] == .integer(Int64(names.count)) else { throw Missed("\(filter): total") }
        return names.sorted()
    }

    /// Lets an administrator set a password for an account, and signs in with it.
    func signIn(_ id: String, _ email: String) async throws -> String {
        let known = try await martlet.get("/api/v1/users/\(id)", token: admin)
        let update = """
            {"role":"user","name":\(JSONText.quoted(known.json["name"]?.text ?? "")),"email":"\(email)",\
            "profile_image_url":"/user.png","password":"Secret-password-1"}
            """
        let changed = try await martlet.post("/api/v1/users/\(id)/update", token: admin, update)
        guard changed.status == 200 else { throw Missed("update: \(changed.status) \(changed.body)") }
        return try await token(of: email)
    }

    func token(of email: String) async throws -> String {
        let answer = try await signInAnswer(email)
        guard let token = answer.json["token"]?.text else { throw Missed("sign-in: \(answer.status) \(answer.body)") }
        return token
    }

    func signInAnswer(_ email: String) async throws -> HTTP.Answer {
        try await martlet.post("/api/v1/auths/signin", #"{"email":"\#(email)","password":"Secret-password-1"}"#)
    }
}
