/// One process of a daemon; a new number for each that is started.
public struct InstanceID: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt32
    public init(_ number: UInt32) { self.number = number }
    public var description: String { String(number) }
}

/// What happens to a daemon.
public enum LifecycleEvent: Equatable, Sendable {
    /// The operator, or the start of the service, wants it running.
    case start
    case stop
    /// A new process is to take over from the one that runs.
    case restart
    case spawnFailed(InstanceID, String)
    case ready(InstanceID)
    /// No beat came for too long: the process hangs.
    case beatsMissed(InstanceID)
    /// The process is gone.
    case exited(InstanceID, reason: String)
    case timer(LifecycleTimer)
}

/// What a daemon waits for.
public enum LifecycleTimer: Hashable, Sendable {
    /// The process must say READY before it.
    case ready(InstanceID)
    /// The drain must be over before it.
    case drain(InstanceID)
    /// After SIGABRT to a process that hangs: SIGKILL.
    case kill(InstanceID)
    /// The process has served so long that earlier crashes no longer count.
    case healthy(InstanceID)
    /// The pause before the next start.
    case backoff
}

/// What is to be done; the supervisor does it.
public enum LifecycleAction: Equatable, Sendable {
    case spawn(InstanceID)
    /// Tell the process to finish what it has and leave.
    case drain(InstanceID)
    case abort(InstanceID)
    case kill(InstanceID)
    case arm(LifecycleTimer, Duration)
    case disarm(LifecycleTimer)
    case report(LifecycleReport)
}

/// What those who asked for something are told.
public enum LifecycleReport: Equatable, Sendable {
    /// The daemon serves (again), from this process.
    case ready(InstanceID)
    /// The hand-over or the start failed; the text says why. An older process may still serve.
    case failed(String)
    case stopped
    /// A replaced process has finished and is gone.
    case drained(InstanceID)
    /// It crashed, hung or would not start: for the log.
    case crashed(InstanceID, String)
}

/// How long things may take.
public struct LifecyclePolicy: Equatable, Sendable {
    public var readyLimit: Duration = .seconds(30)
    public var drainLimit: Duration = .seconds(300)
    /// Between SIGABRT and SIGKILL.
    public var abortGrace: Duration = .milliseconds(800)
    public var firstBackoff: Duration = .milliseconds(100)
    public var longestBackoff: Duration = .seconds(30)
    public var healthyAfter: Duration = .seconds(60)
    /// Crashes in a row from which the daemon counts as degraded.
    public var degradedAfter = 5

    public init() {}
}
