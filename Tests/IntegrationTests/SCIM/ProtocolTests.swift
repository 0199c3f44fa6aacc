import Contracts
import Testing

/// What RFC 7643 and RFC 7644 say that a service provider MUST; each test names the section.
@Suite("SCIM by its RFCs")
struct ProtocolTests {
    @Test("RFC 7644, 3.12 and 2: errors have a body, guests and users are refused, off is 404")
    func refusals() async throws {
        let host = try await ProvisioningHost.start(.sqlite)
        try await host.martlet.set(#"{"ENABLE_SIGNUP":true,"DEFAULT_USER_ROLE":"user"}"#, by: host.admin)
        let user = try await host.martlet.signUp("una")
        for (token, status) in [("", 401), ("wrong", 401), (user, 403), (host.admin, 200), (host.token, 200)] {
            let answer = try await host.call("GET", "/Users", token: token)
            #expect(answer.status == status, "\(token.prefix(5))")
            guard status >= 400 else { continue }
            #expect(answer.headers["content-type"] == "application/scim+json")
            #expect(answer.json["status"] == .string(String(status)))
            #expect(answer.json["schemas"] == .array([.string("urn:ietf:params:scim:api:messages:2.0:Error")]))
        }
        #expect(try await host.call("GET", "/Users", token: "wrong").headers["www-authenticate"] == "Bearer")
        for path in ["", "/", "/bogus", "/Users/bogus/more", "/Users/%ff"] {
            let answer = try await host.call("GET", path)
            #expect(answer.status == 404 || answer.status == 400, "\(path): \(answer.status)")
        }
        #expect(try await host.call("GET", "/Me").status == 501)
        for body in ["{", "[]", "5", "\"x\"", "{\"userName\":5}", "{}", #"{"userName":"a\u0000b"}"#] {
            let answer = try await host.call("POST", "/Users", body)
            #expect(answer.status == 400 && answer.json["scimType"] != nil, "\(body): \(answer.body)")
        }
        #expect(
            try await host.call("POST", "/Users", "x", headers: [("content-type", "text/plain")]).status == 415)
        #expect(
            try await host.call(
                "POST", "/Users", #"{"userName":"json@test.example"}"#, headers: [("content-type", "application/json")]
            ).status == 201)
        await host.stop()

        let off = try await Martlet.start(file: ["OLLAMA_BASE_URLS": "", "SCIM_TOKEN": "t"])
        for path in ["ServiceProviderConfig", "Users", "Groups/1", "bogus"] {
            let answer = try await off.get("/api/v1/scim/v2/\(path)", token: "t")
            #expect(answer.status == 404 && answer.headers["content-type"] == "application/scim+json")
        }
        await off.stop()
    }

    @Test("RFC 7644, 4: the server describes itself to everybody; a filter there is 403, another method 405")
    func discovery() async throws {
        let host = try await ProvisioningHost.start(.sqlite)
        for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas"] {
            let answer = try await host.martlet.get("/api/v1/scim/v2" + path)
            #expect(answer.status == 200, "\(path)")
            #expect(try await host.call("GET", path + "?filter=name eq \"x\"").status == 403)
            #expect(try await host.call("POST", path, "{}").status == 405)
            #expect(try await host.call("DELETE", path).status == 405)
        }
        let config = try await host.call("GET", "/ServiceProviderConfig").json
        for feature in ["patch", "bulk", "filter", "sort", "etag"] {
            #expect(config[feature]?["supported"] == .bool(true), "\(feature)")
        }
        let schemas = try await host.call("GET", "/Schemas").json
        #expect(schemas["totalResults"] == .integer(3))
        #expect(try await host.call("GET", "/Schemas/\(ProvisioningHost.enterprise)").status == 200)
        #expect(try await host.call("GET", "/Schemas/urn:none").status == 404)
        await host.stop()
    }

    @Test("RFC 7644, 3.4.2.2: filters of every kind find whom they should", arguments: SCIMEngine.allCases)
    func filters(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let bob = try await host.makeUser("Bob", Self.bob)
        try await host.makeUser("eve", #","active":false,"externalId":"E-2","displayName":"Ève","userType":"Intern""#)
        let (ada, all) = ("ada@test.example", ["Bob@test.example", "ada@test.example", "eve@test.example"])
        let group = try await host.makeGroup("Crew", members: [bob])
        let table: [(String, [String])] = [
            (#"userName eq "bob@TEST.example""#, ["Bob@test.example"]),
            (#"userName ne "bob@test.example""#, [ada, "eve@test.example"]),
            (#"userName co "ob@""#, ["Bob@test.example"]), (#"userName sw "EV""#, ["eve@test.example"]),
            (#"userName ew "test.example""#, all), (#"userName gt "b""#, ["Bob@test.example", "eve@test.example"]),
            (#"userName lt "b""#, [ada]), (#"id eq "\#(bob)""#, ["Bob@test.example"]),
            (#"externalId eq "E-2""#, ["eve@test.example"]), (#"externalId eq "e-2""#, []),
            (#"externalId pr"#, ["Bob@test.example", "eve@test.example"]),
            (#"displayName eq "ÈVE""#, ["eve@test.example"]), (#"displayName eq "ada""#, [ada]),
            (#"emails.value eq "work@x.test""#, ["Bob@test.example"]), (#"emails eq "ADA@test.example""#, [ada]),
            (#"emails co "@x.test""#, ["Bob@test.example"]),
            (#"emails[type eq "work" and value ew "x.test"]"#, ["Bob@test.example"]),
            (#"emails[type eq "home" and value eq "work@x.test"]"#, []),
            (#"emails[primary eq true]"#, ["Bob@test.example", ada]), (#"emails.type eq "WORK""#, ["Bob@test.example"]),
            (#"not (emails pr)"#, ["eve@test.example"]), (#"active eq true"#, ["Bob@test.example", ada]),
            (#"active eq false"#, ["eve@test.example"]), (#"name.familyName eq "OX""#, ["Bob@test.example"]),
            (#"name.familyName sw "o" and title pr"#, ["Bob@test.example"]),
            (#"name pr and not (title pr)"#, [ada]), (#"title eq null"#, [ada, "eve@test.example"]),
            (#"userType eq "intern" or name.givenName eq "bob""#, ["Bob@test.example", "eve@test.example"]),
            (#"userType eq "intern" and (title pr or locale pr)"#, []),
            (#"\#(ProvisioningHost.enterprise):department eq "d1""#, ["Bob@test.example"]),
            (#"\#(ProvisioningHost.enterprise):manager.value eq "m-1""#, ["Bob@test.example"]),
            (#"schemas eq "\#(ProvisioningHost.enterprise)""#, ["Bob@test.example"]),
            (#"groups.value eq "\#(group)""#, ["Bob@test.example"]),
            (#"groups[display eq "crew"]"#, ["Bob@test.example"]),
            (#"groups pr"#, ["Bob@test.example"]), (#"meta.created gt "2020-01-01T00:00:00Z""#, all),
            (#"meta.lastModified lt "2020-01-01T00:00:00Z""#, []), (#"meta.resourceType eq "User""#, all),
            (#"profileUrl eq "https://x.test/B""#, ["Bob@test.example"]), (#"profileUrl eq "https://x.test/b""#, []),
            (#"photos.value co "/B""#, ["Bob@test.example"]), (#"nickName ne "x""#, all),
            (#"title eq "100% _a\\b""#, ["Bob@test.example"]), (#"title co "%""#, ["Bob@test.example"]),
            (#"title co "_%""#, []),
        ]
        for (filter, names) in table { #expect(try await host.find(filter) == names.sorted(), "\(filter)") }
        for filter in ["bogus", "bogus eq \"x\"", "userName eq bob", "password eq \"x\"", "active gt true"] {
            let answer = try await host.call("GET", "/Users?filter=" + filter)
            #expect(answer.status == 400 && answer.json["scimType"] == .string("invalidFilter"), "\(filter)")
        }
        let groups = [
            #"displayName eq "CREW""#, #"members.value eq "\#(bob)""#, #"members[value eq "\#(bob)"]"#, "members pr",
            #"displayName co "re""#, #"id eq "\#(group)" and not (externalId pr)"#, #"members.display eq "bob o""#,
        ]
        for filter in groups {
            let answer = try await host.call("GET", "/Groups?filter=" + filter)
            #expect(answer.json["totalResults"] == .integer(1), "\(filter): \(answer.body)")
        }
        await host.stop()
    }

    @Test("RFC 7644, 3.4.2.3 and 3.4.2.4: sorting, and pages with honest totals", arguments: SCIMEngine.allCases)
    func pages(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        for (name, title) in [("c", #","title":"B""#), ("b", #","title":"a""#), ("d", "")] {
            try await host.makeUser(name, title)
        }
        func names(_ query: String) async throws -> (names: [String], json: JSONValue) {
            let json = try await host.call("GET", "/Users?" + query).json
            let list = json["Resources"]?.elements ?? []
            return (list.compactMap { $0["userName"]?.text?.first.map(String.init) }, json)
        }
        #expect(try await names("sortBy=userName").names == ["a", "b", "c", "d"])
        #expect(try await names("sortBy=userName&sortOrder=descending").names == ["d", "c", "b", "a"])
        #expect(try await names("sortBy=title").names.prefix(2) == ["b", "c"])
        #expect(try await names("sortBy=title&sortOrder=descending").names.suffix(2) == ["c", "b"])
        #expect(try await names("sortBy=emails.value").json["totalResults"] == .integer(4))
        let page = try await names("sortBy=userName&startIndex=2&count=2")
        #expect(page.names == ["b", "c"] && page.json["startIndex"] == .integer(2))
        #expect(page.json["totalResults"] == .integer(4) && page.json["itemsPerPage"] == .integer(2))
        #expect(try await names("startIndex=0&count=-5").json["itemsPerPage"] == .integer(0))
        #expect(try await names("startIndex=-3&count=1").json["startIndex"] == .integer(1))
        let beyond = try await names("startIndex=99")
        #expect(beyond.json["totalResults"] == .integer(4) && beyond.names.isEmpty)
        for query in ["count=x", "startIndex=x", "sortBy=bogus", "sortOrder=up"] {
            #expect(try await host.call("GET", "/Users?" + query).status == 400, "\(query)")
        }
        let search = try await host.call(
            "POST", "/Users/.search",
            #"""
            {"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["userName"],
            "filter":"userName sw \"b\"","startIndex":1,"count":10}
            """#)
        #expect(search.json["totalResults"] == .integer(1))
        #expect(search.json["Resources"]?.elements?.first?["emails"] == nil)
        _ = try await host.makeGroup("b-team")
        let both = try await host.call("POST", "/.search", #"{"filter":"displayName sw \"b\" or externalId pr"}"#)
        #expect(both.json["totalResults"] == .integer(1))
        await host.stop()
    }

    @Test("RFC 7644, 3.14 and 3.9: ETags and preconditions; attributes on every method", arguments: SCIMEngine.allCases)
    func versions(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let made = try await host.call(
            "POST", "/Users?attributes=userName", #"{"userName":"bob@test.example","title":"T"}"#)
        #expect(made.json["userName"] != nil && made.json["title"] == nil && made.json["meta"] == nil)
        let path = "/Users/\(made.json["id"]?.text ?? "")"
        let version = try #require(made.headers["etag"])
        let read = try await host.call("GET", path)
        #expect(read.headers["etag"] == version && read.json["meta"]?["version"] == .string(version))
        #expect(try await host.call("GET", path, headers: [("if-none-match", version)]).status == 304)
        #expect(try await host.call("GET", path, headers: [("if-none-match", "W/\"0\"")]).status == 200)
        let body = #"{"Operations":[{"op":"replace","path":"title","value":"U"}]}"#
        #expect(try await host.call("PATCH", path, body, headers: [("if-match", "W/\"0\"")]).status == 412)
        let changed = try await host.call(
            "PATCH", path + "?attributes=title", body, headers: [("if-match", version)])
        #expect(changed.status == 200 && changed.json["title"] == .string("U") && changed.json["userName"] == nil)
        #expect(changed.headers["etag"] != version)
        #expect(try await host.call("DELETE", path, headers: [("if-match", version)]).status == 412)
        // Nothing changed, so nothing is modified (section 3.5.2.1).
        let same = try await host.call("PATCH", path, body)
        #expect(same.headers["etag"] == changed.headers["etag"])
        let put = try await host.call(
            "PUT", path + "?excludedAttributes=title", #"{"userName":"bob@test.example","title":"V","id":"other"}"#)
        #expect(put.status == 200 && put.json["title"] == nil && put.json["id"] == made.json["id"])
        #expect(try await host.call("DELETE", path, headers: [("if-match", "*")]).status == 204)
        await host.stop()
    }

    @Test(
        "RFC 7644, 3.3, 3.5.1, 3.5.2: a taken userName is 409 uniqueness on every way to it",
        arguments: SCIMEngine.allCases)
    func uniqueness(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let bob = try await host.makeUser("bob")
        try await host.makeUser("eve")
        let attempts: [(String, String, String)] = [
            ("POST", "/Users", #"{"userName":"BOB@test.example"}"#),
            ("POST", "/Users", #"{"userName":"new","emails":[{"value":"Eve@test.example"}]}"#),
            ("POST", "/Users", #"{"userName":"ada@test.example"}"#),
            ("PUT", "/Users/\(bob)", #"{"userName":"eve@test.example"}"#),
            (
                "PATCH", "/Users/\(bob)",
                #"{"Operations":[{"op":"replace","path":"userName","value":"EVE@test.example"}]}"#
            ),
            (
                "PATCH", "/Users/\(bob)",
                #"{"Operations":[{"op":"add","path":"emails","value":[{"value":"ada@test.example"}]}]}"#
            ),
        ]
        for (method, path, body) in attempts {
            let answer = try await host.call(method, path, body)
            #expect(answer.status == 409 && answer.json["scimType"] == .string("uniqueness"), "\(method) \(body)")
        }
        _ = try await host.makeGroup("Crew")
        #expect(try await host.call("POST", "/Groups", #"{"displayName":"crew"}"#).status == 409)
        #expect(try await host.find("userName pr").count == 3)
        await host.stop()
    }

    @Test(
        "RFC 7644, 3.7: bulk with references forwards, in circles and to nothing, and failOnErrors",
        arguments: SCIMEngine.allCases)
    func bulk(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        func bulk(_ operations: String, _ more: String = "") async throws -> HTTP.Answer {
            try await host.call("POST", "/Bulk", #"{\#(more)"Operations":[\#(operations)]}"#)
        }
        let manager = #""\#(ProvisioningHost.enterprise)":{"manager":{"value":"bulkId:"#
        let answer = try await bulk(
            #"""
            {"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"Crew","members":[{"value":"bulkId:a"}]}},
            {"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a@x.test",\#(manager)b"}}}},
            {"method":"post","path":"/Users","bulkId":"b","data":{"userName":"b@x.test",\#(manager)a"}}}},
            {"method":"PATCH","path":"/Users/bulkId:a","data":{"Operations":[{"op":"add","path":"title","value":"T"}]}},
            {"method":"POST","path":"/Users","bulkId":"c","data":{"userName":"a@x.test"}},
            {"method":"PUT","path":"/Users/bulkId:none","data":{"userName":"z@x.test"}}
            """#)
        let results = try #require(answer.json["Operations"]?.elements)
        #expect(
            answer.status == 200 && results.map { $0["status"]?.text } == ["201", "201", "201", "200", "409", "409"])
        #expect(results[0]["bulkId"] == .string("g") && results[0]["location"]?.text?.contains("/Groups/") == true)
        #expect(results[4]["response"]?["scimType"] == .string("uniqueness") && results[1]["version"] != nil)
        let a = try await host.call("GET", #"/Users?filter=userName eq "a@x.test""#).json["Resources"]?.elements?.first
        let b = try await host.call("GET", #"/Users?filter=userName eq "b@x.test""#).json["Resources"]?.elements?.first
        #expect(a?[ProvisioningHost.enterprise]?["manager"]?["value"] == b?["id"] && a?["title"] == .string("T"))
        #expect(b?[ProvisioningHost.enterprise]?["manager"]?["value"] == a?["id"])
        #expect(a?["groups"]?.elements?.count == 1)

        let failing = (0..<3).map { #"{"method":"DELETE","path":"/Users/none-\#($0)"}"# }.joined(separator: ",")
        let stopped = try await bulk(failing, #""failOnErrors":2,"#)
        #expect(stopped.json["Operations"]?.elements?.count == 2)
        let many = Array(repeating: #"{"method":"DELETE","path":"/Users/x"}"#, count: 1_001).joined(separator: ",")
        #expect(try await bulk(many).status == 413)
        #expect(
            try await bulk(#"{"method":"DELETE","path":"/Users/\#(String(repeating: "x", count: 1 << 20))"}"#).status
                == 413)
        #expect(try await bulk(#"{"method":"POST","path":"/Users","data":{"userName":"q"}}"#).status == 400)
        await host.stop()
    }

    private static let bob = #"""
        ,"externalId":"E-1","displayName":"Bob O","name":{"givenName":"Bob","familyName":"Ox"},"title":"100% _a\\b",
        "profileUrl":"https://x.test/B","photos":[{"value":"https://x.test/B.png","type":"photo"}],
        "emails":[{"value":"Work@x.test","type":"work","primary":true},{"value":"h@x.test","type":"home"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D1","manager":{"value":"m-1"}}
        """#
}
