import Testing

@testable import OllamaLBProxy

/// The queue against a simple model: one list, each step searched anew.
@Suite struct FairQueueModelTests {
    typealias Queue = FairQueue<String>
    typealias Entry = Queue.Entry

    /// The same rules, written down as plainly as they can be.
    struct Model {
        var entries: [Entry] = []
        /// When each user was last served (or first waited), by class.
        var turn: [String: Int] = [:]
        var clock = 0
        var passedOver = [0, 0, 0]

        func place(_ entry: Entry) -> String { "\(entry.priority.rawValue)/\(entry.user)" }

        mutating func add(_ entry: Entry) {
            clock += 1
            if !entries.contains(where: { place($0) == place(entry) }) { turn[place(entry)] = clock }
            entries.append(entry)
        }

        mutating func next(_ mayBegin: (String) -> Bool) -> Entry? {
            let firsts = Priority.allCases.map { priority in
                entries.filter { $0.priority == priority && mayBegin($0.key) }
                    .min { (turn[place($0)] ?? 0, $0.id) < (turn[place($1)] ?? 0, $1.id) }
            }
            guard let best = firsts.firstIndex(where: { $0 != nil }) else { return nil }
            var chosen = best
            for index in firsts.indices where index > best && firsts[index] != nil {
                if passedOver[index] >= Priority.allCases[index].patience { chosen = index }
            }
            for index in firsts.indices {
                passedOver[index] = index == chosen || firsts[index] == nil ? 0 : passedOver[index] + 1
            }
            guard let entry = firsts[chosen] else { return nil }
            entries.removeAll { $0.id == entry.id }
            clock += 1
            turn[place(entry)] = clock
            return entry
        }
    }

    @Test("thousands of random steps: the same order, nobody lost, nobody twice", arguments: 1...20)
    func model(_ seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        var queue = Queue(limit: 1000)
        var model = Model()
        var id: UInt64 = 0
        for _ in 0..<1500 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                id += 1
                let entry = Entry(
                    id: id, user: "u\(Int.random(in: 0..<5, using: &generator))",
                    priority: Priority.allCases.randomElement(using: &generator) ?? .job,
                    key: "k\(Int.random(in: 0..<3, using: &generator))", since: ContinuousClock.now)
                guard case .waiting = queue.enqueue(entry) else {
                    Issue.record("refused below its limit")
                    return
                }
                model.add(entry)
            case 5..<6:
                guard let gone = model.entries.randomElement(using: &generator) else { continue }
                model.entries.removeAll { $0.id == gone.id }
                #expect(queue.remove(gone.id) == gone)
            default:
                let open = Set((0..<3).filter { _ in Bool.random(using: &generator) }.map { "k\($0)" })
                let expected = model.next(open.contains)
                #expect(queue.next(where: open.contains) == expected)
            }
            #expect(queue.count == model.entries.count)
        }
        while let entry = queue.next(where: { _ in true }) { #expect(model.next { _ in true } == entry) }
        #expect(model.entries.isEmpty)
    }

    @Test(
        "a position is what it says: so many are served before, when all can begin and nobody loses patience",
        arguments: 1...20)
    func positions(_ seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        var queue = Queue(limit: 1000)
        for id in UInt64(1)...60 {
            let entry = Entry(
                id: id, user: "u\(Int.random(in: 0..<6, using: &generator))", priority: .interactive, key: "k",
                since: ContinuousClock.now)
            _ = queue.enqueue(entry)
            if Int.random(in: 0..<4, using: &generator) == 0 { _ = queue.next { _ in true } }
        }
        let told = (1...60).compactMap { id in queue.position(of: id).map { (id, $0) } }
        let positions = Dictionary(uniqueKeysWithValues: told)
        var place = 0
        while let entry = queue.next(where: { _ in true }) {
            place += 1
            #expect(positions[entry.id] == place)
        }
        #expect(place == positions.count)
    }

    @Test("however it is filled, it never holds more than its limit, and every entry has one end", arguments: 1...10)
    func bounded(_ seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        var queue = Queue(limit: 12)
        var waiting: Set<UInt64> = []
        for id in UInt64(1)...3000 {
            let entry = Entry(
                id: id, user: "u\(Int.random(in: 0..<8, using: &generator))",
                priority: Priority.allCases.randomElement(using: &generator) ?? .job, key: "k",
                since: ContinuousClock.now)
            switch queue.enqueue(entry) {
            case .waiting: waiting.insert(id)
            case .full: break
            case .displaced(let victim, _):
                #expect(waiting.remove(victim.id) != nil)
                #expect(victim.priority >= entry.priority && victim.id != id)
                waiting.insert(id)
            }
            #expect(queue.count <= 12 && queue.count == waiting.count)
            if Int.random(in: 0..<3, using: &generator) == 0, let next = queue.next(where: { _ in true }) {
                #expect(waiting.remove(next.id) != nil)
            }
        }
    }
}
