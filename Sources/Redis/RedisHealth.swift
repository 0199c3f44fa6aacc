import Logging
import Synchronization

/// Whether Redis answers, for all connections of a process together; each change is logged once.
public final class RedisHealth: Sendable {
    private struct State {
        /// By connection; nil while its first attempt is under way.
        var answers: [Bool?] = []
        /// What was said last.
        var wasDown: Bool?
    }

    private let state = Mutex(State())
    private let areAllUp = Atomic(false)
    private let logger: Logger
    private let place: String

    /// - Parameter place: where Redis is, for the log.
    public init(logger: Logger, place: String) {
        (self.logger, self.place) = (logger, place)
    }

    /// Whether every connection is up. Asked for at each request, so without the lock.
    public var isUp: Bool { areAllUp.load(ordering: .acquiring) }

    /// A new connection; the number to report with.
    func register() -> Int {
        state.withLock { state in
            state.answers.append(nil)
            return state.answers.count - 1
        }
    }

    func isUp(_ connection: Int) {
        state.withLock { state in
            state.answers[connection] = true
            guard state.answers.allSatisfy({ $0 == true }) else { return }
            areAllUp.store(true, ordering: .releasing)
            guard state.wasDown != false else { return }
            // In the lock: lines in the order of the events.
            if state.wasDown == nil {
                logger.info("Redis answers", metadata: ["redis": "\(place)"])
            } else {
                logger.notice("Redis answers again", metadata: ["redis": "\(place)"])
            }
            state.wasDown = false
        }
    }

    func isDown(_ connection: Int, why: RedisError) {
        state.withLock { state in
            state.answers[connection] = false
            areAllUp.store(false, ordering: .releasing)
            guard state.wasDown != true else {
                logger.debug("Redis does not answer yet", metadata: ["redis": "\(place)", "why": "\(why)"])
                return
            }
            state.wasDown = true
            logger.warning(
                "Redis does not answer; this host goes on alone", metadata: ["redis": "\(place)", "why": "\(why)"])
        }
    }
}
