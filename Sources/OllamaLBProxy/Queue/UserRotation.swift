/// One class of the queue: a line for each user, and whose turn it is.
struct UserRotation<Element: Identifiable & Sendable>: Sendable where Element.ID == UInt64 {
    private var lines: [String: [Element]] = [:]
    /// Users with something waiting; the first is next.
    private var turns: [String] = []
    private(set) var count = 0

    func count(of user: String) -> Int { lines[user]?.count ?? 0 }
    /// The first of each user, in the order of their turns.
    var firsts: [Element] { turns.compactMap { lines[$0]?.first } }

    /// The last of the longest line (of equally long ones: of the user whose turn is last), and its length.
    var longest: (last: Element, count: Int)? {
        var best: (last: Element, count: Int)?
        for user in turns {
            guard let line = lines[user], let last = line.last, line.count >= best?.count ?? 0 else { continue }
            best = (last, line.count)
        }
        return best
    }

    mutating func insert(_ element: Element, user: String, first: Bool) {
        count += 1
        if first {
            lines[user, default: []].insert(element, at: 0)
            turns.removeAll { $0 == user }
            turns.insert(user, at: 0)
        } else {
            if lines[user] == nil { turns.append(user) }
            lines[user, default: []].append(element)
        }
    }

    /// Of the first user in turn who has one that is ready: the earliest that is.
    func first(where ready: (Element) -> Bool) -> Element? {
        for user in turns {
            if let element = lines[user]?.first(where: ready) { return element }
        }
        return nil
    }

    /// It begins: its user's next turn comes after everybody else's.
    mutating func take(_ id: UInt64, user: String) {
        guard remove(id, user: user) != nil, lines[user] != nil else { return }
        turns.removeAll { $0 == user }
        turns.append(user)
    }

    @discardableResult
    mutating func remove(_ id: UInt64, user: String) -> Element? {
        guard let index = lines[user]?.firstIndex(where: { $0.id == id }) else { return nil }
        let element = lines[user]?.remove(at: index)
        count -= 1
        if lines[user]?.isEmpty == true {
            lines[user] = nil
            turns.removeAll { $0 == user }
        }
        return element
    }

    /// 1: the next of this class.
    func position(of id: UInt64, user: String) -> Int? {
        guard let turn = turns.firstIndex(of: user), let depth = lines[user]?.firstIndex(where: { $0.id == id }) else {
            return nil
        }
        var before = 0
        for (index, other) in turns.enumerated() where other != user {
            before += min(lines[other]?.count ?? 0, index < turn ? depth + 1 : depth)
        }
        return before + depth + 1
    }
}
