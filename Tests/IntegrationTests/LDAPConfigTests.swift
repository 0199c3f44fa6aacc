import Contracts
import Testing

/// The directory's settings over HTTP.
@Suite struct LDAPConfigTests {
    private static let path = "/api/v1/auths/admin/config/ldap"
    private static let adminOnly = [401, 403, 403, 403, 200]

    private static func form(_ change: [String: JSONValue] = [:]) -> [String: JSONValue] {
        let form: [String: JSONValue] = [
            "label": .string("L"), "host": .string("ldap.lab.test"), "port": .integer(636),
            "attribute_for_mail": .string("mail"), "attribute_for_username": .string("sAMAccountName"),
            "app_dn": .string("cn=a"), "app_dn_password": .string("s3cret"), "search_base": .string("dc=x"),
            "search_filters": .string("(a=b)"), "use_tls": .bool(false), "certificate_path": .string("/ca.pem"),
            "validate_cert": .bool(false), "ciphers": .string("HIGH"),
        ]
        return form.merging(change) { $1 }
    }

    private static func text(_ form: [String: JSONValue]) -> String { JSONValue.object(form).encoded }

    @Test("only administrators see and change the directory's settings, and nobody the password")
    func roles() async throws {
        let people = try await People.start()
        let body = Self.text(Self.form())
        let cases: [(String, String, String?)] = [
            ("POST", Self.path + "/server", body), ("GET", Self.path + "/server", nil), ("GET", Self.path, nil),
            ("POST", Self.path, #"{"enable_ldap":true}"#), ("GET", "/api/v1/auths/ldap/config", nil),
            ("POST", "/api/v1/auths/ldap/config/update", #"{"server":{"app_dn_password":"s3cret"}}"#),
        ]
        for (method, path, body) in cases {
            let outcome = try await people.asEverybody(method, path, body, mustNotAppear: "ldap.lab.test")
            #expect(outcome.statuses == Self.adminOnly, "\(method) \(path)")
            #expect(outcome.leaks == [])
            let answer = try await HTTP.call(method, people.martlet.base + path, token: people.admin, body: body)
            #expect(!answer.body.contains("s3cret"), "\(method) \(path)")
        }
        for path in ["/api/v1/auths/ldap", "/api/v1/auths/ldap/signin"] {
            let outcome = try await people.asEverybody("POST", path, #"{"user":"","password":""}"#)
            #expect(outcome.statuses == [400, 400, 400, 400, 400])
        }
        await people.martlet.stop()
    }

    @Test("a form comes back as it was posted, the password masked; the mask leaves the password as it is")
    func server() async throws {
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let admin = try await martlet.signUp("ada")
        let before = try await martlet.get(Self.path + "/server", token: admin).json
        #expect(before["app_dn_password"] == .string("") && before["port"] == .integer(389))
        #expect(before["use_tls"] == .bool(true) && before["ciphers"] == .string("ALL"))
        let masked = Self.form(["app_dn_password": .string("********")])
        let posted = try await martlet.post(Self.path + "/server", token: admin, Self.text(Self.form()))
        #expect(posted.json == .object(masked))
        let renamed = masked.merging(["label": .string("M")]) { $1 }
        #expect(
            try await martlet.post(Self.path + "/server", token: admin, Self.text(renamed)).json == .object(renamed))
        func saved() async throws -> JSONValue? {
            try await martlet.get("/api/v1/configs/export", token: admin).json["ldap"]?["server"]
        }
        let kept = try await saved()
        #expect(kept?["app_password"] == .string("s3cret"))
        #expect(kept?["label"] == .string("M") && kept?["users_dn"] == .string("dc=x"))
        // What may be left out has its default then.
        let short = Self.form().filter {
            ["label", "host", "app_dn", "app_dn_password", "search_base"].contains($0.key)
        }
        let shortened = try await martlet.post(Self.path + "/server", token: admin, Self.text(short)).json
        #expect(shortened["port"] == .integer(389) && shortened["use_tls"] == .bool(true))
        #expect(shortened["certificate_path"] == .string("") && shortened["attribute_for_username"] == .string("uid"))
        // It outlives the process.
        let restarted = try await martlet.run("restart", "api")
        #expect(restarted.code == 0)
        #expect(try await martlet.get(Self.path + "/server", token: admin).json == shortened)
        #expect(!martlet.log.contains("s3cret"))
        await martlet.stop()
    }

    @Test("empty fields are refused as Open WebUI does, wrong types as FastAPI does, and neither changes anything")
    func refusals() async throws {
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let admin = try await martlet.signUp("ada")
        let before = try await martlet.get(Self.path + "/server", token: admin).json
        func post(_ change: [String: JSONValue]) async throws -> HTTP.Answer {
            try await martlet.post(Self.path + "/server", token: admin, Self.text(Self.form(change)))
        }
        for name in [
            "label", "host", "attribute_for_mail", "attribute_for_username", "app_dn", "app_dn_password", "search_base",
        ] {
            let answer = try await post([name: .string("")])
            #expect(answer.status == 400 && answer.json["detail"]?.text == "Required field \(name) is empty")
        }
        #expect(try await post(["app_dn_password": .string("********")]).status == 400, "there is none to keep")
        let wrong: [(String, JSONValue, String)] = [
            ("label", .integer(1), "string_type"), ("host", .null, "string_type"),
            ("port", .string("x"), "int_parsing"),
            ("port", .integer(0), "value_error"), ("port", .integer(65_536), "value_error"),
            ("port", .array([]), "int_type"), ("use_tls", .string("perhaps"), "bool_parsing"),
            ("use_tls", .array([]), "bool_type"), ("validate_cert", .integer(2), "bool_parsing"),
            ("search_filters", .bool(true), "string_type"), ("app_dn", .string("a\0"), "value_error"),
        ]
        for (name, value, type) in wrong {
            let answer = try await post([name: value])
            let problem = answer.json["detail"]?.elements?.first
            #expect(answer.status == 422 && problem?["type"] == .string(type), "\(name): \(answer.body)")
            #expect(problem?["loc"] == .array([.string("body"), .string(name)]))
        }
        for body in ["", "{", "[]", "{}", "null"] {
            #expect(try await martlet.post(Self.path + "/server", token: admin, body).status == 422)
        }
        #expect(try await martlet.post(Self.path, token: admin, #"{"enable_ldap":"x"}"#).status == 422)
        for body in [#"{"user":1,"password":"p"}"#, #"{"user":"u"}"#, "{}", ""] {
            #expect(try await martlet.post("/api/v1/auths/ldap", body).status == 422)
        }
        #expect(try await martlet.get(Self.path + "/server", token: admin).json == before)
        await martlet.stop()
    }

    @Test("the whole takes any part of itself; LDAP is switched on for everybody at once")
    func whole() async throws {
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let admin = try await martlet.signUp("ada")
        func update(_ body: String) async throws -> HTTP.Answer {
            try await martlet.post("/api/v1/auths/ldap/config/update", token: admin, body)
        }
        let first = try await update(#"{"ENABLE_LDAP":true,"server":{"host":"h.test","app_dn_password":"s3cret"}}"#)
        #expect(first.json["ENABLE_LDAP"] == .bool(true) && first.json["server"]?["host"] == .string("h.test"))
        #expect(first.json["server"]?["app_dn_password"] == .string("********"))
        #expect(try await martlet.get("/api/config").json["features"]?["enable_ldap"] == .bool(true))
        #expect(try await martlet.get(Self.path, token: admin).json == .object(["ENABLE_LDAP": .bool(true)]))
        let second = try await update(#"{"server":{"port":636},"ENABLE_LDAP_GROUP_MANAGEMENT":true}"#)
        #expect(second.json["server"]?["host"] == .string("h.test") && second.json["server"]?["port"] == .integer(636))
        #expect(second.json["ENABLE_LDAP_GROUP_MANAGEMENT"] == .bool(true))
        #expect(try await martlet.get("/api/v1/auths/ldap/config", token: admin).json == second.json)
        // What was answered may be posted back.
        #expect(try await update(second.body).json == second.json)
        let export = try await martlet.get("/api/v1/configs/export", token: admin).json["ldap"]
        #expect(export?["server"]?["app_password"] == .string("s3cret") && export?["enable"] == .bool(true))
        let wrong = try await update(#"{"server":{"port":"x"}}"#)
        #expect(wrong.status == 422)
        #expect(
            wrong.json["detail"]?.elements?.first?["loc"]
                == .array([.string("body"), .string("server"), .string("port")]))
        for body in [#"{"server":1}"#, #"{"ENABLE_LDAP":"x"}"#, "[]", #"{"LDAP_ATTRIBUTE_FOR_GROUPS":1.5}"#] {
            #expect(try await update(body).status == 422, "\(body)")
        }
        #expect(try await update(#"{"server":{"attribute_for_mail":""}}"#).status == 400)
        #expect(try await update(#"{"server":{"app_dn":"","app_dn_password":""}}"#).status == 200, "anonymous search")
        let off = try await martlet.post(Self.path, token: admin, #"{"enable_ldap":false}"#)
        #expect(off.json == .object(["ENABLE_LDAP": .bool(false)]))
        #expect(try await martlet.post(Self.path, token: admin, "{}").json == off.json)
        await martlet.stop()
    }
}
