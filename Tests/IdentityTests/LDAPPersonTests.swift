import Egress
import Testing

@testable import Identity

@Suite("What a directory says of somebody")
struct LDAPPersonTests {
    private static func entry(_ attributes: [(String, [String])]) -> LDAPEntry {
        LDAPEntry(
            dn: "uid=una,dc=lab",
            attributes: attributes.map { .init(name: $0.0, values: $0.1.map { Array($0.utf8) }) })
    }

    private static func failure(_ entry: LDAPEntry, _ settings: LDAPSettings = LDAPSettings()) -> String? {
        do throws(LDAPSignInFailure) { _ = try LDAPPerson(entry, typed: "una", settings) } catch { return "\(error)" }
        return nil
    }

    @Test("the first e-mail counts, in lower case; without a common name the e-mail is the name")
    func names() throws {
        let full = Self.entry([("uid", ["x", "UNA"]), ("mail", ["Una@Lab.Test", "b@c.d"]), ("cn", ["Una", "U"])])
        let person = try LDAPPerson(full, typed: "una", LDAPSettings())
        #expect(person.email == "una@lab.test" && person.name == "Una" && person.groups == [])
        let short = Self.entry([("UID", ["una"]), ("Mail", ["Una@Lab.Test"])])
        #expect(try LDAPPerson(short, typed: "una", LDAPSettings()).name == "una@lab.test")
    }

    @Test("another name than the one that was typed, and no e-mail, let nobody in")
    func refusals() {
        #expect(Self.failure(Self.entry([("uid", ["otto"]), ("mail", ["a@b.c"])]))?.contains("another name") == true)
        #expect(Self.failure(Self.entry([("mail", ["a@b.c"])]))?.contains("another name") == true)
        for mail in [[], [""], ["", "a@b.c"]] {
            #expect(Self.failure(Self.entry([("uid", ["una"]), ("mail", mail)]))?.contains("no e-mail") == true)
        }
    }

    @Test("groups are the common names of what are names of groups, and of those not too many")
    func groups() throws {
        var settings = LDAPSettings()
        settings.managesGroups = true
        let known = [("uid", ["una"]), ("mail", ["a@b.c"])]
        let names = [#"CN=Big\, Blue,dc=lab"#, "nonsense", "ou=red,cn=groups,dc=lab", "cn=,dc=lab", "cn=team"]
        let entry = Self.entry(known + [("memberof", names)])
        #expect(try LDAPPerson(entry, typed: "una", settings).groups == ["Big, Blue", "team"])
        let many = (0...LDAPPerson.groupLimit).map { "cn=g\($0)" }
        #expect(Self.failure(Self.entry(known + [("memberOf", many)]), settings)?.contains("more than 1000") == true)
        #expect(Self.failure(Self.entry(known + [("memberOf", many)])) == nil, "nobody asks for them")
    }

    @Test("the directory's address may have a scheme or brackets; ALL stands for OpenSSL's own choice of ciphers")
    func server() {
        var settings = LDAPSettings()
        settings.usesTLS = false
        for (host, name, usesTLS) in [
            ("h.test", "h.test", false), ("ldap://h.test", "h.test", false), ("LDAPS://h.test", "h.test", true),
            ("[::1]", "::1", false), ("ldaps://[::1]", "::1", true), ("ldapx://h", "ldapx://h", false),
        ] {
            settings.host = host
            #expect(settings.server.host == name && settings.server.usesTLS == usesTLS, "\(host)")
        }
        for (ciphers, used) in [("ALL", nil), ("all", nil), ("", nil), ("HIGH", "HIGH")] {
            settings.ciphers = ciphers
            #expect(settings.server.ciphers == used)
        }
    }
}
