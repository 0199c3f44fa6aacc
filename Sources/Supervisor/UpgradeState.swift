import CLinux
import FoundationEssentials
import Glibc
import Link

/// What the supervisor hands to itself over a re-execution, in an anonymous file whose descriptor survives exec.
struct UpgradeState: Codable, Sendable {
    /// Raised when a field changes its meaning: an image that does not know the version refuses to resume.
    static let version = 1
    static let environmentKey = "MARTLET_RESUME_FD"

    private struct Header: Decodable {
        var version: Int
    }

    struct Process: Codable, Sendable {
        var id: UInt32
        var pid: Int32
        var pidfd: Int32
        var control: Int32
        var session: SessionSnapshot
        var age: Double
    }

    struct DaemonState: Codable, Sendable {
        var name: String
        /// The process that serves; nil when none did.
        var serving: Process?
        var draining: [Process]
        var lastInstance: UInt32
        var restarts: Int
        /// It was stopped by the operator and stays so.
        var isStopped: Bool
    }

    var version = Self.version
    var generation: UInt32
    var uptime: Double
    var sockets: [ListeningSockets.Item]
    var daemons: [DaemonState]
    /// The lock of the data directory, held until the new image has its own. An image from before it had none.
    var dataLock: Int32?
    /// `Supervisor.savedSinceStart`; nil from an image that did not know it.
    var savedSinceStart: [String]?

    /// Writes the state to a memory file; its descriptor, which exec keeps.
    func write() throws -> CInt {
        let data = try JSONEncoder().encode(self)
        let fd = martlet_memfd("martlet-upgrade")
        guard fd >= 0 else { throw LinkError(.resourceExhausted, "memfd: \(String(cString: strerror(errno)))") }
        let written = data.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
        guard written == data.count, lseek(fd, 0, SEEK_SET) == 0 else {
            close(fd)
            throw LinkError(.resourceExhausted, "memfd: short write")
        }
        return fd
    }

    /// The state that an earlier image left; nil when this process was started in the ordinary way.
    static func take() throws -> UpgradeState? {
        guard let text = getenv(environmentKey), let fd = CInt(String(cString: text)) else { return nil }
        unsetenv(environmentKey)
        return try read(fd)
    }

    /// Reads what `write` left, from the start of the file, and closes the descriptor.
    static func read(_ fd: CInt) throws -> UpgradeState {
        defer { close(fd) }
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(fd, &buffer, buffer.count)
            guard count > 0 else { break }
            data.append(contentsOf: buffer[..<count])
        }
        // The version alone first: the fields of another one may be others.
        let found = try JSONDecoder().decode(Header.self, from: data).version
        guard found == version else {
            throw LinkError(.version, "upgrade state of version \(found); this image knows \(version)")
        }
        return try JSONDecoder().decode(UpgradeState.self, from: data)
    }
}
