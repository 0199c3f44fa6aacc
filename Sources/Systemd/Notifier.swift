import CSystemd
import Glibc

/// What the service manager wants to hear (sd_notify(3)). Quiet where no manager listens (`NOTIFY_SOCKET` unset).
public struct Notifier: Sendable {
    /// True when a service manager started this process and wants notifications.
    public let isActive: Bool

    public init() { isActive = getenv("NOTIFY_SOCKET") != nil }

    /// Sends assignments, one a line: `READY=1`, `STATUS=…`.
    public func send(_ state: String) {
        guard isActive else { return }
        sd_notify(0, state)
    }

    public func ready(status: String) { send("READY=1\nSTATUS=\(Self.oneLine(status))") }
    public func status(_ text: String) { send("STATUS=\(Self.oneLine(text))") }
    public func watchdog() { send("WATCHDOG=1") }
    public func stopping(status: String) { send("STOPPING=1\nSTATUS=\(Self.oneLine(status))") }

    /// A reload has begun; `READY=1` ends it.
    public func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// Asks for more time to start, reload or stop.
    public func extendTimeout(_ duration: Duration) {
        send("EXTEND_TIMEOUT_USEC=\(duration.components.seconds * 1_000_000)")
    }

    /// Leaves a descriptor with the manager: it comes back with the next start (sd_pid_notify_with_fds(3)).
    public func store(descriptor: CInt, name: String) {
        guard isActive else { return }
        var fds = [descriptor]
        sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", &fds, 1)
    }

    /// Takes back what was left under a name.
    public func removeStored(name: String) { send("FDSTOREREMOVE=1\nFDNAME=\(name)") }

    /// Time within which `watchdog` must be called; nil when the manager does not watch.
    public static func watchdogInterval() -> Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
