import Egress
import Testing

@Suite struct DistinguishedNameTests {
    private static func text(_ name: String) -> String? {
        DistinguishedName(name).map { name in
            name.relativeNames.map { $0.map { "\($0.type)|\($0.value)" }.joined(separator: "+") }.joined(separator: "/")
        }
    }

    @Test(
        "names are taken apart (RFC 4514, section 4)",
        arguments: [
            ("UID=jsmith,DC=example,DC=net", "UID|jsmith/DC|example/DC|net"),
            ("OU=Sales+CN=J.  Smith,DC=example,DC=net", "OU|Sales+CN|J.  Smith/DC|example/DC|net"),
            (#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#, #"CN|James "Jim" Smith, III/DC|example/DC|net"#),
            (#"CN=Before\0dAfter,DC=example,DC=net"#, "CN|Before\rAfter/DC|example/DC|net"),
            ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0|Hi"), (#"CN=Lu\C4\8Di\C4\87"#, "CN|Lučić"),
            (#"cn=\20 a b\20 ,dc=x"#, "cn|  a b /dc|x"), ("cn = a , dc = b", "cn|a/dc|b"), ("cn=,dc=b", "cn|/dc|b"),
            (#"cn=Große\2C Gruppe,dc=lab"#, "cn|Große, Gruppe/dc|lab"), ("cn=a=b", "cn|a=b"), ("", ""),
            (##"cn=\#x\+y"##, "cn|#x+y"), ("cn=a\nb", "cn|a\nb"),
        ])
    func good(name: String, parts: String) { #expect(Self.text(name) == parts) }

    @Test(
        "what is no name is none",
        arguments: [
            "a", "=a", ",", "cn=a,", "cn=a+", #"cn=a\"#, #"cn=a\4"#, #"cn=a\zz"#, #"cn=\ff"#, "cn=a;dc=b", "cn=a<b",
            #"cn="a""#, "c(n=a", "cn=#", "cn=#04", "cn=#0403414", "cn=#040341", "cn=#048141", "cn=#04024869x",
            "cn=a\u{0}",
        ])
    func bad(name: String) { #expect(Self.text(name) == nil) }

    @Test("the common name is the entry's own, not that of something above it")
    func commonName() {
        #expect(DistinguishedName("cn=team,cn=groups,dc=lab")?.commonName == "team")
        #expect(DistinguishedName("gidNumber=5+CN=team,dc=lab")?.commonName == "team")
        #expect(DistinguishedName("2.5.4.3=#0C047465616D,dc=lab")?.commonName == "team")
        #expect(DistinguishedName("ou=team,cn=groups,dc=lab")?.commonName == nil)
        #expect(DistinguishedName("")?.commonName == nil)
    }
}
