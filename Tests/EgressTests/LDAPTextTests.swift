import Testing

@testable import Egress

@Suite struct LDAPTextTests {
    @Test(
        "a filter's value stands for itself (the examples of RFC 4515, section 4, and injections)",
        arguments: [
            ("Parens R Us (for all your parenthetical needs)", #"Parens R Us \28for all your parenthetical needs\29"#),
            ("*", #"\2a"#), (#"C:\MyFile"#, #"C:\5cMyFile"#), ("\u{0}\u{0}\u{0}\u{4}", #"\00\00\00\04"#),
            ("Lučić", #"Lu\c4\8di\c4\87"#), ("*)(uid=*", #"\2a\29\28uid=\2a"#), ("una", "una"), ("", ""),
            ("a\nb\u{7f}", #"a\0ab\7f"#),
        ])
    func filter(value: String, escaped: String) throws {
        #expect(LDAPFilter.escaped(value) == escaped)
        #expect(try LDAPFilter.equal("uid", value) == "(uid=\(escaped))")
    }

    @Test(
        "what is no name of an attribute makes no filter",
        arguments: ["", "uid)(cn", "uid=", "*", "u id", "ü", "-a", "a\u{0}", String(repeating: "a", count: 257)])
    func attribute(name: String) {
        #expect { try LDAPFilter.equal(name, "x") } throws: { ($0 as? LDAPError)?.kind == .invalidRequest }
    }

    @Test("a search is written as a URL, everything but unreserved characters percent-encoded")
    func url() throws {
        let server = LDAPServer(host: "ldap.lab.test", port: 389, usesTLS: false)
        let search = LDAPSearch(
            base: "ou=Bücher & Co?,dc=lab", filter: #"(&(uid=a\2a)(x=1))"#, attributes: ["uid", "cn;lang-de"])
        #expect(
            try server.url(search) == "ldap://ldap.lab.test:389/ou%3DB%C3%BCcher%20%26%20Co%3F%2Cdc%3Dlab"
                + "?uid,cn%3Blang-de?sub?%28%26%28uid%3Da%5C2a%29%28x%3D1%29%29")
        let address = LDAPServer(host: "2001:db8::1", port: 636, usesTLS: true)
        #expect(try address.url(.nothing) == "ldaps://[2001:db8::1]:636/?1.1?base?%28objectClass%3D%2A%29")
    }

    @Test(
        "a host that is more than a host makes no URL",
        arguments: ["", "a/b", "a b", "u@h", "h:1/", "h?x", "h#", "[::1]", "ldap://h", "hö", "h\u{0}"])
    func host(name: String) {
        let server = LDAPServer(host: name, port: 389, usesTLS: false)
        #expect { try server.url(.nothing) } throws: { ($0 as? LDAPError)?.kind == .invalidRequest }
    }

    @Test("credentials that would bind as nobody cannot be made, and none shows its password")
    func credentials() throws {
        for (dn, password) in [("", "p"), ("cn=a", ""), ("cn=a", "\u{0}p"), ("cn=\u{0}", "p")] {
            #expect { try LDAPCredentials(dn: dn, password: password) } throws: {
                ($0 as? LDAPError)?.kind == .unusableCredentials
            }
        }
        let long = String(repeating: "p", count: LDAPCredentials.longestPassword)
        #expect(throws: LDAPError.self) { try LDAPCredentials(dn: "cn=a", password: long + "p") }
        let credentials = try LDAPCredentials(dn: "cn=a", password: "s3cret")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("s3cret"))
    }
}
