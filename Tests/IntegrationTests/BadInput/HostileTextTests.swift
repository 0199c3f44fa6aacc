import Contracts
import FoundationEssentials
import Testing

/// Texts that are code elsewhere: SQL, patterns of LIKE, escapes.
@Suite("Hostile texts")
struct HostileTextTests {
    private static let texts = [
        #"'; DROP TABLE "user";--"#, #"' OR '1'='1"#, #"%_%"#, #"\'\"\\"#, "$1 ? :a @b", "{\"a\":1}", "<b>&amp;</b>",
        "🦆 é e\u{301} \u{202e}", "line\nbreak\ttab", "null",
    ]

    /// A field of a form: where it is written, and where it is read back.
    private struct Field {
        var label: String
        var path: String
        var caller: BodyRoute.Caller
        var body: (_ json: String) -> String
        var readPath: String
        var place: [JSONPlace]
    }

    private func fields(_ site: BadInputSite) -> [Field] {
        let (users, auths, configs) = ("/api/v1/users/", "/api/v1/auths/", "/api/v1/configs/")
        let otto = site.people.id("otto")
        let group = "/api/v1/groups/id/\(site.group)"
        func name(_ names: String...) -> [JSONPlace] { names.map(JSONPlace.name) }
        return [
            Field(
                label: "group name", path: group + "/update", caller: .administrator,
                body: { #"{"name":\#($0),"description":""}"# }, readPath: group, place: name("name")),
            Field(
                label: "group description", path: group + "/update", caller: .administrator,
                body: { #"{"name":"G","description":\#($0)}"# }, readPath: group, place: name("description")),
            Field(
                label: "group data", path: group + "/update", caller: .administrator,
                body: { #"{"name":"G","description":"","data":{\#($0):\#($0)}}"# }, readPath: group, place: name("data")
            ),
            Field(
                label: "own settings", path: users + "user/settings/update", caller: .user,
                body: { #"{"ui":{"x":\#($0)}}"# }, readPath: users + "user/settings", place: name("ui", "x")),
            Field(
                label: "own info", path: users + "user/info/update", caller: .user, body: { #"{"x":\#($0)}"# },
                readPath: users + "user/info", place: name("x")),
            Field(
                label: "own status", path: users + "user/status/update", caller: .user,
                body: { #"{"status_message":\#($0)}"# }, readPath: users + "user/status", place: name("status_message")),
            Field(
                label: "own name", path: auths + "update/profile", caller: .user,
                body: { #"{"name":\#($0),"profile_image_url":""}"# }, readPath: auths, place: name("name")),
            Field(
                label: "biography", path: auths + "update/profile", caller: .user,
                body: { #"{"name":"una","profile_image_url":"","bio":\#($0)}"# }, readPath: auths, place: name("bio")),
            Field(
                label: "another's name", path: users + "\(otto)/update", caller: .administrator,
                body: { #"{"role":"user","name":\#($0),"email":"otto@test.example","profile_image_url":""}"# },
                readPath: users + otto, place: name("name")),
            Field(
                label: "banner", path: configs + "banners", caller: .administrator,
                body: { #"{"banners":[{"id":"a","type":"t","content":\#($0),"dismissible":true,"timestamp":1}]}"# },
                readPath: configs + "banners", place: [.position(0), .name("content")]),
            Field(
                label: "other settings", path: configs + "update", caller: .administrator,
                body: { #"{"other":{"x":\#($0)}}"# }, readPath: configs + "export", place: name("other", "x")),
        ]
    }

    @Test(
        "in forms they are stored as they are; in paths, queries and tokens they name nothing; and nothing else changes",
        arguments: EngineKind.allCases)
    func texts(_ engine: EngineKind) async throws {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        let site = try await BadInputSite.start(databaseURL: postgres?.url)
        try await inForms(site)
        let state = try await site.state()
        #expect(state["\"user\""]?.count == 4 && state["auth"]?.count == 4 && state["\"group\""]?.count == 1)
        try await elsewhere(site, isShort: engine == .postgresql)
        #expect(try await site.state() == state)
        await site.martlet.stop()
        await postgres?.stop()
    }

    private func inForms(_ site: BadInputSite) async throws {
        for field in fields(site) {
            // A saved setting is told to every process, which takes its time.
            let texts = field.path.contains("configs") ? [Self.texts[0], Self.texts[3]] : Self.texts
            for text in texts {
                let json = JSONValue.string(text).encoded
                let token = site.token(field.caller)
                let written = try await site.martlet.post(field.path, token: token, field.body(json))
                #expect(written.status == 200, "\(field.label) \(text): \(written.body)")
                let read = try await site.martlet.get(field.readPath, token: token).json.value(at: field.place)
                let expected = field.label == "group data" ? JSONValue.object([text: .string(text)]) : .string(text)
                #expect(read == expected, "\(field.label)")
            }
        }
    }

    private func elsewhere(_ site: BadInputSite, isShort: Bool) async throws {
        // What is no proper percent-encoding, or no UTF-8, too.
        let pieces =
            Self.texts.map(Self.encoded) + [
                "%00", "a%00b", "%ff", "%c0%af", "%ed%a0%80", "%", "%zz", "%2", "%2e%2e%2fetc", "%252f",
                String(repeating: "x", count: 3000), site.people.id("una").uppercased(), site.people.id("una") + "%20",
            ]
        for (index, piece) in pieces.enumerated() where !isShort || index % 2 == 0 {
            for (method, path, body) in Self.paths {
                let url = site.martlet.base + path.replacing("*", with: piece)
                let answer = try await HTTP.call(method, url, token: site.people.admin, body: body)
                #expect(BadInputSite.fault(answer) == nil, "\(method) \(path) \(piece): \(answer.body.prefix(200))")
                #expect(
                    answer.status >= 400 || path.contains("delete") || method == "DELETE", "\(method) \(path) \(piece)")
            }
            for path in Self.queries {
                let url = site.martlet.base + path.replacing("*", with: piece)
                let answer = try await HTTP.call("GET", url, token: site.people.admin)
                #expect(BadInputSite.fault(answer) == nil, "\(path) \(piece): \(answer.body.prefix(200))")
            }
        }
        for text in Self.texts where text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) {
            for token in [text, "sk-" + text] {
                let answer = try await HTTP.call("GET", site.martlet.base + "/api/v1/auths/", token: token)
                #expect(answer.status == 401 && BadInputSite.fault(answer) == nil)
            }
        }
    }

    private static let paths: [(String, String, String?)] = [
        ("GET", "/api/v1/users/*", nil), ("GET", "/api/v1/users/*/info", nil), ("GET", "/api/v1/users/*/active", nil),
        ("GET", "/api/v1/users/*/oauth/sessions", nil), ("DELETE", "/api/v1/users/*", nil),
        ("PATCH", "/api/v1/users/*/job-priority", #"{"priority":5}"#),
        ("POST", "/api/v1/users/*/update", #"{"role":"user","name":"n","email":"n@x.yy","profile_image_url":""}"#),
        ("GET", "/api/v1/groups/id/*", nil), ("GET", "/api/v1/groups/id/*/export", nil),
        ("POST", "/api/v1/groups/id/*/users", "{}"),
        ("POST", "/api/v1/groups/id/*/update", #"{"name":"n","description":""}"#),
        ("POST", "/api/v1/groups/id/*/users/add", #"{"user_ids":["x"]}"#),
        ("DELETE", "/api/v1/groups/id/*/users/delete", #"{"user_ids":["x"]}"#),
        ("DELETE", "/api/v1/groups/id/*/delete", nil),
        ("POST", "/api/v1/auths/oauth/*/token/exchange", #"{"token":"t"}"#), ("GET", "/oauth/*/login", nil),
    ]

    private static let queries = [
        "/api/v1/users/?query=*", "/api/v1/users/?order_by=*&direction=*", "/api/v1/users/?page=*",
        "/api/v1/users/search?query=*", "/api/v1/users/?*=1", "/api/v1/groups/?share=*",
        "/api/v1/auths/oauth/oidc/callback?state=*&code=*&error=*",
    ]

    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { $0 += $1 < 16 ? "%0\(String($1, radix: 16))" : "%\(String($1, radix: 16))" }
    }
}
