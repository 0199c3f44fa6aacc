import Contracts
import Foundation
import Frames
import NIOCore
import Reactor
import Testing

@testable import Link

@Suite struct PolicyTests {
    @Test(
        "root, the own account and the socket's group are let in, strangers are not",
        arguments: [
            (0, 0, [], nil, true),
            (1000, 1000, [], nil, true),
            (1001, 1000, [1000], nil, false),
            (1001, 1001, [], 50, false),
            (1001, 50, [], 50, true),
            (1001, 1001, [7, 50, 9], 50, true),
            (1001, 1001, [7, 51, 9], 50, false),
            (1001, 1001, [0], 50, false),
            (1001, 0, [], nil, false),
        ] as [(uid_t, gid_t, [gid_t], gid_t?, Bool)])
    func table(_ uid: uid_t, _ gid: gid_t, _ groups: [gid_t], _ group: gid_t?, _ isAllowed: Bool) {
        let policy = PeerPolicy(uid: 1000, group: group)
        #expect(policy.allows(PeerCredentials(pid: 1, uid: uid, gid: gid), groups: groups) == isAllowed)
    }

    @Test("a descriptor that is no Unix socket has no credentials and is not let in")
    func noSocket() throws {
        let fd = open("/dev/null", O_RDONLY)
        defer { close(fd) }
        #expect(PeerCredentials(fd: fd) == nil && !PeerPolicy().allows(fd: fd))
    }

    /// Connects as another account and says what the server's first bytes were.
    private static func answer(to path: String, groups: String) async throws -> [Frame] {
        let script = """
            import socket, sys
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(20)
            peer.connect(sys.argv[1])
            sys.stdout.buffer.write(peer.recv(65536))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = [
            "--reuid=65534", "--regid=65534", groups.isEmpty ? "--clear-groups" : "--groups=\(groups)",
            "/usr/bin/python3", "-c", script, path,
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let output = Pipe()
        process.standardOutput = output
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        var decoder = FrameDecoder()
        decoder.append(ByteBuffer(bytes: try output.fileHandleForReading.readToEnd() ?? Data()))
        var frames: [Frame] = []
        while let frame = try decoder.next() { frames.append(frame) }
        return frames
    }

    private static let canBeAnother =
        geteuid() == 0 && ["/usr/bin/setpriv", "/usr/bin/python3"].allSatisfy(FileManager.default.isExecutableFile)

    @Test("another account is told why and closed, though the file's mode lets it in", .enabled(if: canBeAnother))
    func stranger() async throws {
        var options = TestServer.Options()
        options.mode = 0o666
        try await TestServer.with(options) { server in
            var refused: [PeerCredentials?] = []
            server.listener.onRefused = { peer, _ in refused.append(peer) }
            let frames = try await Self.answer(to: server.path, groups: "")
            #expect(frames.map(\.type) == [.hello, .goAway])
            let last = try #require(frames.last)
            let goAway = try WireGoAway(serializedBytes: Array(last.payload.readableBytesView))
            #expect(goAway.code == .permissionDenied && !goAway.text.isEmpty)
            #expect(refused.map { $0?.uid } == [65534] && server.listener.openConnections == 0)
        }
    }

    @Test("another account is let in by one of its supplementary groups", .enabled(if: canBeAnother))
    func member() async throws {
        var options = TestServer.Options()
        options.mode = 0o666
        options.policy = PeerPolicy(group: 4242)
        try await TestServer.with(options) { server in
            let frames = try await Self.answer(to: server.path, groups: "17,4242")
            #expect(frames.map(\.type) == [.hello])
        }
    }

    @Test("a refused client's call fails with the reason, and is not called safe to retry")
    func reason() async throws {
        var pair: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
        let (left, right) = (pair[0], pair[1])
        try await Self.refusedCall(left, RawPeer(descriptor: right))
    }

    @ReactorActor
    private static func refusedCall(_ fd: CInt, _ server: sending RawPeer) async throws {
        let connection = LinkConnection(fd: fd, side: .initiator, configuration: SessionConfiguration(role: "client"))
        connection.start()
        var goAway = WireGoAway()
        goAway.code = .permissionDenied
        goAway.text = "not for you"
        let call = Task { try await connection.call(Methods.ping, ControlPing()) }
        try await poll("call") { connection.openStreams == 1 }
        try await server.send(try .hello() + .frame(.goAway, goAway))
        await #expect(throws: LinkError(.permissionDenied, "not for you")) { try await call.value }
        connection.close(nil)
    }
}
