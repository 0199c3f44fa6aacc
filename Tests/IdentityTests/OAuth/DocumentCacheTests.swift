import Logging
import Synchronization
import Testing

@testable import Identity

@Suite("OAuth: documents of providers")
struct DocumentCacheTests {
    /// Counts fetches; the answer is the count.
    private final class Source: Sendable {
        let fetches = Mutex(0)
        let isDown = Mutex(false)
        let time = TestTime()

        func cache() -> DocumentCache<Int> {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            return DocumentCache(.init(lifetime: 100, grace: 1_000), clock: time.clock, logger: logger) {
                (_, _) async throws(OAuthError) in
                let count = self.fetches.withLock { count in
                    count += 1
                    return count
                }
                if self.isDown.withLock({ $0 }) { throw OAuthError("down") }
                return count
            }
        }

        var count: Int { fetches.withLock { $0 } }
    }

    private func value(_ cache: DocumentCache<Int>) async -> Int? {
        try? await cache.value("https://h/", timeout: .seconds(1))
    }

    @Test("a document is fetched once while it lives, and by one of all who ask at the same time")
    func lifetime() async {
        let source = Source()
        let cache = source.cache()
        let values = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<50 { group.addTask { await value(cache) } }
            return await group.reduce(into: Set<Int?>()) { $0.insert($1) }
        }
        #expect(values == [1])
        source.time.advance(99)
        #expect(await value(cache) == 1)
        source.time.advance(2)
        #expect(await value(cache) == 2)
    }

    @Test("while the provider is down the old one serves for a grace, and it is asked now and then only")
    func grace() async {
        let source = Source()
        let cache = source.cache()
        #expect(await value(cache) == 1)
        source.isDown.withLock { $0 = true }
        source.time.advance(101)
        for _ in 0..<5 { #expect(await value(cache) == 1) }
        #expect(source.count == 2)
        source.time.advance(6)
        #expect(await value(cache) == 1)
        #expect(source.count == 3)
        source.time.advance(1_000)
        #expect(await value(cache) == nil)
        source.isDown.withLock { $0 = false }
        #expect(await value(cache) == 5)
    }

    @Test("a document that was never had is asked for each time, and fails")
    func never() async {
        let source = Source()
        source.isDown.withLock { $0 = true }
        let cache = source.cache()
        for _ in 0..<2 { #expect(await value(cache) == nil) }
        #expect(source.count == 2)
    }

    @Test("out of turn it is fetched once in a while, whoever asks")
    func refreshed() async throws {
        let source = Source()
        let cache = source.cache()
        #expect(await value(cache) == 1)
        #expect(try await cache.refreshed("https://h/", timeout: .seconds(1)) == 2)
        for _ in 0..<10 { #expect(try await cache.refreshed("https://h/", timeout: .seconds(1)) == nil) }
        #expect(await value(cache) == 2)
        source.time.advance(31)
        #expect(try await cache.refreshed("https://h/", timeout: .seconds(1)) == 3)
    }

    @Test("documents of many addresses do not gather up")
    func bounded() async throws {
        let source = Source()
        let cache = source.cache()
        for index in 0..<200 { _ = try await cache.value("https://h/\(index)", timeout: .seconds(1)) }
        #expect(source.count == 200)
        #expect(try await cache.value("https://h/199", timeout: .seconds(1)) == 200)
    }
}
