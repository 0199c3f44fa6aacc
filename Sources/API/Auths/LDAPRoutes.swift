import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Auths": sign-in with a directory, and its settings for administrators. The paths of Open WebUI's frontend
/// and those that only API.md has do the same.
struct LDAPRoutes: Sendable {
    let auths: AuthsRoutes
    let directory: LDAPSignIn
    let editor: SettingsEditor

    private static let groups = SettingsForm(
        keys: ["ENABLE_LDAP_GROUP_MANAGEMENT", "ENABLE_LDAP_GROUP_CREATION", "LDAP_ATTRIBUTE_FOR_GROUPS"],
        isWhole: false)

    var routes: [APIRoute] {
        ["/api/v1/auths/ldap", "/api/v1/auths/ldap/signin"].map(signIn) + enabling + server + whole
    }

    private func signIn(_ path: String) -> APIRoute {
        .async(.POST, path, .anyone, bodyLimit: APIRoute.strangersBodyLimit) { request in
            var form = try Validation(request.body)
            let (user, password) = (form.text("user"), form.text("password"))
            try form.check()
            return try await auths.begin(request, "sign-in", email: user, "ldap") { () async throws(APIError) in
                try await directory.signIn(user: user, password: password)
            }
        }
    }

    private var enabling: [APIRoute] {
        let editor = editor
        let path = "/api/v1/auths/admin/config/ldap"
        return [
            .json(.GET, path, .admin) { _ in Self.enabled(editor.board.settings).encoded },
            .async(.POST, path, .admin) { request in
                var form = try Validation(request.body)
                let flag = form.optionalFlag("enable_ldap")
                try form.check()
                return try await answer { () async throws(APIError) in
                    if let flag { try await editor.save(["ENABLE_LDAP": .bool(flag)]) }
                    return Self.enabled(editor.board.settings).encoded
                }
            },
        ]
    }

    private var server: [APIRoute] {
        let editor = editor
        let path = "/api/v1/auths/admin/config/ldap/server"
        return [
            .json(.GET, path, .admin) { _ in LDAPServerForm.json(editor.board.settings).encoded },
            .async(.POST, path, .admin) { request in
                var form = try Validation(request.body)
                let server = LDAPServerForm(&form, isWhole: true, hasPassword: hasPassword)
                try form.check()
                return try await answer { () async throws(APIError) in
                    try Self.check(server)
                    try await editor.save(server.values)
                    return LDAPServerForm.json(editor.board.settings).encoded
                }
            },
        ]
    }

    /// Everything at once; a change may have any part of it.
    private var whole: [APIRoute] {
        let editor = editor
        return [
            .json(.GET, "/api/v1/auths/ldap/config", .admin) { _ in Self.whole(editor.board.settings).encoded },
            .async(.POST, "/api/v1/auths/ldap/config/update", .admin) { request in
                var form = try Validation(request.body)
                var values = Self.groups.values(&form)
                if let flag = form.optionalFlag("ENABLE_LDAP") { values["ENABLE_LDAP"] = .bool(flag) }
                var server = LDAPServerForm()
                let hasPassword = hasPassword
                form.part("server") { server = LDAPServerForm(&$0, isWhole: false, hasPassword: hasPassword) }
                try form.check()
                let changes = (server, values.merging(server.values) { $1 })
                return try await answer { () async throws(APIError) in
                    try Self.check(changes.0)
                    try await editor.save(changes.1)
                    return Self.whole(editor.board.settings).encoded
                }
            },
        ]
    }

    private var hasPassword: Bool { !editor.board.settings.text("LDAP_APP_PASSWORD").isEmpty }

    private static func enabled(_ settings: Settings) -> JSONValue {
        .object(["ENABLE_LDAP": .bool(settings.flag("ENABLE_LDAP"))])
    }

    private static func whole(_ settings: Settings) -> JSONValue {
        enabled(settings).merging(groups.json(settings)).merging(
            .object(["server": LDAPServerForm.json(settings)]))
    }

    private static func check(_ form: LDAPServerForm) throws(APIError) {
        guard let name = form.empty.first else { return }
        throw APIError(status: 400, detail: "Required field \(name) is empty")
    }
}
