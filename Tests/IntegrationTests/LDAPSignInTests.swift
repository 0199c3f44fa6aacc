import Contracts
import FoundationEssentials
import Testing

/// Sign-in with a real directory through the real server.
@Suite struct LDAPSignInTests {
    private static let refused = #"{"detail":"LDAP authentication failed."}"#

    @Test("the directory's password signs in, with an account of its name and first e-mail; no other password does")
    func passwords() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una", cn: "Una Ubel", mail: "Una@Lab.Test\nmail: two@lab.test"))
        let first = try await lab.signIn("una")
        #expect(first.status == 200)
        #expect(first.json["email"] == .string("una@lab.test") && first.json["name"] == .string("Una Ubel"))
        #expect(first.json["role"] == .string("user") && first.json["token_type"] == .string("Bearer"))
        let (id, token) = (try #require(first.json["id"]?.text), try #require(first.json["token"]?.text))
        #expect(first.headers["set-cookie"]?.hasPrefix("token=\(token); HttpOnly") == true)
        #expect(try await lab.martlet.get("/api/v1/auths/", token: token).json["id"]?.text == id)
        let again = try await lab.signIn("UNA", "pass-una", path: "/api/v1/auths/ldap/signin")
        #expect(again.json["id"]?.text == id)
        for password in ["wr0ng-one", "", "pass-una ", "Pass-una", " ", String(repeating: "x", count: 20_000)] {
            let answer = try await lab.signIn("una", password)
            #expect(
                answer.status == 400 && answer.body == Self.refused,
                "\(password.prefix(20)): \(answer.status) \(answer.body.prefix(200))")
        }
        // Nor is it a password of the account here.
        let here = try await lab.martlet.post(
            "/api/v1/auths/signin", #"{"email":"una@lab.test","password":"pass-una"}"#)
        #expect(here.status == 400)
        for secret in ["pass-una", "wr0ng-one", Slapd.appPassword] { #expect(!lab.martlet.log.contains(secret)) }
        await lab.stop()
    }

    @Test("names that nobody has, and names that would change the filter, find nobody")
    func injections() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una"))
        let names = [
            "nobody", "*", "u*", "*)(uid=*", "una)(|(uid=*", "una))(&(uid=una", #"una\"#, #"\2a"#, #"\75na"#, "una ",
            " una", "", "una,ou=people,dc=lab", "una@lab.test", "una\n", String(repeating: "u", count: 5_000), "?",
        ]
        for name in names {
            let answer = try await lab.signIn(name, "pass-una")
            #expect(answer.status == 400 && answer.body == Self.refused, "\(name.prefix(20))")
        }
        #expect(try await lab.signIn("una\0", "pass-una").status == 422)
        #expect(try await lab.signIn("una", "pass-una\0").status == 422)
        #expect(try await lab.signIn("una").status == 200)
        await lab.stop()
    }

    @Test("names with any characters, in the uid and in the DN, sign in")
    func specialNames() async throws {
        let umlaut =
            "dn:: dWlkPW3DvGxsZXIsb3U9cGVvcGxlLGRjPWxhYg==\nobjectClass: inetOrgPerson\nuid:: bcO8bGxlcg==\n"
            + "cn:: SsO2cmcgTcO8bGxlcg==\nsn: M\nmail: mueller@lab.test\nuserPassword:: cGFzcy1tw7xsbGVy\n\n"
        let lab = try await LDAPLab.start(
            umlaut + Slapd.person(#"a(b)*c\d&|=!~"#, cn: "odd", mail: "odd@lab.test", dn: "cn=odd,ou=people,dc=lab")
                + Slapd.person("smith", cn: "Smith, John", dn: #"cn=Smith\, John,ou=people,dc=lab"#)
                + Slapd.person("o'brien+x", mail: "brien@lab.test", dn: #"uid=o'brien\+x,ou=people,dc=lab"#))
        for (name, email) in [
            ("müller", "mueller@lab.test"), ("MÜLLER", "mueller@lab.test"), (#"a(b)*c\d&|=!~"#, "odd@lab.test"),
            ("smith", "smith@lab.test"), ("o'brien+x", "brien@lab.test"),
        ] {
            let answer = try await lab.signIn(name, "pass-\(name.lowercased())")
            #expect(answer.json["email"]?.text == email, "\(name): \(answer.body)")
        }
        #expect(try await lab.signIn("müller").json["name"]?.text == "Jörg Müller")
        await lab.stop()
    }

    @Test("nobody becomes somebody else by what he writes into his own entry")
    func forgery() async throws {
        // cn: "x", a newline and a tab, "mail: ada@test.example".
        let cn = Data("x\n\n\tmail: ada@test.example\n\nDN: uid=ada".utf8).base64EncodedString()
        let entry =
            "dn: uid=mallory,ou=people,dc=lab\nobjectClass: inetOrgPerson\nuid: mallory\ncn:: \(cn)\nsn: M\n"
            + "mail: mallory@lab.test\nuserPassword: pass-mallory\n\n"
        let lab = try await LDAPLab.start(entry + Slapd.person("nomail", mail: "x").replacing("mail: x\n", with: ""))
        let answer = try await lab.signIn("mallory")
        #expect(answer.json["email"] == .string("mallory@lab.test") && answer.json["role"] == .string("user"))
        let nobody = try await lab.signIn("nomail")
        #expect(nobody.status == 400 && nobody.body == Self.refused)
        await lab.stop()
    }

    @Test("the first of all accounts becomes administrator, though a directory made it")
    func firstAccount() async throws {
        let slapd = try await Slapd.start(Slapd.person("una") + Slapd.person("otto"))
        let martlet = try await Martlet.start(
            file: LDAPLab.settings(slapd).merging(["DEFAULT_USER_ROLE": "pending"]) { $1 })
        #expect(try await martlet.ldap("una", "pass-una").json["role"] == .string("admin"))
        #expect(try await martlet.ldap("otto", "pass-otto").json["role"] == .string("pending"))
        await martlet.stop()
        await slapd.stop()
    }

    @Test("an account that is there already is the one with the e-mail, with its role and name")
    func existingAccount() async throws {
        let lab = try await LDAPLab.start(Slapd.person("ada", cn: "Other", mail: "ADA@test.example"))
        let answer = try await lab.signIn("ada")
        #expect(answer.json["role"] == .string("admin") && answer.json["name"] == .string("ada"))
        await lab.stop()
    }

    @Test("many at once who are new make one account")
    func concurrent() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una"))
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<12 { group.addTask { try await lab.signIn("una").json["id"]?.text } }
            return try await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(ids.count == 12 && !ids.contains(nil) && Set(ids).count == 1)
        let found = try await lab.martlet.get("/api/v1/users/?query=una", token: lab.admin)
        #expect(found.json["total"] == .integer(1))
        await lab.stop()
    }

    @Test("an account that was deactivated stays out")
    func deactivated() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una"))
        #expect(try await lab.signIn("una").status == 200)
        let change =
            "import sqlite3; c = sqlite3.connect('\(lab.martlet.data)/webui.db', timeout=10); "
            + "c.execute(\"UPDATE auth SET active = 0 WHERE email = 'una@lab.test'\"); c.commit()"
        let process = try ChildProcess(
            "/usr/bin/python3", ["-c", change], output: lab.martlet.directory + "/python")
        #expect(await process.end(within: .seconds(20)) == 0)
        let answer = try await lab.signIn("una")
        #expect(answer.status == 400 && answer.body == Self.refused)
        await lab.stop()
    }

    @Test("attempts of one name are limited, right or wrong, and not those of others")
    func rateLimit() async throws {
        let lab = try await LDAPLab.start(Slapd.person("una") + Slapd.person("otto"))
        for _ in 0..<15 { #expect(try await lab.signIn("una", "wrong").status == 400) }
        for name in ["una", "UNA"] {
            let answer = try await lab.signIn(name, "pass-una")
            #expect(answer.status == 429 && answer.body == #"{"detail":"API rate limit exceeded"}"#)
        }
        #expect(try await lab.signIn("otto").status == 200)
        await lab.stop()
    }

    @Test("without LDAP, and without passwords at all, the directory is not asked")
    func off() async throws {
        let off = try await LDAPLab.start(Slapd.person("una"), ["ENABLE_LDAP": "false"])
        let answer = try await off.signIn("una")
        #expect(answer.status == 400 && answer.body == #"{"detail":"LDAP authentication is not enabled"}"#)
        await off.stop()
        let slapd = try await Slapd.start(Slapd.person("una"))
        let martlet = try await Martlet.start(
            file: LDAPLab.settings(slapd).merging(["ENABLE_PASSWORD_AUTH": "false"]) { $1 })
        #expect(try await martlet.ldap("una", "pass-una").status == 403)
        await martlet.stop()
        await slapd.stop()
    }
}
