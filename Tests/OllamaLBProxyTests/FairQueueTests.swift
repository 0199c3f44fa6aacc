import Testing

@testable import OllamaLBProxy

@Suite struct FairQueueTests {
    typealias Queue = FairQueue<String>
    static let start = ContinuousClock.now

    static func entry(_ id: UInt64, _ user: String, _ priority: Priority = .interactive, key: String = "m")
        -> Queue.Entry
    {
        Queue.Entry(id: id, user: user, priority: priority, key: key, since: start)
    }

    static func queue(limit: Int = 100, _ entries: [Queue.Entry]) -> Queue {
        var queue = Queue(limit: limit)
        for entry in entries { _ = queue.enqueue(entry) }
        return queue
    }

    static func drain(_ queue: inout Queue, where mayBegin: (String) -> Bool = { _ in true }) -> [UInt64] {
        var order: [UInt64] = []
        while let entry = queue.next(where: mayBegin) { order.append(entry.id) }
        return order
    }

    @Test("users take turns, each user's requests keep their order")
    func fair() {
        var queue = Self.queue([
            Self.entry(1, "a"), Self.entry(2, "a"), Self.entry(3, "a"), Self.entry(4, "b"), Self.entry(5, "b"),
            Self.entry(6, "c"),
        ])
        #expect((1...6).map { queue.position(of: $0) } == [1, 4, 6, 2, 5, 3])
        #expect(Self.drain(&queue) == [1, 4, 6, 2, 5, 3])
        #expect(queue.isEmpty)
    }

    @Test("a user who comes while others wait is next after one round at most")
    func latecomer() {
        var queue = Self.queue((1...20).map { Self.entry($0, "hog") } + [Self.entry(21, "late")])
        #expect(queue.position(of: 21) == 2)
        #expect(Array(Self.drain(&queue).prefix(3)) == [1, 21, 2])
    }

    @Test("the classes go first to last, and a job waits for twenty-four others at most")
    func classes() {
        var queue = Self.queue(
            (1...30).map { Self.entry($0, "u\($0)") } + [Self.entry(31, "e", .embedding), Self.entry(32, "j", .job)])
        #expect(queue.position(of: 31) == 31 && queue.position(of: 32) == 32)
        let order = Self.drain(&queue)
        #expect(order.firstIndex(of: 31) == 8 && order.firstIndex(of: 32) == 24)
        var calm = Self.queue([Self.entry(1, "j", .job), Self.entry(2, "e", .embedding), Self.entry(3, "i")])
        #expect(Self.drain(&calm) == [3, 2, 1])
    }

    @Test("an endless stream of interactive requests starves no other class")
    func starvation() {
        var queue = Self.queue(
            (1...10).map { Self.entry($0, "j", .job) } + (11...20).map { Self.entry($0, "e", .embedding) })
        var served: [Priority: Int] = [:]
        for id in UInt64(100)..<400 {
            _ = queue.enqueue(Self.entry(id, "u\(id)"))
            if let next = queue.next(where: { _ in true }) { served[next.priority, default: 0] += 1 }
        }
        #expect(served[.job] == 10 && served[.embedding] == 10)
    }

    @Test("what cannot begin is passed by, and keeps its place")
    func blocked() {
        var queue = Self.queue([
            Self.entry(1, "a", key: "full"), Self.entry(2, "a", key: "free"), Self.entry(3, "b", key: "full"),
        ])
        #expect(Self.drain(&queue) { $0 == "free" } == [2])
        #expect(queue.next(where: { _ in false }) == nil)
        #expect(queue.count == 2)
        // a has had its turn.
        #expect(Self.drain(&queue) == [3, 1])
        var jobs = Self.queue([Self.entry(1, "j", .job, key: "full")] + (2...30).map { Self.entry($0, "u") })
        #expect(Self.drain(&jobs) { $0 != "full" }.count == 29, "a job that cannot begin costs nobody a turn")
    }

    @Test("each key is asked about once a turn")
    func asks() {
        var queue = Self.queue((1...50).map { Self.entry($0, "u\($0)", key: "k\($0 % 3)") })
        var asked: [String] = []
        _ = queue.next { key in
            asked.append(key)
            return false
        }
        #expect(asked.sorted() == ["k0", "k1", "k2"])
    }

    @Test("a full queue refuses, but not whom a hog or a lower class keeps out")
    func full() {
        var queue = Self.queue(limit: 4, (1...3).map { Self.entry($0, "hog") } + [Self.entry(4, "b")])
        #expect(queue.enqueue(Self.entry(5, "hog")) == .full)
        #expect(queue.enqueue(Self.entry(6, "c")) == .displaced(Self.entry(3, "hog"), position: 3))
        #expect(queue.enqueue(Self.entry(7, "b")) == .full, "it would have as many as the hog has")
        #expect(queue.count == 4)
        var mixed = Self.queue(limit: 2, [Self.entry(1, "j", .job), Self.entry(2, "e", .embedding)])
        #expect(mixed.enqueue(Self.entry(3, "j2", .job)) == .full)
        #expect(mixed.enqueue(Self.entry(4, "i")) == .displaced(Self.entry(1, "j", .job), position: 1))
        #expect(mixed.enqueue(Self.entry(5, "i")) == .displaced(Self.entry(2, "e", .embedding), position: 2))
        #expect(mixed.enqueue(Self.entry(6, "i")) == .full)
        var none = Queue(limit: 0)
        #expect(none.enqueue(Self.entry(1, "a")) == .full)
    }

    @Test("one that comes back goes first, into a full queue too")
    func returning() {
        var queue = Self.queue(limit: 2, [Self.entry(1, "a"), Self.entry(2, "b")])
        #expect(queue.enqueue(Self.entry(3, "b"), isReturning: true) == .waiting(position: 1))
        #expect(Self.drain(&queue) == [3, 1, 2])
    }

    @Test("who leaves is gone, wherever it stood")
    func leaves() {
        for id in UInt64(1)...5 {
            var queue = Self.queue((1...5).map { Self.entry($0, $0 % 2 == 0 ? "a" : "b") })
            let gone = queue.remove(id)
            #expect(gone?.id == id)
            #expect(queue.remove(id) == nil)
            #expect(queue.position(of: id) == nil && queue.count == 4)
            #expect(Self.drain(&queue).sorted() == (1...5).filter { $0 != id })
        }
    }
}
