/// What happens next in virtual time: a binary heap; events of one moment keep the order in which they were added.
struct EventQueue: Sendable {
    private struct Item: Sendable {
        var time: Double
        var number: Int
        var event: Simulation.Event

        func isBefore(_ other: Item) -> Bool { (time, number) < (other.time, other.number) }
    }

    private var items: [Item] = []
    private var added = 0

    mutating func add(_ event: Simulation.Event, at time: Double) {
        items.append(Item(time: time, number: added, event: event))
        added += 1
        var child = items.count - 1
        while child > 0, items[child].isBefore(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (Double, Simulation.Event)? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        if !items.isEmpty {
            items[0] = last
            sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
                if items[child].isBefore(items[least]) { least = child }
            }
            guard least != parent else { return }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
