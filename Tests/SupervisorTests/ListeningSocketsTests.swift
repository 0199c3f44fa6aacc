import Contracts
import DaemonKit
import Glibc
import Link
import Logging
import Testing

@testable import Supervisor
@testable import Systemd

@Suite struct ListeningSocketsTests {
    static let settings = Settings(values: [
        "HOST": .init(value: "127.0.0.1", source: "test"), "PORT": .init(value: "0", source: "test"),
    ])
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Opens all sockets below `directory`, and closes them at the end.
    private func withSockets(
        in directory: String, settings: Settings = settings, passed: [InheritedDescriptors.Item] = [],
        _ body: (inout ListeningSockets) throws -> Void
    ) throws {
        var sockets = ListeningSockets()
        defer { for item in sockets.items { close(item.descriptor) } }
        try sockets.open(
            settings: settings, runtimeDirectory: directory, passed: passed, notifier: Notifier(), logger: Self.logger)
        try body(&sockets)
    }

    @Test("every socket is bound once and found by its name")
    func opens() throws {
        try withTemporaryDirectory { directory in
            try withSockets(in: directory) { sockets in
                let daemons = DaemonName.allCases.filter { $0 != .api }.map(\.rawValue)
                #expect(sockets.items.map(\.name) == ["http", "local", "control"] + daemons)
                #expect(sockets["http"]?.address.hasPrefix("127.0.0.1:") == true)
                #expect(sockets["local"]?.address == directory + "/api.sock" && sockets["nobody"] == nil)
                for item in sockets.items.dropFirst() {
                    var status = stat()
                    #expect(stat(item.address, &status) == 0 && status.st_mode & 0o777 == 0o660)
                    close(try UnixSocket.connect(item.address))
                }
            }
        }
    }

    @Test("a daemon inherits its own sockets and nobody else's; none inherits the control socket")
    func inherited() {
        let names = ["http", "local", "control"] + DaemonName.allCases.map(\.rawValue)
        let sockets = ListeningSockets(
            items: names.enumerated().map { .init(name: $1, descriptor: CInt($0 + 100), address: "/nonexistent") })
        #expect(sockets.inherited(by: .api).map(\.name) == ["http", "local"])
        for daemon in DaemonName.allCases where daemon != .api {
            #expect(sockets.inherited(by: daemon).map(\.name) == [daemon.rawValue])
        }
    }

    @Test("what the manager passed is taken over where it fits; what does not fit is closed")
    func passed() throws {
        try withTemporaryDirectory { directory in
            let tcp = try TCPSocket.listen(host: "127.0.0.1", port: 0)
            let local = try UnixSocket.listen(directory + "/api.sock", mode: 0o660, group: nil)
            let stray = try UnixSocket.listen(directory + "/stray.sock", mode: 0o660, group: nil)
            let plain = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            let passed = [("plain", plain), ("stray", stray), ("local", local), ("http", tcp)]
            try withSockets(in: directory, passed: passed.map { .init(descriptor: $0.1, name: $0.0) }) { sockets in
                #expect(sockets["http"]?.descriptor == tcp && sockets["local"]?.descriptor == local)
                // By its path: the number of a descriptor that was closed may be another test's by now.
                #expect(throws: LinkError.self) { try UnixSocket.connect(directory + "/stray.sock") }
            }
        }
    }

    @Test("a stored TCP socket of another address is not taken; one of a socket unit always is")
    func otherAddress() throws {
        try withTemporaryDirectory { directory in
            let wanted = Settings(values: [
                "HOST": .init(value: "127.0.0.2", source: "test"), "PORT": .init(value: "1", source: "test"),
            ])
            let unit = try TCPSocket.listen(host: "127.0.0.1", port: 0)
            try withSockets(in: directory, settings: wanted, passed: [.init(descriptor: unit, name: "martlet.socket")])
            {
                #expect($0["http"]?.descriptor == unit)
            }
        }
    }

    @Test("a stored Unix socket whose file was removed is not taken: nobody could connect to it")
    func removedFile() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/api.sock"
            let stored = try UnixSocket.listen(path, mode: 0o660, group: nil)
            unlink(path)
            try withSockets(in: directory, passed: [.init(descriptor: stored, name: "local")]) { sockets in
                #expect(sockets["local"]?.descriptor != stored)
                close(try UnixSocket.connect(path))
            }
        }
    }

    @Test("a group that does not exist is named")
    func group() throws {
        try withTemporaryDirectory { directory in
            let settings = Settings(values: ["MARTLET_SOCKET_GROUP": .init(value: "no-such-group", source: "test")])
            let error = #expect(throws: LinkError.self) { try withSockets(in: directory, settings: settings) { _ in } }
            #expect(error?.text == "MARTLET_SOCKET_GROUP: there is no group no-such-group")
        }
    }

    @Test("one that is given up is forgotten; files are removed at a stop")
    func ends() throws {
        try withTemporaryDirectory { directory in
            try withSockets(in: directory) { sockets in
                sockets.close("http")
                sockets.close("http")
                #expect(sockets["http"] == nil)
                sockets.removeFiles()
                #expect(access(directory + "/control.sock", F_OK) == -1)
            }
        }
    }
}
