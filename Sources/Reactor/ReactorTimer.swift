/// One scheduled action; `cancel` is idempotent and costs O(log n).
@ReactorActor
public final class ReactorTimer {
    nonisolated let deadline: ContinuousClock.Instant
    /// Position in the heap; -1 when not in it. Written only by `TimerHeap`, on the loop's thread.
    nonisolated(unsafe) var index = -1
    private var body: (@ReactorActor () -> Void)?

    init(deadline: ContinuousClock.Instant, body: @escaping @ReactorActor () -> Void) {
        self.deadline = deadline
        self.body = body
    }

    public func cancel() {
        body = nil
        Reactor.shared.timers.remove(self)
    }

    func fire() {
        let action = body
        body = nil
        action?()
    }
}

/// A binary min-heap of timers that knows each timer's place, so that the many deadlines that are cancelled before
/// they are due leave nothing behind.
struct TimerHeap {
    private var items: [ReactorTimer] = []

    var next: ReactorTimer? { items.first }
    var count: Int { items.count }

    mutating func insert(_ timer: ReactorTimer) {
        timer.index = items.count
        items.append(timer)
        siftUp(timer.index)
    }

    mutating func remove(_ timer: ReactorTimer) {
        let index = timer.index
        guard index >= 0, index < items.count, items[index] === timer else { return }
        swap(index, items.count - 1)
        items.removeLast()
        timer.index = -1
        guard index < items.count else { return }
        siftDown(index)
        siftUp(index)
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        guard left != right else { return }
        items.swapAt(left, right)
        items[left].index = left
        items[right].index = right
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].deadline < items[parent].deadline else { return }
            swap(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
                if items[child].deadline < items[least].deadline { least = child }
            }
            guard least != parent else { return }
            swap(parent, least)
            parent = least
        }
    }
}
