import CLinux
import Contracts
import Glibc
import Link
import Reactor

/// A process of a daemon as the supervisor sees it: pidfd, control channel, last beat.
@ReactorActor
final class Child {
    let name: DaemonName
    let id: InstanceID
    let pid: pid_t
    let pidfd: CInt
    let control: LinkConnection
    let startedAt: ContinuousClock.Instant
    var lastBeat: ContinuousClock.Instant?
    var beat = ControlBeat()
    /// Of the settings that it was sent last.
    var revision: UInt64 = 0
    /// It was told that it hangs; say it once.
    var isCondemned = false
    /// What waits for the process to be gone.
    var onExit: ((String) -> Void)?

    init(
        name: DaemonName, id: InstanceID, pid: pid_t, pidfd: CInt, control: LinkConnection,
        startedAt: ContinuousClock.Instant = .now
    ) {
        self.name = name
        self.id = id
        self.pid = pid
        self.pidfd = pidfd
        self.control = control
        self.startedAt = startedAt
    }

    /// Watches for the end of the process; `onExit` is called once, with the reason in words.
    func watch() {
        Reactor.shared.watch(pidfd, .readable) { [weak self] _ in self?.reap() }
    }

    func signal(_ number: CInt) { _ = martlet_pidfd_signal(pidfd, number) }

    private func reap() {
        var status: CInt = 0
        let result = martlet_pidfd_reap(pidfd, &status)
        guard result != 0 else { return }
        Reactor.shared.unwatch(pidfd)
        close(pidfd)
        control.onClose = nil
        control.close(nil)
        let report = onExit
        onExit = nil
        report?(result < 0 ? "it was reaped elsewhere" : Self.reason(status))
    }

    static func reason(_ status: CInt) -> String {
        var value: CInt = 0
        if martlet_wait_exited(status, &value) != 0 { return "exit code \(value)" }
        if martlet_wait_signaled(status, &value) != 0 {
            return "signal \(value) (\(String(cString: strsignal(value))))"
        }
        return "status \(status)"
    }

    /// Resident memory in bytes; 0 when it cannot be read.
    nonisolated static func residentBytes(pid: pid_t) -> UInt64 {
        let fd = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return 0 }
        defer { close(fd) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(fd, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        let fields = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(sysconf(CInt(_SC_PAGESIZE)))
    }
}
