import Contracts
import Testing

/// Groups of a directory, and directories that are slow, far, large or not what they should be.
@Suite struct LDAPDirectoryTests {
    private static func dn(_ uid: String) -> String { "uid=\(uid),ou=people,dc=lab" }

    @Test("groups follow the directory at each sign-in: added, removed, and made only when that is wanted")
    func groups() async throws {
        let entries =
            Slapd.person("una") + Slapd.person("ada", mail: "ada@test.example")
            + Slapd.group("red", members: [Self.dn("una"), Self.dn("ada")])
            + Slapd.group(#"Big, "Blue""#, members: [Self.dn("una")], name: #"Big\, \"Blue\""#)
        let lab = try await LDAPLab.start(entries, ["ENABLE_LDAP_GROUP_MANAGEMENT": "true"])
        func make(_ name: String) async throws -> String {
            let body = JSONValue.object(["name": .string(name), "description": .string("")]).encoded
            return try await lab.martlet.post("/api/v1/groups/create", token: lab.admin, body).json["id"]?.text ?? ""
        }
        let (red, own) = (try await make("red"), try await make("own"))
        let una = try #require(try await lab.signIn("una").json["id"]?.text)
        #expect(try await lab.groups(una) == ["red"])
        _ = try await lab.martlet.post(
            "/api/v1/groups/id/\(own)/users/add", token: lab.admin, "{\"user_ids\":[\"\(una)\"]}")
        #expect(try await lab.groups(una) == ["own", "red"])
        try await lab.change([:], ["ENABLE_LDAP_GROUP_CREATION": .bool(true)])
        #expect(try await lab.signIn("una").status == 200)
        #expect(try await lab.groups(una) == [#"Big, "Blue""#, "red"])
        try await lab.slapd.modify(
            "dn: cn=red,ou=groups,dc=lab\nchangetype: modify\ndelete: member\nmember: \(Self.dn("una"))\n")
        #expect(try await lab.signIn("una").status == 200)
        #expect(try await lab.groups(una) == [#"Big, "Blue""#])
        // In no group any more.
        try await lab.slapd.modify("dn: cn=Big\\2C \\22Blue\\22,ou=groups,dc=lab\nchangetype: delete\n")
        #expect(try await lab.signIn("una").status == 200)
        #expect(try await lab.groups(una) == [])
        let ada = try #require(try await lab.signIn("ada").json["id"]?.text)
        _ = try await lab.martlet.post(
            "/api/v1/groups/id/\(own)/users/add", token: lab.admin, "{\"user_ids\":[\"\(ada)\"]}")
        #expect(try await lab.signIn("ada").status == 200)
        #expect(try await lab.groups(ada) == ["own"], "an administrator's groups are not the directory's")
        #expect(!red.isEmpty)
        await lab.stop()
    }

    @Test("without group management groups stay as they are")
    func groupsUnmanaged() async throws {
        let lab = try await LDAPLab.start(
            Slapd.person("una") + Slapd.group("red", members: [Self.dn("una")]),
            ["ENABLE_LDAP_GROUP_CREATION": "true"])
        let una = try #require(try await lab.signIn("una").json["id"]?.text)
        #expect(try await lab.groups(una) == [])
        await lab.stop()
    }

    @Test("ldaps wants a good certificate, unless that is switched off; changes of the settings hold at once")
    func secure() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una"))
        func statuses(_ server: [String: JSONValue]) async throws -> Int {
            try await lab.change(server)
            return try await lab.signIn("una").status
        }
        let authority = JSONValue.string(lab.slapd.authority)
        #expect(
            try await statuses([
                "host": .string("localhost"), "port": .integer(Int64(lab.slapd.securePort)), "use_tls": .bool(true),
                "certificate_path": authority,
            ]) == 200)
        #expect(try await statuses(["certificate_path": .string(lab.slapd.directory + "/other.pem")]) == 400)
        #expect(try await statuses(["certificate_path": .string(lab.slapd.directory + "/absent")]) == 400)
        #expect(try await statuses(["validate_cert": .bool(false), "certificate_path": .string("")]) == 200)
        #expect(try await statuses(["validate_cert": .bool(true)]) == 400)
        #expect(try await statuses(["certificate_path": authority]) == 200)
        #expect(try await statuses(["host": .string("127.0.0.1")]) == 400, "it is not the certificate's name")
        #expect(
            try await statuses(["host": .string("ldaps://localhost"), "use_tls": .bool(false)]) == 200)
        #expect(lab.martlet.log.contains("certificate"))
        #expect(!lab.martlet.log.contains(Slapd.appPassword))
        await lab.stop()
    }

    @Test("a wrong password or DN of the app, a wrong base, a broken filter, another port: refused, and logged")
    func misconfigured() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una") + Slapd.person("otto"))
        let closed = try FreePorts.take(1)[0]
        let good: [String: JSONValue] = [
            "app_dn_password": .string(Slapd.appPassword), "app_dn": .string(Slapd.appDN),
            "search_base": .string("ou=people,dc=lab"), "search_filters": .string(""), "host": .string("127.0.0.1"),
            "port": .integer(Int64(lab.slapd.port)), "attribute_for_username": .string("uid"),
        ]
        let bad: [(String, JSONValue, log: String)] = [
            ("app_dn_password", .string("wr0ng-app"), "wrongPassword"), ("app_dn_password", .string(""), "unusable"),
            ("app_dn", .string("nonsense"), "bindRefused(34)"), ("search_base", .string("dc=absent"), "searchRefused"),
            ("search_filters", .string("(cn=a"), "badFilter"), ("host", .string("nobody.invalid"), "unreachable"),
            ("host", .string("a/b?c"), "invalidRequest"), ("port", .integer(Int64(closed)), "unreachable"),
            ("attribute_for_username", .string("u)(x"), "invalidRequest"), ("app_dn", .string(""), "searchRefused"),
        ]
        for (member, value, log) in bad {
            try await lab.change(good.merging([member: value]) { $1 })
            let before = lab.martlet.log.utf8.count
            let answer = try await lab.signIn("otto")
            #expect(
                answer.status == 400 && answer.json["detail"]?.text == "LDAP authentication failed.",
                "\(member) \(answer.body)")
            try await eventually("the log says \(log) for \(member)") {
                lab.martlet.log.utf8.dropFirst(before).split(separator: UInt8(ascii: "\n")).contains {
                    String(decoding: $0, as: UTF8.self).contains(log)
                }
            }
            try await lab.change(good)
            #expect(try await lab.signIn("una").status == 200, "\(member)")
        }
        for secret in ["wr0ng-app", "pass-una", "pass-otto", Slapd.appPassword] {
            #expect(!lab.martlet.log.contains(secret))
        }
        await lab.stop()
    }

    @Test("a directory that never answers delays nobody who signs in with a password; too many who wait are refused")
    func hanging() async throws {
        let silent = try ListeningSocket()
        let lab = try await LDAPLab.start(
            "", ["LDAP_SERVER_PORT": "\(silent.port)", "LDAP_CONNECT_TIMEOUT": "10s", "LDAP_TIMEOUT": "10s"])
        let start = ContinuousClock.now
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<90 {
                group.addTask { try await lab.signIn("user\(number)", "password").status }
            }
            for _ in 0..<3 {
                let asked = ContinuousClock.now
                let answer = try await lab.martlet.post(
                    "/api/v1/auths/signin",
                    #"{"email":"ada@test.example","password":"\#(lab.martlet.password("ada"))"}"#)
                #expect(answer.status == 200)
                #expect(ContinuousClock.now - asked < .seconds(8))
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(Set(statuses.keys) == [400, 503], "\(statuses)")
        // At least those who found the queue full; the others gave up, or were given up.
        #expect(statuses[503, default: 0] >= 22)
        #expect(ContinuousClock.now - start < .seconds(40))
        await lab.stop()
    }

    @Test("an entry that is too large, or too many of them, sign nobody in; a large one below the limit does")
    func large() async throws {
        let value = String(repeating: "v", count: 20_000)
        func person(_ uid: String, names: Int) -> String {
            String(Slapd.person(uid).dropLast()) + (0..<names).map { "cn: \($0) \(value)\n" }.joined() + "\n"
        }
        let twins = (0..<101).map {
            Slapd.person("twin", cn: "twin\($0)", mail: "twin\($0)@lab.test", dn: "cn=twin\($0),ou=people,dc=lab")
        }.joined()
        let lab = try await LDAPLab.start(person("huge", names: 60) + person("large", names: 40) + twins)
        #expect(try await lab.signIn("huge").status == 400)
        #expect(try await lab.signIn("twin").status == 400)
        let answer = try await lab.signIn("large")
        #expect(answer.status == 200 && answer.json["name"] == .string("large"))
        await lab.stop()
    }
}
