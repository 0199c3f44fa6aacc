import Contracts
import Testing

@testable import Identity

@Suite("OAuth: the authorization server of a resource") struct AuthorizationServerTests {
    static func document(_ more: String = "") throws -> JSONValue {
        try JSONValue(
            json: """
                {"issuer":"https://a","authorization_endpoint":"https://a/authorize","token_endpoint":"https://a/token"\(more)}
                """.utf8)
    }

    @Test(
        "places of a server's document",
        arguments: [
            (
                "https://a.example",
                [
                    "https://a.example/.well-known/oauth-authorization-server",
                    "https://a.example/.well-known/openid-configuration",
                ]
            ),
            (
                "http://a:8080/realms/x/?q=1#f",
                [
                    "http://a:8080/.well-known/oauth-authorization-server/realms/x",
                    "http://a:8080/.well-known/openid-configuration/realms/x",
                    "http://a:8080/realms/x/.well-known/oauth-authorization-server",
                    "http://a:8080/realms/x/.well-known/openid-configuration",
                ]
            ),
            ("ftp://a", []), ("a", []), ("", []),
        ])
    func places(_ server: String, _ expected: [String]) {
        #expect(AuthorizationServer.documents(of: server) == expected)
    }

    @Test(
        "a refusal names the resource's metadata",
        arguments: [
            (#"Bearer resource_metadata="https://a/x""#, "https://a/x"),
            (#"Bearer realm="r", resource_metadata="https://a/x", error="e""#, "https://a/x"),
            ("Bearer resource_metadata=https://a/x, error=e", "https://a/x"), ("Bearer", nil), ("", nil),
            (#"Bearer resource_metadata="file:///etc/passwd""#, nil), (#"Bearer resource_metadata=""#, nil),
        ] as [(String, String?)])
    func challenge(_ text: String, _ expected: String?) {
        #expect(AuthorizationServer.resourceMetadata(in: text) == expected)
    }

    @Test("of its document the members of RFC 8414 are kept")
    func members() throws {
        let given = try Self.document(#","x":1,"scopes_supported":["a","b"],"op_tos_uri":null"#)
        let server = try #require(AuthorizationServer(given, from: "https://a/doc"))
        #expect(try server.document == Self.document(#","scopes_supported":["a","b"]"#))
        #expect(server.scope == "a b" && server.registrationEndpoint == nil)
        #expect(AuthorizationServer(try JSONValue(json: #"{"issuer":"https://a"}"#.utf8), from: "") == nil)
        #expect(AuthorizationServer(.array([]), from: "") == nil)
    }

    @Test(
        "the way in which a client proves itself is one that both know",
        arguments: [
            ("[]", "client_secret_post"), (#"["client_secret_basic","client_secret_post"]"#, "client_secret_post"),
            (#"["private_key_jwt","client_secret_basic"]"#, "client_secret_basic"), (#"["none"]"#, "none"),
            (#"["private_key_jwt"]"#, "client_secret_post"), ("7", "client_secret_post"),
        ])
    func authentication(_ methods: String, _ expected: String) throws {
        let given = try Self.document(#","token_endpoint_auth_methods_supported":\#(methods)"#)
        #expect(try #require(AuthorizationServer(given, from: "")).clientAuthentication == expected)
    }

    @Test("what a registration leaves out is as it was asked for, and what no client needs is dropped")
    func information() throws {
        let wanted = ClientInformation.request(name: "n", callback: "https://me/callback", server: nil)
        let answer = try JSONValue(
            json: #"{"client_id":"c","client_secret":"","scope":"s","client_uri":null,"registration_access_token":"t"}"#
                .utf8)
        let found = try #require(ClientInformation(answer, wanted: wanted, server: nil)).document
        #expect(found["client_id"] == .string("c") && found["scope"] == .string("s"))
        #expect(found["redirect_uris"] == .array([.string("https://me/callback")]))
        #expect(found["client_secret"] == nil && found["client_uri"] == nil)
        #expect(found["registration_access_token"] == nil && found["issuer"] == nil)
        for bad in ["{}", #"{"client_id":""}"#, #"{"client_id":7}"#, "[]", "null"] {
            #expect(ClientInformation(try JSONValue(json: bad.utf8), wanted: wanted, server: nil) == nil)
        }
    }
}
