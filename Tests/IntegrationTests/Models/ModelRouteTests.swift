import Contracts
import FoundationEssentials
import Testing

/// API.md, "Models", and the frontend's relatives, through the real server.
@Suite("Models")
struct ModelRouteTests {
    @Test("each route lets in whom it should, and tells the others nothing")
    func roles() async throws {
        let registry = try await Registry.start()
        let everybody = [401, 403, 200, 200, 200, 200, 200]
        let adminOnly = [401, 403, 403, 403, 403, 403, 200]
        let readers = [401, 403, 404, 404, 200, 200, 200]
        let writers = [401, 403, 403, 403, 403, 200, 200]
        let update = Registry.form("helper", "shared:1b", #"{"system":"\#(Registry.secret)"}"#)
        let access = #"{"id":"helper","access_grants":[]}"#
        let cases: [(String, String, [Int], String?)] = [
            ("GET", "/api/models", everybody, nil), ("GET", "/api/v1/models", everybody, nil),
            ("GET", "/api/v1/models/", everybody, nil), ("GET", "/api/v1/models/list", everybody, nil),
            ("GET", "/api/v1/models/tags", everybody, nil),
            ("GET", "/api/models/base", adminOnly, nil), ("GET", "/api/v1/models/base", adminOnly, nil),
            ("GET", "/api/v1/models/id/helper", readers, nil), ("GET", "/api/v1/models/model?id=helper", readers, nil),
            ("GET", "/api/models/helper", readers, nil),
            ("GET", "/api/v1/models/id/mine", [401, 403, 200, 404, 404, 404, 200], nil),
            ("GET", "/api/v1/models/id/nope", [401, 403, 404, 404, 404, 404, 404], nil),
            ("GET", "/api/v1/models/model/profile/image?id=helper", everybody, nil),
            ("GET", "/api/v1/models/model/profile/image?id=undefined", everybody, nil),
            ("GET", "/api/v1/models/id/helper/toggle", writers, nil),
            ("POST", "/api/v1/models/model/toggle?id=helper", writers, "{}"),
            ("POST", "/api/v1/models/id/helper/update", writers, update),
            ("POST", "/api/v1/models/model/update", writers, update),
            ("POST", "/api/v1/models/id/helper/update", [401, 403, 403, 403, 403, 422, 422], "{}"),
            ("POST", "/api/v1/models/id/nope/update", [401, 403, 403, 403, 403, 403, 404], update),
            ("GET", "/api/v1/models/id/nope/toggle", [401, 403, 403, 403, 403, 403, 404], nil),
            ("GET", "/api/v1/models/export", adminOnly, nil),
            ("POST", "/api/v1/models/import", adminOnly, #"{"models":[]}"#),
            ("POST", "/api/v1/models/create", [401, 403, 403, 403, 403, 403, 422], "{}"),
            ("POST", "/api/v1/models/sync", [401, 403, 403, 403, 403, 403, 422], #"{"models":[{}]}"#),
            ("POST", "/api/v1/models/id/nope/access/update", [401, 403, 403, 403, 403, 403, 404], access),
            // The grants are gone then, and the writer with them.
            ("POST", "/api/v1/models/id/helper/access/update", writers, access),
            ("DELETE", "/api/v1/models/id/helper/delete", adminOnly, nil),
            ("POST", "/api/v1/models/model/delete", [401, 403, 200, 403, 403, 403, 404], #"{"id":"mine"}"#),
            ("DELETE", "/api/v1/models/delete/all", adminOnly, nil),
        ]
        for (method, path, expected, body) in cases {
            let outcome = try await registry.ask(method, path, body)
            #expect(outcome.statuses == expected, "\(method) \(path)")
            #expect(outcome.leaks == [])
        }
        await registry.stop()
    }

    @Test("lists show what the caller may use, without prompts; grants and switches hold at once")
    func lists() async throws {
        let registry = try await Registry.start()
        let martlet = registry.martlet
        func ids(_ token: String, _ path: String = "/api/models") async throws -> [String] {
            let answer = try await martlet.get(path, token: token)
            #expect(!answer.body.contains(Registry.secret))
            return (answer.json["data"]?.elements ?? []).compactMap { $0["id"]?.text }.sorted()
        }
        let (una, otto) = (registry.fleet.user, registry.fleet.other)
        #expect(try await ids(registry.admin) == ["helper", "mine", "secret:1b", "shared:1b", "una:1b"])
        #expect(try await ids(una) == ["mine", "shared:1b", "una:1b"])
        #expect(try await ids(otto) == ["shared:1b"])
        #expect(try await ids(registry.reader) == ["helper", "shared:1b"])
        let entry = try await martlet.get("/api/models", token: registry.reader).json["data"]?.elements?
            .first { $0["id"] == .string("helper") }
        #expect(entry?["owned_by"] == .string("ollama") && entry?["preset"] == .bool(true))
        #expect(entry?["info"]?["params"] == nil && entry?["tags"]?.elements?.first?["name"] == .string("helper-tag"))
        // Switched off: gone for everybody.
        #expect(try await martlet.get("/api/v1/models/id/helper/toggle", token: registry.writer).status == 200)
        #expect(try await ids(registry.admin) == ["mine", "secret:1b", "shared:1b", "una:1b"])
        #expect(try await ids(registry.reader) == ["shared:1b"])
        #expect(try await martlet.get("/api/v1/models/id/helper/toggle", token: registry.writer).status == 200)
        // Everybody's, then nobody's.
        for (grants, isSeen) in [
            (#"[{"principal_type":"user","principal_id":"*","permission":"read"}]"#, true), ("[]", false),
        ] {
            let answer = try await martlet.post(
                "/api/v1/models/id/helper/access/update", token: registry.admin, #"{"access_grants":\#(grants)}"#)
            #expect(answer.status == 200)
            #expect(try await ids(otto).contains("helper") == isSeen)
        }
        // A base model without a row gets one with its first grant.
        let secret = try await martlet.post(
            "/api/v1/models/model/access/update", token: registry.admin,
            #"{"id":"secret:1b","access_grants":[{"principal_type":"user","principal_id":"*","permission":"read"}]}"#)
        #expect(secret.status == 200)
        #expect(try await ids(otto).contains("secret:1b"))
        await registry.stop()
    }

    @Test("who may make models makes custom ones only, and shares with everybody only with that permission")
    func making() async throws {
        let registry = try await Registry.start()
        let martlet = registry.martlet
        let user = registry.fleet.user
        try await registry.permit(#"{"models":true,"models_import":true,"models_export":true}"#)
        func create(_ form: String) async throws -> HTTP.Answer {
            try await martlet.post("/api/v1/models/create", token: user, form)
        }
        // A row under a base model's name would make it una's, and its prompt everybody's.
        for form in [Registry.form("secret:1b", nil), Registry.form("secret:1b"), Registry.form("new", nil)] {
            #expect(try await create(form).status == 403)
        }
        #expect(try await create(Registry.form("helper")).status == 400)
        #expect(try await create(Registry.form(String(repeating: "x", count: 257))).status == 400)
        #expect(try await create(Registry.form("a\\u0000b")).status == 422)
        let made = try await create(Registry.form("open", "shared:1b", "{}", [("user", "*", "read")]))
        #expect(made.status == 200 && made.json["access_grants"] == .array([]))
        // Neither an update nor an import gets around it.
        #expect(
            try await martlet.post("/api/v1/models/id/open/update", token: user, Registry.form("open", nil)).status
                == 403)
        for entry in [Registry.form("helper"), Registry.form("secret:1b", nil)] {
            let answer = try await martlet.post("/api/v1/models/import", token: user, #"{"models":[\#(entry)]}"#)
            #expect(answer.status == 403)
        }
        let exported = try await martlet.get("/api/v1/models/export", token: user)
        #expect(exported.json.elements?.compactMap { $0["id"]?.text }.sorted() == ["mine", "open"])
        #expect(!exported.body.contains(Registry.secret))
        await registry.stop()
    }

    @Test("what is exported is imported again, and a sync leaves exactly what it names")
    func transfer() async throws {
        let registry = try await Registry.start()
        let (martlet, admin) = (registry.martlet, registry.admin)
        let exported = try await martlet.get("/api/v1/models/export", token: admin).body
        #expect(try await HTTP.call("DELETE", martlet.base + "/api/v1/models/delete/all", token: admin).body == "true")
        #expect(
            try await martlet.post("/api/v1/models/import", token: admin, #"{"models":\#(exported)}"#).body == "true")
        let again = try await martlet.get("/api/v1/models/id/helper", token: registry.reader).json
        #expect(again["params"]?["temperature"] == .number(0.5))
        #expect(again["meta"]?["tags"]?.elements?.first?["name"] == .string("helper-tag"))
        #expect(again["access_grants"]?.elements?.count == 3)
        let one = try await martlet.get("/api/v1/models/model?id=mine", token: admin).body
        let synced = try await martlet.post("/api/v1/models/sync", token: admin, #"{"models":[\#(one)]}"#)
        #expect(synced.json.elements?.compactMap { $0["id"]?.text } == ["mine"])
        for bad in ["{}", #"{"models":1}"#, #"{"models":[1]}"#, #"{"models":[{"id":"x"}]}"#, "[]", "x"] {
            let answer = try await martlet.post("/api/v1/models/import", token: admin, bad)
            #expect((400..<500).contains(answer.status), "\(bad): \(answer.status)")
        }
        await registry.stop()
    }

    @Test("pictures: raster types only, with an ETag; an address leads nobody away who did not ask for a picture")
    func pictures() async throws {
        let registry = try await Registry.start()
        let (martlet, admin) = (registry.martlet, registry.admin)
        func picture(_ url: String, _ headers: [(String, String)] = []) async throws -> HTTP.Answer {
            let form =
                #"{"id":"helper","name":"h","base_model_id":"shared:1b","meta":{"profile_image_url":"\#(url)"},"params":{}}"#
            #expect(try await martlet.post("/api/v1/models/model/update", token: admin, form).status == 200)
            return try await HTTP.call(
                "GET", martlet.base + "/api/v1/models/model/profile/image?id=helper", token: admin, headers: headers)
        }
        let png = try await picture("data:image/png;base64,iVBORw0KGgo=")
        #expect(png.headers["content-type"] == "image/png" && png.headers["x-content-type-options"] == "nosniff")
        let tag = try #require(png.headers["etag"])
        let same = try await HTTP.call(
            "GET", martlet.base + "/api/v1/models/model/profile/image?id=helper", token: admin,
            headers: [("if-none-match", tag)])
        #expect(same.status == 304)
        let script = "PHN2Zz48c2NyaXB0Lz48L3N2Zz4="
        for bad in [
            "data:image/svg+xml;base64,\(script)", "data:text/html;base64,\(script)", "javascript:alert(1)", "//x",
        ] {
            let answer = try await picture(bad)
            #expect(answer.status == 200 && answer.headers["content-type"] == "image/svg+xml")
            #expect(!answer.body.contains("script"))
        }
        let moved = try await picture("https://example.com/a.png", [("sec-fetch-dest", "image")])
        #expect(moved.status == 302 && moved.headers["location"] == "https://example.com/a.png")
        #expect(try await picture("https://example.com/a.png", [("sec-fetch-dest", "document")]).status == 200)
        // Not the other's business.
        let hidden = try await martlet.get(
            "/api/v1/models/model/profile/image?id=helper", token: registry.fleet.other)
        #expect(hidden.headers["location"] == nil)
        await registry.stop()
    }

    @Test("the list is searched, filtered and paged; bad queries are no errors of the server")
    func search() async throws {
        let registry = try await Registry.start()
        func names(_ query: String, _ token: String? = nil) async throws -> [String] {
            let answer = try await registry.martlet.get(
                "/api/v1/models/list?\(query)", token: token ?? registry.admin)
            #expect(answer.status == 200, "\(query)")
            return (answer.json["items"]?.elements ?? []).compactMap { $0["id"]?.text }
        }
        #expect(try await names("order_by=name&direction=asc") == ["helper", "mine"])
        #expect(try await names("query=HELP") == ["helper"])
        #expect(try await names("query=%25") == [])
        #expect(try await names("tag=mine-tag") == ["mine"])
        #expect(try await names("view_option=created") == ["helper"])
        #expect(try await names("view_option=shared") == ["mine"])
        #expect(try await names("page=2") == [])
        #expect(try await names("", registry.reader) == ["helper"])
        #expect(try await names("", registry.fleet.other) == [])
        let list = try await registry.martlet.get("/api/v1/models/list", token: registry.writer).json
        #expect(list["total"] == .integer(1))
        #expect(list["items"]?.elements?.first?["write_access"] == .bool(true))
        for query in ["page=x", "page=99999999999999999999", "query=a%00", "tag=%00"] {
            let answer = try await registry.martlet.get("/api/v1/models/list?\(query)", token: registry.admin)
            #expect(answer.status == 422, "\(query)")
        }
        #expect(try await registry.martlet.get("/api/v1/models/id/a%00b", token: registry.admin).status == 400)
        await registry.stop()
    }
}
