import CLinux
import Contracts
import DaemonKit
import Glibc
import Link
import Logging
import Systemd

/// Every socket that Martlet listens on: bound once, here, and passed to the daemons by descriptor. A daemon may come
/// and go; who connects meanwhile waits in the backlog.
struct ListeningSockets {
    struct Item: Codable, Sendable {
        var name: String
        var descriptor: CInt
        /// `host:port` or a path.
        var address: String
    }

    private(set) var items: [Item] = []

    init() {}
    init(items: [Item]) { self.items = items }

    static let http = "http"
    static let local = "local"
    static let control = "control"

    subscript(name: String) -> Item? { items.first { $0.name == name } }

    /// What a daemon inherits, in the order of its descriptors 4, 5, …
    func inherited(by daemon: DaemonName) -> [Item] {
        switch daemon {
        case .api: items.filter { $0.name == Self.http || $0.name == Self.local }
        default: items.filter { $0.name == daemon.rawValue }
        }
    }

    /// Opens what is wanted; takes over what the manager passed where it fits.
    mutating func open(
        settings: Settings, runtimeDirectory: String, passed: [InheritedDescriptors.Item], notifier: Notifier,
        logger: Logger
    ) throws(LinkError) {
        var passed = passed.filter { item in
            let listens = martlet_is_listening(item.descriptor) != 0
            if listens { martlet_set_cloexec(item.descriptor, 1) } else { Glibc.close(item.descriptor) }
            return listens
        }
        guard let group = SocketGroup.resolve(settings.text("MARTLET_SOCKET_GROUP")) else {
            throw LinkError(
                .invalidArgument, "MARTLET_SOCKET_GROUP: there is no group \(settings.text("MARTLET_SOCKET_GROUP"))")
        }
        let host = settings.text("HOST")
        let port = settings.integer("PORT")
        let taken = takeTCP(&passed, host: host, port: port)
        let tcp: CInt
        if let taken {
            tcp = taken.descriptor
        } else {
            tcp = try TCPSocket.listen(host: host, port: port)
        }
        items.append(Item(name: Self.http, descriptor: tcp, address: TCPSocket.address(tcp) ?? "\(host):\(port)"))
        let names =
            [(Self.local, "api.sock"), (Self.control, "control.sock")]
            + DaemonName.allCases.filter { $0 != .api }.map { ($0.rawValue, "\($0.rawValue).sock") }
        for (name, file) in names {
            let path = "\(runtimeDirectory)/\(file)"
            let fd: CInt
            if let taken = Self.takeUnix(&passed, path: path) {
                fd = taken
            } else {
                fd = try UnixSocket.listen(path, mode: 0o660, group: group)
            }
            items.append(Item(name: name, descriptor: fd, address: path))
            try Self.give(path, to: group, named: settings.text("MARTLET_SOCKET_GROUP"))
        }
        for item in passed {
            logger.warning("inherited socket is not used", metadata: ["name": "\(item.name)"])
            notifier.removeStored(name: item.name)
            Glibc.close(item.descriptor)
        }
        // After the removals, which go by name: a new socket may have the name of one that was removed. The manager
        // keeps the socket of a `.socket` unit by itself.
        let ofUnit = taken.flatMap { $0.name == Self.http ? nil : $0.descriptor }
        for item in items where item.descriptor != ofUnit {
            notifier.store(descriptor: item.descriptor, name: item.name)
        }
    }

    /// A socket that was taken over may have another group. That nobody can use it must not go unnoticed.
    private static func give(_ path: String, to group: gid_t, named name: String) throws(LinkError) {
        _ = chown(path, uid_t.max, group)
        var status = stat()
        guard !name.isEmpty, stat(path, &status) == 0, status.st_gid != group else { return }
        throw LinkError(
            .permissionDenied,
            "MARTLET_SOCKET_GROUP: the sockets cannot be given to \(name); it must be a group of this process "
                + "(under systemd, the unit's Group=)")
    }

    /// A stored listener counts when its address is the configured one; one of a `.socket` unit always does: there the
    /// unit says what the address is.
    private func takeTCP(
        _ passed: inout [InheritedDescriptors.Item], host: String, port: Int
    ) -> InheritedDescriptors.Item? {
        let index = passed.firstIndex { item in
            guard let address = TCPSocket.address(item.descriptor) else { return false }
            if item.name != Self.http { return true }
            return port == 0 || TCPSocket.matches(address, host: host, port: port)
        }
        return index.map { passed.remove(at: $0) }
    }

    /// A listener counts only while its path still leads to it; after the file was removed nobody could connect.
    private static func takeUnix(_ passed: inout [InheritedDescriptors.Item], path: String) -> CInt? {
        guard access(path, F_OK) == 0 else { return nil }
        let index = passed.firstIndex { UnixSocket.path(of: $0.descriptor) == path }
        return index.map { passed.remove(at: $0).descriptor }
    }

    /// Gives one up; the daemon that inherited it still has its own copy.
    mutating func close(_ name: String) {
        guard let item = self[name] else { return }
        Glibc.close(item.descriptor)
        items.removeAll { $0.name == name }
    }

    /// Removes the files of Unix sockets; at a stop, not at a restart.
    func removeFiles() {
        for item in items where item.address.hasPrefix("/") { unlink(item.address) }
    }
}
