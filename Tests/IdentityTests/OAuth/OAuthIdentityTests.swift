import Contracts
import Testing

@testable import Identity

@Suite("OAuth: from claims to somebody")
struct OAuthIdentityTests {
    private let metadata = ProviderMetadata(
        issuer: "https://idp.example", authorization: "https://idp.example/a", token: "https://idp.example/t",
        userinfo: "https://idp.example/u")

    private func identity(
        _ json: String, _ change: (inout OAuthAccountRules) -> Void = { _ in }
    ) throws -> OAuthIdentity {
        let client = OAuthProvider.Client(id: "c", secret: "s", scope: "openid", redirectURI: "")
        let provider = try #require(OAuthProvider.google(client))
        var rules = OAuthAccountRules()
        change(&rules)
        return try OAuthIdentity(
            try #require(Claims(try JSONValue(json: json.utf8))), of: provider, metadata, rules)
    }

    @Test("claims are read by their configured names, dotted ones too")
    func names() throws {
        let identity = try identity(
            #"{"sub":"x","who":{"id":"7"},"mail":"A@B.example","nick":"Ann","r":{"l":"a, b"},"g":["x","y"]}"#
        ) {
            $0.subjectClaim = "who.id"
            $0.emailClaim = "mail"
            $0.nameClaim = "nick"
            $0.rolesClaim = "r.l"
            $0.groupsClaim = "g"
            $0.managesRoles = true
            $0.managesGroups = true
        }
        #expect(identity.subject == "7" && identity.email == "a@b.example" && identity.name == "Ann")
        #expect(identity.roles == ["a", "b"] && identity.groups == ["x", "y"] && identity.provider == "google")
    }

    @Test("roles and groups that are not managed are not read")
    func unmanaged() throws {
        let identity = try identity(#"{"sub":"x","email":"a@b.example","roles":["admin"],"groups":["g"]}"#)
        #expect(identity.roles == nil && identity.groups == nil && identity.isEmailVerified)
        #expect(identity.name == "a@b.example")
    }

    @Test(
        "who lacks an id or a valid e-mail is nobody",
        arguments: [
            #"{"email":"a@b.example"}"#, #"{"sub":"","email":"a@b.example"}"#, #"{"sub":"x"}"#,
            #"{"sub":"x","email":""}"#, #"{"sub":"x","email":"a"}"#, #"{"sub":"x","email":"a@b@c.example"}"#,
            #"{"sub":"x","email":"a b@c.example"}"#, #"{"sub":"x","email":"a@b.example\r\n"}"#,
            #"{"sub":{"a":1},"email":"a@b.example"}"#, #"{"sub":"a\u0000b","email":"a@b.example"}"#,
        ])
    func incomplete(_ json: String) { #expect(throws: OAuthError.self) { try identity(json) } }

    @Test("a role is the highest that the claim's values give, else what everybody begins as")
    func roles() {
        var rules = OAuthAccountRules()
        rules.allowedRoles = ["staff"]
        rules.adminRoles = ["chief"]
        #expect(rules.role(["chief", "staff"], otherwise: .pending) == .admin)
        #expect(rules.role(["x", "staff"], otherwise: .pending) == .user)
        #expect(rules.role(["admin"], otherwise: .pending) == .pending && rules.role([], otherwise: .user) == .user)
    }

    @Test("an e-mail is verified unless the provider says that it is not")
    func verified() throws {
        for (claim, expected) in [("true", true), ("false", false), (#""false""#, false), ("null", true)] {
            let json = #"{"sub":"x","email":"a@b.example","email_verified":\#(claim)}"#
            #expect(try identity(json).isEmailVerified == expected, "\(claim)")
        }
    }
}
