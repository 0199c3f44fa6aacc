import Egress
import Foundation
import Synchronization
import Testing

/// `LDAPClient` against a real directory.
@Suite struct LDAPClientTests {
    /// On a thread of its own: the body waits for the directory.
    private static func ask<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func failure(_ body: @escaping @Sendable () throws -> Void) async -> LDAPError.Kind? {
        do { try await ask(body) } catch { return (error as? LDAPError)?.kind }
        return nil
    }

    private static func app() throws -> LDAPCredentials {
        try LDAPCredentials(dn: Slapd.appDN, password: Slapd.appPassword)
    }

    private static func people(_ filter: String, _ attributes: [String] = ["uid", "cn", "mail"]) -> LDAPSearch {
        LDAPSearch(base: "ou=people,dc=lab", filter: filter, attributes: attributes)
    }

    private static let entries =
        Slapd.person("una", mail: "Una@Lab.Test\nmail: second@lab.test")
        + Slapd.person("umlaut", cn: "Jörg  Groß ☃")
        + Slapd.person("smith", cn: #"Smith, John + "x""#, dn: #"cn=Smith\, John \+ \"x\",ou=people,dc=lab"#)
        + "dn: uid=blob,ou=people,dc=lab\nobjectClass: inetOrgPerson\nuid: blob\ncn:: IGxlYWRpbmcgYW5kIG5ld2xpbmUKCW1haWw6IHg=\n"
        + "sn: blob\nmail: blob@lab.test\n\n"

    @Test("entries are found with their names and values, whatever is in them, over ldap and ldaps")
    func search() async throws {
        let slapd = try await Slapd.start(Self.entries)
        var secure = LDAPServer(host: "localhost", port: slapd.securePort, usesTLS: true)
        secure.certificateFile = slapd.authority
        for server in [LDAPServer(host: "127.0.0.1", port: slapd.port, usesTLS: false), secure] {
            let found = try await Self.ask {
                try LDAPClient(server).search(Self.people("(objectClass=inetOrgPerson)"), as: Self.app())
            }
            func entry(_ uid: String) -> LDAPEntry? { found.first { $0.texts("UID") == [uid] } }
            #expect(found.count == 4)
            #expect(entry("una")?.dn == "uid=una,ou=people,dc=lab")
            #expect(entry("una")?.texts("mail") == ["Una@Lab.Test", "second@lab.test"])
            #expect(entry("umlaut")?.texts("cn") == ["Jörg  Groß ☃"])
            #expect(DistinguishedName(entry("smith")?.dn ?? "")?.commonName == #"Smith, John + "x""#)
            #expect(entry("blob")?.texts("cn") == [" leading and newline\n\tmail: x"])
            #expect(entry("blob")?.texts("mail") == ["blob@lab.test"])
            let nobody = try await Self.ask {
                try LDAPClient(server).search(Self.people("(uid=nobody)"), as: Self.app())
            }
            #expect(nobody == [])
        }
        await slapd.stop()
    }

    @Test("passwords are told apart from names, and a refused bind from a refused search")
    func refusals() async throws {
        let slapd = try await Slapd.start(Self.entries)
        let client = LDAPClient(LDAPServer(host: "127.0.0.1", port: slapd.port, usesTLS: false))
        func verify(_ dn: String, _ password: String) async -> LDAPError.Kind? {
            await Self.failure { try client.verify(LDAPCredentials(dn: dn, password: password)) }
        }
        #expect(await verify("uid=una,ou=people,dc=lab", "pass-una") == nil)
        #expect(await verify(#"cn=Smith\, John \+ \"x\",ou=people,dc=lab"#, "pass-smith") == nil)
        #expect(await verify("uid=una,ou=people,dc=lab", "wrong") == .wrongPassword)
        #expect(await verify("uid=nobody,ou=people,dc=lab", "pass-una") == .wrongPassword)
        #expect(await verify("no DN", "pass-una") == .bindRefused(34))
        #expect(await verify("uid=una,ou=people,dc=lab", "") == .unusableCredentials)
        func search(_ search: LDAPSearch) async -> LDAPError.Kind? {
            await Self.failure { _ = try client.search(search, as: Self.app()) }
        }
        #expect(await search(Self.people("((uid=una)")) == .badFilter)
        #expect(
            await search(LDAPSearch(base: "ou=absent,dc=lab", filter: "(uid=una)", attributes: ["uid"]))
                == .searchRefused(32))
        let anonymous = await Self.failure { _ = try client.search(Self.people("(uid=una)"), as: nil) }
        #expect(anonymous == .searchRefused(50))
        await slapd.stop()
    }

    @Test("a certificate must be of a known authority and for the host, unless it does not matter")
    func certificates() async throws {
        let slapd = try await Slapd.start()
        func verify(_ host: String, _ change: (inout LDAPServer) -> Void = { _ in }) async -> LDAPError.Kind? {
            var server = LDAPServer(host: host, port: slapd.securePort, usesTLS: true)
            server.certificateFile = slapd.authority
            change(&server)
            let client = LDAPClient(server)
            return await Self.failure { try client.verify(Self.app()) }
        }
        #expect(await verify("localhost") == nil)
        #expect(await verify("127.0.0.1") == .certificate)
        #expect(await verify("localhost") { $0.certificateFile = slapd.directory + "/other.pem" } == .certificate)
        #expect(await verify("localhost") { $0.certificateFile = nil } == .certificate)
        #expect(await verify("localhost") { $0.certificateFile = slapd.directory + "/absent" } == .certificate)
        #expect(
            await verify("127.0.0.1") {
                $0.validatesCertificate = false
                $0.certificateFile = nil
            } == nil)
        #expect(await verify("localhost") { $0.ciphers = "NONSENSE" } == .tls)
        #expect(await verify("localhost") { $0.port = slapd.port } == .tls)
        await slapd.stop()
    }

    @Test("answers have limits; large ones below them come whole, over TLS too")
    func sizes() async throws {
        let value = String(repeating: "v", count: 20_000)
        func large(_ uid: String, values: Int) -> String {
            Slapd.person(uid).dropLast() + (0..<values).map { "description: \($0) \(value)\n" }.joined() + "\n"
        }
        let many = (0..<101).map { Slapd.person("many\($0)") }.joined()
        let slapd = try await Slapd.start(large("large", values: 40) + large("huge", values: 60) + many)
        var secure = LDAPServer(host: "localhost", port: slapd.securePort, usesTLS: true)
        secure.certificateFile = slapd.authority
        for server in [LDAPServer(host: "127.0.0.1", port: slapd.port, usesTLS: false), secure] {
            let client = LDAPClient(server)
            let found = try await Self.ask {
                try client.search(Self.people("(uid=large)", ["description"]), as: Self.app())
            }
            #expect(found.first?.texts("description").map(\.utf8.count).sorted().last == 20_003)
            #expect(found.first?.texts("description").count == 40)
            let huge = await Self.failure {
                _ = try client.search(Self.people("(uid=huge)", ["description"]), as: Self.app())
            }
            #expect(huge == .tooLarge)
            let hundred = try await Self.ask {
                try client.search(Self.people("(&(uid=many*)(!(uid=many7)))"), as: Self.app()).count
            }
            #expect(hundred == 100)
            let more = await Self.failure { _ = try client.search(Self.people("(uid=many*)"), as: Self.app()) }
            #expect(more == .tooLarge)
        }
        await slapd.stop()
    }

    @Test("who does not answer is given up in time, who is not there at once")
    func timeouts() async throws {
        let silent = try ListeningSocket()
        for usesTLS in [false, true] {
            var server = LDAPServer(host: "127.0.0.1", port: silent.port, usesTLS: usesTLS)
            server.connectTimeout = .milliseconds(300)
            let client = LDAPClient(server)
            let start = ContinuousClock.now
            #expect(await Self.failure { try client.verify(Self.app()) } == .timedOut)
            #expect(ContinuousClock.now - start < .seconds(8), "the time-out for everything is 10 s")
        }
        let port = try FreePorts.take(1)[0]
        for (host, port) in [("127.0.0.1", port), ("nobody.invalid", 389)] {
            let client = LDAPClient(LDAPServer(host: host, port: port, usesTLS: false))
            #expect(await Self.failure { try client.verify(Self.app()) } == .unreachable)
        }
    }

    @Test("connections that come and go take no descriptor of this process's, and close none")
    func descriptors() async throws {
        let slapd = try await Slapd.start(Self.entries)
        let port = slapd.port
        var secure = LDAPServer(host: "localhost", port: slapd.securePort, usesTLS: true)
        secure.certificateFile = slapd.authority
        let servers = [LDAPServer(host: "127.0.0.1", port: port, usesTLS: false), secure]
        // Descriptors that come and go while connections do: a number that libcurl closes twice is one of these by then.
        let over = Over()
        let disturbed = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await Self.ask {
                    var (disturbed, held) = (0, [Int32]())
                    while !over.flag.load(ordering: .relaxed) {
                        held.append(open("/dev/null", O_WRONLY | O_CLOEXEC))
                        guard held.count > 8 else { continue }
                        let file = held.removeFirst()
                        if write(file, "x", 1) != 1 || close(file) != 0 { disturbed += 1 }
                    }
                    for file in held where close(file) != 0 { disturbed += 1 }
                    return disturbed
                }
            }
            group.addTask {
                defer { over.flag.store(true, ordering: .relaxed) }
                return try await Self.ask {
                    for round in 0..<100 { try LDAPClient(servers[round % 2]).verify(Self.app()) }
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(disturbed == 0)
        await slapd.stop()
    }
}

private final class Over: Sendable {
    let flag = Atomic(false)
}
