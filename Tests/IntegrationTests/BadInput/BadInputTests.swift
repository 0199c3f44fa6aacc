import Contracts
import FoundationEssentials
import NIOCore
import Testing

/// What a server says to bodies, paths and queries that nobody in their right mind sends.
@Suite("Bad input")
struct BadInputTests {
    /// Runs a body on a fresh server, and sees to it that the server is still sound afterwards.
    private func onServer(_ engine: EngineKind, _ body: (BadInputSite) async throws -> Void) async throws {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        let site = try await BadInputSite.start(databaseURL: postgres?.url)
        try await body(site)
        #expect(try await site.martlet.status().daemons.allSatisfy { $0.restarts == 0 })
        #expect(!site.martlet.log.contains(" error api: "), "\(site.martlet.log.suffix(2000))")
        await site.martlet.stop()
        await postgres?.stop()
    }

    private func expectRefused(_ site: BadInputSite, _ route: BodyRoute, _ body: [UInt8], _ what: String) async throws {
        let answer = try await site.send(route, body)
        let fault =
            BadInputSite.fault(answer) ?? ([400, 422].contains(answer.status) ? nil : "status \(answer.status)")
        #expect(fault == nil, "\(route.label), \(what): \(answer.body.prefix(300))")
    }

    @Test(
        """
        what is no JSON, too deep, of a wrong type, or cannot be stored is refused in FastAPI's form, and nothing changes; \
        odd values and bodies broken at random are never an error of the server's
        """, arguments: EngineKind.allCases)
    func bodies(_ engine: EngineKind) async throws {
        try await onServer(engine) { site in
            let before = try await site.state()
            let isShort = engine == .postgresql
            try await site.onEachRoute { try await refuses(site, $0, isShort: isShort) }
            #expect(try await site.state() == before)
            let seed = UInt64.random(in: 0 ... .max)
            try await site.onEachRoute { try await bears(site, $0, seed: seed, isShort: isShort) }
        }
    }

    private func refuses(_ site: BadInputSite, _ route: BodyRoute, isShort: Bool) async throws {
        for body in isShort ? [] : BadBodies.notAnObject + BadBodies.deep {
            try await expectRefused(site, route, body, String(decoding: body.prefix(60), as: UTF8.self))
        }
        // What is for one text is for all; lists and objects are each a matter of their own.
        for (index, place) in route.places.filter({ !route.isSwitch($0) }).prefix(6).enumerated() {
            for json in !isShort && index < 2 ? BadBodies.unstorable : BadBodies.withNUL {
                try await expectRefused(site, route, Array(route.body(with: json, at: place).utf8), "\(place) \(json)")
            }
        }
        guard case .object(let members) = route.valid, !isShort else { return }
        for (name, value) in members where !route.free.contains(name) {
            let body = route.body(with: BadBodies.otherType(than: value), at: [.name(name)])
            try await expectRefused(site, route, Array(body.utf8), "\(name) of another type")
        }
    }

    private func bears(_ site: BadInputSite, _ route: BodyRoute, seed: UInt64, isShort: Bool) async throws {
        func send(_ body: [UInt8]) async throws {
            let fault = BadInputSite.fault(try await site.send(route, body))
            let text = String(decoding: body.prefix(500), as: UTF8.self)
            #expect(fault == nil, "seed \(seed) \(route.label): \(text)")
        }
        var random = SeededGenerator(seed: seed &+ UInt64(route.path.utf8.count))
        for place in route.places.shuffled(using: &random).prefix(isShort || route.isSlow ? 1 : 3) {
            for json in BadBodies.odd.shuffled(using: &random).prefix(route.isSlow ? 2 : 5) {
                try await send(Array(route.body(with: json, at: place).utf8))
            }
        }
        let valid = Array(route.valid.encoded.utf8)
        for _ in 0..<(route.isSlow ? 4 : isShort ? 6 : 12) { try await send(BadBodies.mutated(valid, &random)) }
        if !route.isSlow { try await send(BadBodies.doubled(route.valid)) }
    }
}
