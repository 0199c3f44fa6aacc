import Contracts
import FoundationEssentials

/// A Martlet whose people are in a directory; its administrator is `ada`, who has a password. New accounts are users.
struct LDAPLab {
    let slapd: Slapd
    let martlet: Martlet
    let admin: String

    /// - Parameter settings: beside those of the directory.
    static func start(_ entries: String = "", _ settings: [String: String] = [:]) async throws -> LDAPLab {
        let slapd = try await Slapd.start(entries)
        let file = Self.settings(slapd).merging(settings) { $1 }
        let martlet = try await Martlet.start(file: file)
        return LDAPLab(slapd: slapd, martlet: martlet, admin: try await martlet.signUp("ada"))
    }

    static func settings(_ slapd: Slapd) -> [String: String] {
        [
            "OLLAMA_BASE_URLS": "", "DEFAULT_USER_ROLE": "user", "ENABLE_LDAP": "true",
            "LDAP_SERVER_HOST": "127.0.0.1", "LDAP_SERVER_PORT": "\(slapd.port)", "LDAP_USE_TLS": "false",
            "LDAP_APP_DN": Slapd.appDN, "LDAP_APP_PASSWORD": "\"\(Slapd.appPassword)\"",
            "LDAP_SEARCH_BASE": "ou=people,dc=lab", "LDAP_SEARCH_FILTER": "(objectClass=inetOrgPerson)",
            "LDAP_CONNECT_TIMEOUT": "1s", "LDAP_TIMEOUT": "2s",
        ]
    }

    func stop() async {
        await martlet.stop()
        await slapd.stop()
    }

    func signIn(
        _ user: String, _ password: String? = nil, path: String = "/api/v1/auths/ldap"
    ) async throws -> HTTP.Answer {
        try await martlet.ldap(user, password ?? "pass-\(user)", path: path)
    }

    /// Changes the settings of the directory, as an administrator does.
    func change(_ server: [String: JSONValue], _ more: [String: JSONValue] = [:]) async throws {
        let body = JSONValue.object(["server": .object(server)]).merging(.object(more)).encoded
        let answer = try await martlet.post("/api/v1/auths/ldap/config/update", token: admin, body)
        guard answer.status == 200 else { throw Missed("settings: \(answer.status) \(answer.body)") }
    }

    /// Names of the groups that an account is in.
    func groups(_ id: String) async throws -> [String] {
        let groups = try await martlet.get("/api/v1/users/\(id)/groups", token: admin)
        return (groups.json.elements ?? []).compactMap { $0["name"]?.text }.sorted()
    }
}

extension Martlet {
    func ldap(
        _ user: String, _ password: String, path: String = "/api/v1/auths/ldap"
    ) async throws -> HTTP.Answer {
        let body = JSONValue.object(["user": .string(user), "password": .string(password)])
        return try await post(path, body.encoded)
    }
}
