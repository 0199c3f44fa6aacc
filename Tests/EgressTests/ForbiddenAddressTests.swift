import Contracts
import NIOCore
import Reactor
import Testing

@testable import Egress

/// What a user may aim: requests that are held to `publicOnly`, against servers on this host.
@Suite @ReactorActor struct ForbiddenAddressTests {
    /// Only 127.0.0.1 of this host.
    private static var firstOnly: AddressPolicy {
        var policy = AddressPolicy.publicOnly
        policy.exceptions = [AddressBlock("127.0.0.1")].compactMap { $0 }
        return policy
    }

    nonisolated private static func serve(_ connection: ServerConnection) {
        while connection.request() != nil { connection.respond("200 OK", "secret") }
    }

    private func fetch(
        _ client: HTTPClient, _ request: Request, limit: Int = 1000
    ) async -> Result<String, HTTPFailure> {
        do throws(HTTPFailure) {
            let (_, body) = try await client.fetch(request, limit: limit)
            return .success(String(buffer: body))
        } catch { return .failure(error) }
    }

    private func kind(_ result: Result<String, HTTPFailure>) -> HTTPFailure.Kind? {
        if case .failure(let failure) = result { failure.kind } else { nil }
    }

    private func text(_ client: HTTPClient, _ request: Request) async -> String? {
        try? await fetch(client, request).get()
    }

    @Test(
        "no spelling of a loopback address gets through: nobody is connected to",
        arguments: [
            "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]", "0", "0.0.0.0", "user:password@127.0.0.1",
        ])
    func spellings(_ host: String) async throws {
        let server = TestServer(Self.serve)
        defer { server.stop() }
        try await withClient { client in
            let url = "http://\(host):\(server.port)/"
            let result = await fetch(client, Request(url: url, addressPolicy: .publicOnly))
            // A spelling that libcurl does not take is no way in either.
            #expect([.forbiddenAddress, .resolve, .invalidRequest].contains(kind(result)), "\(result)")
            #expect(server.accepted == 0)
        }
    }

    @Test("an allowed address is connected to, also by a name that has forbidden ones too")
    func allowed() async throws {
        let server = TestServer(Self.serve)
        defer { server.stop() }
        try await withClient { client in
            for host in ["127.0.0.1", "localhost"] {
                let request = Request(url: "http://\(host):\(server.port)/", addressPolicy: Self.firstOnly)
                #expect(await text(client, request) == "secret")
            }
        }
    }

    @Test("a connection that another request has opened is not used")
    func pooled() async throws {
        let server = TestServer(Self.serve)
        defer { server.stop() }
        try await withClient { client in
            let open = await client.get(server.url())
            #expect(open.status == 200 && client.openConnections == 1)
            let result = await fetch(client, Request(url: server.url(), addressPolicy: .publicOnly))
            #expect(kind(result) == .forbiddenAddress && server.accepted == 1)
        }
    }

    @Test("a proxy cannot reach what the policy forbids")
    func proxied() async throws {
        let proxy = TestServer(Self.serve)
        defer { proxy.stop() }
        var configuration = HTTPClient.Configuration()
        configuration.proxy = proxy.url()
        try await withClient(configuration) { client in
            let result = await fetch(client, Request(url: "http://127.0.0.2:9/", addressPolicy: Self.firstOnly))
            #expect(kind(result) == .forbiddenAddress && proxy.accepted == 0)
        }
    }

    @Test("a redirect to a forbidden address is followed no further")
    func redirect() async throws {
        let inner = TestServer(host: 2, Self.serve)
        let target = inner.url("/admin")
        let outer = TestServer { connection in
            _ = connection.request()
            connection.respond("302 Found", headers: ["Location: \(target)"])
        }
        defer {
            inner.stop()
            outer.stop()
        }
        try await withClient { client in
            let result = await fetch(client, Request(url: outer.url(), addressPolicy: Self.firstOnly))
            #expect(kind(result) == .forbiddenAddress && inner.accepted == 0)
            #expect(await text(client, Request(url: outer.url())) == "secret")
        }
    }
}
