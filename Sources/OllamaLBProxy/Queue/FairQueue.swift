/// Requests that wait for a backend, without clock or I/O.
///
/// Order: by class (`Priority`, each with its patience), within a class round robin over users, within a user by
/// arrival. Bounded; when it is full, whoever has most waiting makes room for others (`enqueue`).
struct FairQueue<Key: Hashable & Sendable>: Sendable {
    struct Entry: Equatable, Sendable {
        var id: UInt64
        var user: String
        var priority: Priority
        /// What it waits for: entries with equal keys can begin at the same moments.
        var key: Key
        var since: ContinuousClock.Instant
    }

    enum Enqueued: Equatable, Sendable {
        /// 1: the next one.
        case waiting(position: Int)
        case full
        /// It waits; this one had to leave for it.
        case displaced(Entry, position: Int)
    }

    var limit: Int
    private var classes = Priority.allCases.map { _ in UserRotation<Entry>() }
    private var places: [UInt64: (user: String, priority: Priority)] = [:]
    /// How often in a row a class was passed over.
    private var passedOver = [Int](repeating: 0, count: Priority.allCases.count)

    init(limit: Int) { self.limit = limit }

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }
    func count(_ priority: Priority) -> Int { classes[priority.rawValue].count }
    func oldest() -> ContinuousClock.Instant? { classes.compactMap { $0.firsts.map(\.since).min() }.min() }

    // MARK: In

    /// - Parameter isReturning: it was admitted before and its backend failed: it goes first, also into a full queue.
    mutating func enqueue(_ entry: Entry, isReturning: Bool = false) -> Enqueued {
        if isReturning {
            put(entry, first: true)
            return .waiting(position: position(of: entry.id) ?? 1)
        }
        guard count >= limit else {
            put(entry, first: false)
            return .waiting(position: position(of: entry.id) ?? 1)
        }
        guard let victim = victim(for: entry) else { return .full }
        _ = remove(victim.id)
        put(entry, first: false)
        return .displaced(victim, position: position(of: entry.id) ?? 1)
    }

    private mutating func put(_ entry: Entry, first: Bool) {
        places[entry.id] = (entry.user, entry.priority)
        classes[entry.priority.rawValue].insert(entry, user: entry.user, first: first)
    }

    /// Who leaves a full queue: the last to come of the user with most waiting in the lowest class, if the class is
    /// lower than the newcomer's, or it is the same and that user has at least two more waiting.
    private func victim(for entry: Entry) -> Entry? {
        for priority in Priority.allCases.reversed() where priority >= entry.priority {
            let waiting = classes[priority.rawValue]
            guard let longest = waiting.longest else { continue }
            if priority > entry.priority || longest.count >= waiting.count(of: entry.user) + 2 { return longest.last }
        }
        return nil
    }

    // MARK: Out

    /// Takes the next that may begin. `mayBegin` is asked once for each key.
    mutating func next(where mayBegin: (Key) -> Bool) -> Entry? {
        guard !isEmpty else { return nil }
        var known: [Key: Bool] = [:]
        func ready(_ entry: Entry) -> Bool {
            if let answer = known[entry.key] { return answer }
            let answer = mayBegin(entry.key)
            known[entry.key] = answer
            return answer
        }
        let firsts = classes.map { $0.first(where: ready) }
        guard let best = firsts.firstIndex(where: { $0 != nil }) else { return nil }
        // The lowest class that has lost its patience, else the highest.
        let impatient = firsts.indices.last {
            $0 > best && firsts[$0] != nil && passedOver[$0] >= (Priority(rawValue: $0)?.patience ?? 0)
        }
        let chosen = impatient ?? best
        for index in firsts.indices {
            passedOver[index] = index == chosen || firsts[index] == nil ? 0 : passedOver[index] + 1
        }
        guard let entry = firsts[chosen] else { return nil }
        places[entry.id] = nil
        classes[chosen].take(entry.id, user: entry.user)
        return entry
    }

    /// Its client left, or its time is over.
    @discardableResult
    mutating func remove(_ id: UInt64) -> Entry? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        return classes[place.priority.rawValue].remove(id, user: place.user)
    }

    /// How many go before it, and itself, if nobody else comes and all can begin; patience is left out of account.
    func position(of id: UInt64) -> Int? {
        guard let place = places[id] else { return nil }
        let higher = classes[..<place.priority.rawValue].reduce(0) { $0 + $1.count }
        return classes[place.priority.rawValue].position(of: id, user: place.user).map { higher + $0 }
    }
}

extension FairQueue.Entry: Identifiable {}
