import CLinux
import DaemonKit
import Glibc

/// Starts daemons. Must be called from the thread that lives as long as the process: the parent-death signal follows
/// the spawning thread.
enum Spawner {
    struct Process {
        var pid: pid_t
        var pidfd: CInt
    }

    struct Failure: Error {
        var text: String
    }

    /// `descriptors[i]` is descriptor 3 + i of the child; it gets no others.
    static func spawn(
        _ executable: String, _ arguments: [String], environment: [String], descriptors: [CInt]
    ) throws(Failure) -> Process {
        var pid: pid_t = 0
        var pidfd: CInt = -1
        let error = withCStrings([executable] + arguments) { argv in
            withCStrings(environment) { envp in
                executable.withCString { path in
                    descriptors.withUnsafeBufferPointer { fds in
                        var request = martlet_spawn_request(
                            path: path, argv: argv, envp: envp, fds: fds.baseAddress, fd_count: CInt(fds.count),
                            parent_death_signal: SIGKILL)
                        return martlet_spawn(&request, &pid, &pidfd)
                    }
                }
            }
        }
        guard error == 0 else { throw Failure(text: "cannot start \(executable): \(String(cString: strerror(error)))") }
        return Process(pid: pid, pidfd: pidfd)
    }

    /// A null-terminated array of C strings for the time of the call.
    static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has a base") }
            return body(base)
        }
    }

    /// This process's environment, less what speaks of descriptors, of the manager and of secrets.
    static func childEnvironment(adding extra: [String: String], to entries: [String] = current()) -> [String] {
        let hidden = Set(SettingDefinition.all.filter(\.isSecret).flatMap { [$0.key] + $0.aliases }).union([
            "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
            "FDSTORE", "REDIS_URL", "MARTLET_RESUME_FD",
        ])
        return entries.filter { entry in
            // By bytes: a value may begin with what makes one Character with the sign before it.
            let name = String(decoding: entry.utf8.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            return !hidden.contains(name) && extra[name] == nil
        } + extra.map { "\($0.key)=\($0.value)" }
    }

    static func current() -> [String] {
        var entries: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            entries.append(String(cString: entry))
            pointer = pointer.advanced(by: 1)
        }
        return entries
    }
}
