import Foundation
import Glibc

@testable import Storage

/// A PostgreSQL of the tests' own, on a Unix socket in a directory under /tmp.
///
/// A small shell script holds it: it obeys orders on its standard input, and when that ends, because the tests have ended
/// or were killed, it stops the server and removes the directory.
final class PostgreSQLServer: Sendable {
    /// The one that all tests share, with a database that is ready to be copied.
    static let shared = Task {
        let server = try PostgreSQLServer()
        try server.execute("CREATE DATABASE \(template)")
        try PostgreSQLMigrator.prepare(url: server.url(template))
        return server
    }
    private static let template = "martlet_template"

    let directory: String
    private let orders: FileHandle
    private let answers: FileHandle

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let binaries = try Self.binaries()
        var name = Array("/tmp/martlet-postgresql-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw Missing(description: "mkdtemp failed") }
        directory = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Not left to mkdtemp: a test of sockets changes the umask of the whole process for a moment.
        chmod(directory, 0o700)
        let (input, output) = (Pipe(), Pipe())
        // Else other children of the tests would hold the server.
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        orders = input.fileHandleForWriting
        answers = output.fileHandleForReading
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = Self.otherUser(owning: directory) + ["sh", "-c", Self.script, "sh", binaries, directory]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try start()
    }

    deinit { try? orders.close() }

    func start() throws { try order("start") }

    /// Ends all connections, as a restart of the service does.
    func stop() throws { try order("stop") }

    /// The server lives, but does nothing any more.
    func freeze() throws { try order("freeze") }

    func thaw() throws { try order("thaw") }

    func url(_ database: String) -> String { "postgresql://martlet@/\(database)?host=\(directory)" }

    /// Runs statements outside of all that is tested.
    func execute(_ sql: String, database: String = "postgres") throws {
        let connection = try PostgreSQLConnection(PostgreSQLURL(url(database)), limits: PostgreSQLLimits())
        do throws(PostgreSQLFailure) { try connection.script(sql) } catch { throw error.error }
    }

    /// A new database; a copy of a migrated one, or empty.
    /// - Returns: its URL.
    func makeDatabase(migrated: Bool = true) throws -> String {
        let name = "t\(UUID().uuidString.filter { $0 != "-" }.lowercased())"
        try execute("CREATE DATABASE \(name)\(migrated ? " TEMPLATE \(Self.template)" : "")")
        return url(name)
    }

    private func order(_ text: String) throws {
        try orders.write(contentsOf: Data("\(text)\n".utf8))
        guard try answers.read(upToCount: 1) == Data(".".utf8) else {
            let log = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
            throw Missing(description: "PostgreSQL did not \(text): \(log)")
        }
    }

    private static func binaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = versions.compactMap(Int.init).max() else {
            throw Missing(
                description: "These tests need PostgreSQL: apt-get install -y postgresql (nothing in \(root))")
        }
        return "\(root)/\(newest)/bin"
    }

    /// PostgreSQL refuses to run as root.
    private static func otherUser(owning directory: String) -> [String] {
        guard geteuid() == 0, let user = getpwnam("postgres") ?? getpwnam("nobody") else { return [] }
        chown(directory, user.pointee.pw_uid, user.pointee.pw_gid)
        return ["setpriv", "--reuid=\(user.pointee.pw_uid)", "--regid=\(user.pointee.pw_gid)", "--clear-groups"]
    }

    private static let script = """
        bin=$1 dir=$2
        umask 077
        trap '' PIPE
        trap finish EXIT
        finish() {
            if [ "$pid" ]; then all CONT; kill -QUIT $pid; wait $pid; fi 2>/dev/null
            cd / && rm -rf "$dir"
        }
        pid=
        cd "$dir" || exit
        "$bin/initdb" -D data -U martlet -A trust -N --no-instructions --locale=C -E UTF8 >log 2>&1 || exit
        all() { kill "-$1" $(ps -o pid= --ppid "$pid") "$pid" 2>/dev/null; }
        while read -r order; do
            case $order in
            start)
                "$bin/postgres" -D data -k "$dir" -F -c listen_addresses= -c max_connections=300 \\
                    -c shared_buffers=16MB -c max_wal_size=128MB -c autovacuum=off >>log 2>&1 &
                pid=$!
                until "$bin/pg_isready" -q -h "$dir" -U martlet; do kill -0 $pid || exit; sleep 0.02; done ;;
            stop) kill -INT $pid; wait $pid ;;
            freeze) all STOP ;;
            thaw) all CONT ;;
            esac
            printf .
        done
        """
}
