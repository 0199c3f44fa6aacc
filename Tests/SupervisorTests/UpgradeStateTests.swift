import CLinux
import Contracts
import FoundationEssentials
import Glibc
import Testing

@testable import Link
@testable import Supervisor

@Suite struct UpgradeStateTests {
    static func process(_ id: UInt32) -> UpgradeState.Process {
        UpgradeState.Process(
            id: id, pid: 4000 + Int32(id), pidfd: 20, control: 21,
            session: SessionSnapshot(
                isInitiator: true, nextLocal: 7, lastRemote: 12, peerHello: [1, 2], inbound: [0, 255],
                outbound: [UInt8](repeating: 9, count: 100_000)),
            age: 12.5)
    }

    static let state = UpgradeState(
        generation: 3, uptime: 86_400.25, sockets: [.init(name: "http", descriptor: 5, address: "0.0.0.0:8080")],
        daemons: [
            .init(
                name: "api", serving: process(4), draining: [process(2), process(3)], lastInstance: 4, restarts: 1,
                isStopped: false),
            .init(name: "scim", serving: nil, draining: [], lastInstance: 0, restarts: 0, isStopped: true),
        ])

    /// A memory file that holds the text, at its start.
    static func file(_ text: String) throws -> CInt {
        let fd = martlet_memfd("martlet-test")
        let count = text.utf8.count
        try #require(fd >= 0 && write(fd, text, count) == count && lseek(fd, 0, SEEK_SET) == 0)
        return fd
    }

    @Test("what was written is taken up whole")
    func roundTrip() throws {
        let fd = try Self.state.write()
        let flags = fcntl(fd, F_GETFD)
        let taken = try UpgradeState.read(fd)
        #expect(flags & FD_CLOEXEC == 0, "exec must keep the descriptor")
        #expect(taken.generation == 3 && taken.uptime == 86_400.25 && taken.version == UpgradeState.version)
        #expect(taken.sockets.map(\.address) == ["0.0.0.0:8080"] && taken.sockets.map(\.descriptor) == [5])
        #expect(taken.daemons.map(\.name) == ["api", "scim"] && taken.daemons.map(\.isStopped) == [false, true])
        let api = try #require(taken.daemons.first)
        #expect(api.serving?.session == Self.process(4).session && api.serving?.age == 12.5)
        #expect(api.draining.map(\.id) == [2, 3] && api.draining.map(\.pid) == [4002, 4003])
        #expect(api.lastInstance == 4 && api.restarts == 1 && taken.daemons.last?.serving == nil)
    }

    @Test("a state of another version is refused, whatever its fields")
    func version() throws {
        var other = Self.state
        other.version += 1
        let texts = [
            String(decoding: try JSONEncoder().encode(other), as: UTF8.self),
            #"{"version": 2, "everything": "else"}"#,
        ]
        for text in texts {
            let error = #expect(throws: LinkError.self) { try UpgradeState.read(Self.file(text)) }
            #expect(error?.code == .version && error?.text.contains("2") == true)
        }
    }

    @Test("a state that is cut, empty or no JSON is refused", arguments: ["", "{", "[]", "{\"version\":1}", "\u{0}"])
    func broken(_ text: String) throws {
        #expect(throws: (any Error).self) { try UpgradeState.read(Self.file(text)) }
    }

    @Test("a process that was started in the ordinary way has no state")
    func none() throws {
        #expect(getenv(UpgradeState.environmentKey) == nil)
        #expect(try UpgradeState.take() == nil)
    }
}
