import Contracts
import Testing

/// The requests of Okta's "SCIM 2.0 protocol reference", in the order in which its integration makes them.
@Suite("SCIM as Okta uses it")
struct OktaTests {
    @Test("users: look up, make, page, replace, deactivate without a path, reactivate", arguments: SCIMEngine.allCases)
    func users(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let missing = try await host.call(
            "GET", #"/Users?filter=userName eq "test.user@okta.local"&startIndex=1&count=100"#)
        #expect(missing.status == 200 && missing.json["totalResults"] == .integer(0))
        #expect(missing.json["startIndex"] == .integer(1) && missing.json["itemsPerPage"] == .integer(0))

        let made = try await host.call(
            "POST", "/Users",
            #"""
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@okta.local",
            "name":{"givenName":"Test","familyName":"User"},
            "emails":[{"primary":true,"value":"test.user@okta.local","type":"work"}],"displayName":"Test User",
            "locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}
            """#)
        #expect(made.status == 201 && made.json["password"] == nil)
        let id = try #require(made.json["id"]?.text)
        #expect(made.json["locale"] == .string("en-US") && made.json["active"] == .bool(true))
        // The password was not taken: SCIM sets none.
        #expect(
            try await host.martlet.post(
                "/api/v1/auths/signin", #"{"email":"test.user@okta.local","password":"1mz050nq"}"#
            ).status == 400)

        let page = try await host.call("GET", "/Users?startIndex=1&count=1")
        #expect(page.json["totalResults"] == .integer(2) && page.json["itemsPerPage"] == .integer(1))

        let replaced = try await host.call(
            "PUT", "/Users/\(id)",
            #"""
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"\#(id)","userName":"test.user@okta.local",
            "name":{"givenName":"Another","middleName":"","familyName":"User"},
            "emails":[{"primary":true,"value":"test.user@okta.local","type":"work","display":"test.user@okta.local"}],
            "active":true,"groups":[],"meta":{"resourceType":"User"}}
            """#)
        #expect(replaced.status == 200 && replaced.json["name"]?["givenName"] == .string("Another"))
        #expect(replaced.json["displayName"] == nil && replaced.json["externalId"] == nil)

        let off = try await host.patch("/Users/\(id)", #"{"op":"replace","value":{"active":false}}"#)
        #expect(off.status == 200 && off.json["active"] == .bool(false))
        #expect(try await host.find("active eq false") == ["test.user@okta.local"])
        let on = try await host.patch("/Users/\(id)", #"{"op":"replace","value":{"active":true}}"#)
        #expect(on.json["active"] == .bool(true))
        await host.stop()
    }

    @Test("groups: push, rename without a path, members, replace, delete", arguments: SCIMEngine.allCases)
    func groups(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let (una, otto) = (try await host.makeUser("una"), try await host.makeUser("otto"))
        let id = try await host.makeGroup("Test SCIMv2")
        let path = "/Groups/\(id)"
        #expect(try await host.call("GET", "/Groups?startIndex=1&count=100").json["totalResults"] == .integer(1))
        let renamed = try await host.patch(
            path, #"{"op":"replace","value":{"id":"\#(id)","displayName":"Test SCIMv2a"}}"#)
        #expect(renamed.status == 200 && renamed.json["displayName"] == .string("Test SCIMv2a"))
        let members = try await host.patch(
            path,
            #"""
            {"op":"remove","path":"members[value eq \"\#(otto)\"]"},
            {"op":"add","path":"members","value":[{"value":"\#(una)","display":"una@test.example"}]}
            """#)
        #expect(members.status == 200)
        #expect(members.json["members"]?.elements?.compactMap { $0["value"]?.text } == [una])
        let all = try await host.patch(
            path, #"{"op":"replace","path":"members","value":[{"value":"\#(otto)","display":"o"}]}"#)
        #expect(all.json["members"]?.elements?.compactMap { $0["value"]?.text } == [otto])
        let user = try await host.call("GET", "/Users/\(otto)")
        #expect(user.json["groups"]?.elements?.first?["display"] == .string("Test SCIMv2a"))
        let put = try await host.call(
            "PUT", path,
            #"{"schemas":["\#(ProvisioningHost.group)"],"id":"\#(id)","displayName":"Test","members":[{"value":"\#(una)"}]}"#
        )
        #expect(put.json["members"]?.elements?.compactMap { $0["value"]?.text } == [una])
        #expect(try await host.call("DELETE", path).status == 204)
        await host.stop()
    }
}
