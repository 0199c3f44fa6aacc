import DaemonKit

/// How many requests for one model a server takes at a time, learnt from how it behaves (Ollama does not say
/// OLLAMA_NUM_PARALLEL, and queues without bound what is beyond it).
///
/// Up: as many answers as the limit run at once, or requests at the limit do not wait inside the server. Down: one waited
/// inside, which its own counters show: the first byte came later than loading and reading the prompt took.
struct SlotLimit: Equatable, Sendable {
    private(set) var limit = Self.first
    /// Until a request has waited inside, the limit doubles.
    private(set) var hasWaited = false
    /// Requests at the limit that did not wait, since the last change.
    private var unhindered = 0
    /// So many allow one more to be tried; doubles each time that it was one too many.
    private var patience = Self.firstPatience
    /// The last change let one more in.
    private var isTrying = false
    /// What a request takes beyond its work when nothing else is under way: the network, and other programs' requests.
    private var alone = MovingAverage()

    /// Before anything is known. More than most servers run at once, so that nobody waits here for nothing; the first
    /// answer that waited inside brings it down to what the server runs.
    static let first = 32
    static let highest = 4096
    static let firstPatience = 16
    static let longestPatience = 4096
    /// Without counters nothing would ever lower it.
    static let blindHighest = 64

    /// An answer's first bytes have come. `running`: answers that run at this moment, with this one.
    mutating func began(running: Int) {
        guard running >= limit, !hasWaited || running > limit else { return }
        limit = min(Self.highest, hasWaited ? running : limit * 2)
        unhindered = 0
    }

    /// An answer is complete. `inFlight`: requests under way when it began, with itself. `waited`: beyond its own work;
    /// nil: the answer says nothing about its work.
    mutating func ended(inFlight: Int, work: Duration, waited: Duration?) {
        guard let waited else {
            if limit < Self.blindHighest { grow(inFlight) }
            return
        }
        guard inFlight > 1 else {
            alone.add(max(0, waited.seconds))
            return grow(inFlight)
        }
        if waited - .seconds(alone.value ?? 0) > max(.milliseconds(100), work / 5) {
            // The server ran fewer than there were.
            if inFlight <= limit { shrink(to: inFlight - 1) }
        } else {
            grow(inFlight)
        }
    }

    /// The server refused it: its own queue is full.
    mutating func refused(inFlight: Int) { if inFlight <= limit { shrink(to: max(1, inFlight - 1)) } }

    private mutating func shrink(to slots: Int) {
        if isTrying { patience = min(Self.longestPatience, patience * 2) }
        isTrying = false
        hasWaited = true
        limit = max(1, slots)
        unhindered = 0
    }

    private mutating func grow(_ inFlight: Int) {
        guard inFlight >= limit else { return }
        unhindered += 1
        guard unhindered >= (hasWaited ? patience : limit) else { return }
        limit = min(Self.highest, hasWaited ? limit + 1 : limit * 2)
        isTrying = hasWaited
        unhindered = 0
    }
}
