import FoundationEssentials
import Glibc
import Synchronization

/// A process that a test starts: its output in a file, its end awaited without blocking a thread.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let status = Mutex<Int32?>(nil)

    init(_ executable: String, _ arguments: [String], output: String, environment extra: [String: String] = [:]) throws
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Not every descriptor of the test process closes itself on exec: a stub's listener must die with the stub.
        try Self.closeOthers(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads that tests run on block signals; a child that does not unblock SIGTERM could not be stopped.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var environment = ProcessInfo.processInfo.environment.filter { entry in
            !["NOTIFY_SOCKET", "LISTEN_FDS", "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "PORT", "HOST", "DATA_DIR"]
                .contains(entry.key)
        }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        environment.merge(extra) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw Missed("cannot start \(executable): \(String(cString: strerror(result)))") }
        self.pid = pid
    }

    /// glibc has it since 2.34, behind a feature macro that Swift's import does not set.
    private static func closeOthers(_ actions: inout posix_spawn_file_actions_t) throws {
        typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
            throw Missed("this C library cannot close descriptors for a child")
        }
        _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, 3)
    }

    func signal(_ number: Int32) {
        if status.withLock({ $0 == nil }) { kill(pid, number) }
    }

    /// The exit code (128 + signal for a killed one); nil when it has not ended.
    func poll() -> Int32? {
        status.withLock { status in
            if let status { return status }
            var value: Int32 = 0
            guard waitpid(pid, &value, WNOHANG) == pid else { return nil }
            status = value & 0x7f == 0 ? (value >> 8) & 0xff : 128 + (value & 0x7f)
            return status
        }
    }

    func end(within limit: Duration) async -> Int32? {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let code = poll() { return code }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return poll()
    }

    /// After SIGKILL: it ends within moments.
    func reap() {
        for _ in 0..<2000 where poll() == nil { usleep(1000) }
    }
}
