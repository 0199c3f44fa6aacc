import FoundationEssentials
import Glibc
import Synchronization

/// A real PostgreSQL on a Unix socket in a directory of its own; stopped and removed with `stop`, or when nobody holds it.
final class PostgreSQLHost: Sendable {
    let directory: String
    private let binaries: String
    private let server = Mutex<ChildProcess?>(nil)

    /// The database `postgres`, which is empty at first.
    var url: String { "postgresql://martlet@/postgres?host=\(directory)" }

    init() async throws {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = versions.compactMap({ Int($0) }).max() else {
            throw Missed("these tests need PostgreSQL (scripts/setup.sh --test installs it): nothing in \(root)")
        }
        binaries = "\(root)/\(newest)/bin"
        directory = Martlet.temporaryDirectory()
        if let user = Self.user { chown(directory, user.id, user.group) }
        let initialise = try run(
            [
                "\(binaries)/initdb", "-D", "\(directory)/data", "-U", "martlet", "-A", "trust", "-N", "-E", "UTF8",
                "--locale=C",
            ])
        guard await initialise.end(within: .seconds(60)) == 0 else { throw Missed("initdb: \(log)") }
        try await start()
    }

    deinit { destroy() }

    func start() async throws {
        let process = try run([
            "\(binaries)/postgres", "-D", "\(directory)/data", "-k", directory, "-F", "-c", "listen_addresses=",
        ])
        server.withLock { $0 = process }
        try await eventually("PostgreSQL answers") {
            let probe = try run(["\(binaries)/pg_isready", "-q", "-h", directory, "-U", "martlet"])
            return await probe.end(within: .seconds(10)) == 0
        }
    }

    /// Ends every connection, as a restart of its service does.
    func interrupt() async {
        let process = server.withLock { $0 }
        process?.signal(SIGINT)
        _ = await process?.end(within: .seconds(30))
    }

    func stop() async {
        await interrupt()
        destroy()
    }

    private func destroy() {
        let process = server.withLock { server in
            defer { server = nil }
            return server
        }
        process?.signal(SIGQUIT)
        process?.reap()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }

    /// PostgreSQL refuses to run as root.
    private static var user: (id: uid_t, group: gid_t)? {
        guard geteuid() == 0, let entry = getpwnam("postgres") else { return nil }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    private func run(_ command: [String]) throws -> ChildProcess {
        guard let user = Self.user else {
            return try ChildProcess(command[0], Array(command.dropFirst()), output: directory + "/log")
        }
        let other = ["--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups"]
        return try ChildProcess("/usr/bin/setpriv", other + command, output: directory + "/log")
    }
}
