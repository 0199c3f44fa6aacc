import Contracts
import DaemonKit
import Reactor

/// Lets requests begin: at once where a backend has room, else in their turn.
///
/// Whatever may make room (a request ended, a server came back) calls `pump`; after it nothing waits that could begin,
/// so a newcomer that finds room overtakes nobody.
@ReactorActor
final class Admission {
    /// One request that asks to begin. Its verdict comes once; after `cancel` none.
    @ReactorActor
    final class Ticket {
        let demand: BackendTable.Demand
        let user: String
        let priority: Priority
        let limit: Duration
        fileprivate let verdict: (Verdict) -> Void
        fileprivate var id: UInt64 = 0
        fileprivate var timer: ReactorTimer?
        fileprivate var since: ContinuousClock.Instant?
        /// Place in the queue when it came (0: it did not wait), and how many seconds it was expected to wait.
        fileprivate(set) var position = 0
        fileprivate(set) var estimate = 0
        fileprivate(set) var waited: Duration = .zero

        init(
            _ demand: BackendTable.Demand, user: String, priority: Priority, limit: Duration,
            verdict: @escaping (Verdict) -> Void
        ) {
            self.demand = demand
            self.user = user
            self.priority = priority
            self.limit = limit
            self.verdict = verdict
        }
    }

    enum Verdict {
        case begin(Backend, reason: String)
        case refused(BackendTable.Refusal)
        /// The queue is full, or its time is over; seconds after which to try again.
        case full(retryAfter: Int)
        case expired(retryAfter: Int)
    }

    private let table: BackendTable
    private var queue: FairQueue<BackendTable.Demand>
    private var tickets: [UInt64: Ticket] = [:]
    private var rate = DrainRate()
    private var nextID: UInt64 = 0
    private var isPumping = false
    private(set) var figures = QueueFigures()

    init(table: BackendTable, settings: Settings) {
        self.table = table
        queue = FairQueue(limit: settings.integer("OLLAMA_QUEUE_LIMIT"))
        table.onRoom = { [weak self] in self?.pump() }
    }

    func apply(_ settings: Settings) { queue.limit = settings.integer("OLLAMA_QUEUE_LIMIT") }

    // MARK: In

    /// - Parameter isReturning: it has begun before and its backend failed: it goes first.
    func admit(_ ticket: Ticket, isReturning: Bool = false) {
        switch table.choose(ticket.demand) {
        case .begin(let backend, let reason): ticket.verdict(.begin(backend, reason: reason))
        case .refused(let refusal): ticket.verdict(.refused(refusal))
        case .full: enqueue(ticket, isReturning)
        }
    }

    private func enqueue(_ ticket: Ticket, _ isReturning: Bool) {
        let now = ContinuousClock.now
        nextID += 1
        ticket.id = nextID
        ticket.since = now
        let entry = FairQueue<BackendTable.Demand>.Entry(
            id: ticket.id, user: ticket.user, priority: ticket.priority, key: ticket.demand, since: now)
        switch queue.enqueue(entry, isReturning: isReturning) {
        case .waiting(let position): wait(ticket, position, now)
        case .displaced(let victim, let position):
            wait(ticket, position, now)
            guard let other = tickets.removeValue(forKey: victim.id) else { return }
            figures.refused += 1
            leave(other, now)
            other.verdict(.full(retryAfter: retryAfter(now)))
        case .full:
            figures.refused += 1
            ticket.verdict(.full(retryAfter: retryAfter(now)))
        }
    }

    private func wait(_ ticket: Ticket, _ position: Int, _ now: ContinuousClock.Instant) {
        figures.queued += 1
        tickets[ticket.id] = ticket
        ticket.position = position
        ticket.estimate = seconds(position, now)
        ticket.timer = Reactor.shared.schedule(after: ticket.limit) { [weak self, weak ticket] in
            guard let self, let ticket, remove(ticket) else { return }
            figures.expired += 1
            ticket.verdict(.expired(retryAfter: retryAfter(.now)))
        }
    }

    // MARK: Out

    /// The client left, or the daemon gives up.
    func cancel(_ ticket: Ticket) { if remove(ticket) { figures.left += 1 } }

    private func remove(_ ticket: Ticket) -> Bool {
        guard tickets.removeValue(forKey: ticket.id) != nil else { return false }
        queue.remove(ticket.id)
        leave(ticket, .now)
        return true
    }

    private func leave(_ ticket: Ticket, _ now: ContinuousClock.Instant) {
        ticket.timer?.cancel()
        ticket.timer = nil
        if let since = ticket.since { ticket.waited = since.duration(to: now) }
    }

    /// A request that took a place has ended.
    func released() {
        if !queue.isEmpty { rate.released(at: .now) }
        pump()
    }

    /// Lets begin whatever can.
    func pump() {
        guard !isPumping, !queue.isEmpty else { return }
        isPumping = true
        defer { isPumping = false }
        while let entry = queue.next(where: { !table.isFull($0) }) {
            guard let ticket = tickets.removeValue(forKey: entry.id) else { continue }
            leave(ticket, .now)
            switch table.choose(ticket.demand) {
            case .begin(let backend, let reason):
                figures.admitted(after: ticket.waited)
                ticket.verdict(.begin(backend, reason: reason))
            case .refused(let refusal): ticket.verdict(.refused(refusal))
            // It was not full a moment ago.
            case .full: ticket.verdict(.refused(.unavailable))
            }
        }
    }

    // MARK: What is told

    private func seconds(_ places: Int, _ now: ContinuousClock.Instant) -> Int {
        rate.seconds(until: places, now: now, otherwise: expectedRate)
    }

    private func retryAfter(_ now: ContinuousClock.Instant) -> Int { seconds(max(1, queue.count), now) }

    /// Before anybody waited: what is under way, by how long answers take.
    private var expectedRate: Double? {
        let busy = table.backends.reduce(0) { $0 + $1.working.count }
        let times = table.backends.compactMap(\.wholeAnswer.value)
        guard busy > 0, !times.isEmpty else { return nil }
        let average = times.reduce(0, +) / Double(times.count) / 1000
        return average > 0 ? Double(busy) / average : nil
    }

    var waiting: Int { queue.count }

    /// Waiting requests that the backend could take.
    func queued(on backend: Backend) -> Int {
        tickets.values.count { ticket in
            if let pinned = ticket.demand.pinned { return pinned == backend.index }
            return ticket.demand.model.isEmpty || backend.has(ticket.demand.model)
        }
    }

    var stats: OllamaQueueStats {
        let now = ContinuousClock.now
        var stats = figures.message
        stats.interactive = UInt32(clamping: queue.count(.interactive))
        stats.embedding = UInt32(clamping: queue.count(.embedding))
        stats.job = UInt32(clamping: queue.count(.job))
        stats.limit = UInt32(clamping: queue.limit)
        stats.drainPerSecond = rate.perSecond(now: now) ?? 0
        stats.oldestWaitMs = queue.oldest().map { $0.duration(to: now).seconds * 1000 } ?? 0
        return stats
    }
}
