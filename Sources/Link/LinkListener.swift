import CLinux
import Contracts
import Glibc
import Reactor

/// Accepts peers on an inherited listening socket and serves each with one `LinkService`.
@ReactorActor
public final class LinkListener {
    private let fd: CInt
    private let configuration: SessionConfiguration
    private let service: any LinkService
    private let policy: PeerPolicy
    private let maximumConnections: Int
    private var connections: [ObjectIdentifier: LinkConnection] = [:]
    private var isListening = false
    public var limits = LinkConnection.Limits()
    /// Every connection is gone, after `drain`.
    public var onDrained: (@ReactorActor () -> Void)?
    /// A peer was turned away: who, and why.
    public var onRefused: (@ReactorActor (PeerCredentials?, String) -> Void)?

    public init(
        fd: CInt, configuration: SessionConfiguration, service: any LinkService, policy: PeerPolicy,
        maximumConnections: Int = 1024
    ) {
        self.fd = fd
        self.configuration = configuration
        self.service = service
        self.policy = policy
        self.maximumConnections = maximumConnections
    }

    public func start() {
        guard !isListening else { return }
        isListening = true
        _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
        Reactor.shared.watch(fd, .readable) { [weak self] _ in self?.accept() }
    }

    public var openConnections: Int { connections.count }
    public var openStreams: Int { connections.values.reduce(0) { $0 + $1.openStreams } }

    /// Stops accepting and says GOAWAY to every peer; what is under way goes on.
    public func drain() {
        stopAccepting()
        for connection in connections.values { connection.drain() }
        if connections.isEmpty { onDrained?() }
    }

    /// Ends everything at once.
    public func closeAll() {
        stopAccepting()
        for connection in connections.values { connection.close(LinkError(.unavailable, "the daemon stops")) }
    }

    /// The connections stay, the listening socket is left to others. The descriptor is closed here.
    private func stopAccepting() {
        guard isListening else { return }
        isListening = false
        Reactor.shared.unwatch(fd)
        Glibc.close(fd)
    }

    private func accept() {
        // A bounded batch: a flood of peers must not keep the loop from those that are served.
        for _ in 0..<64 {
            let peer = martlet_accept(fd)
            if peer < 0 {
                if errno == EMFILE || errno == ENFILE { backOff() }
                return
            }
            guard policy.allows(fd: peer) else {
                refuse(peer, .permissionDenied, "this socket is for root, its owner and its group")
                continue
            }
            guard connections.count < maximumConnections else {
                refuse(peer, .resourceExhausted, "\(maximumConnections) peers are connected")
                continue
            }
            add(peer)
        }
    }

    private func add(_ peer: CInt) {
        let connection = LinkConnection(
            fd: peer, side: .acceptor, configuration: configuration, service: service, limits: limits)
        let key = ObjectIdentifier(connection)
        connections[key] = connection
        connection.onClose = { [weak self] _ in self?.remove(key) }
        connection.start()
    }

    private func remove(_ key: ObjectIdentifier) {
        connections[key] = nil
        if !isListening, connections.isEmpty { onDrained?() }
    }

    private func refuse(_ peer: CInt, _ code: WireCode, _ text: String) {
        onRefused?(PeerCredentials(fd: peer), text)
        var session = Session<LinkStream>(side: .acceptor, configuration: configuration)
        session.goAway(code, text)
        _ = session.outbound.withUnsafeReadableBytes { pointer in
            send(peer, pointer.baseAddress, pointer.count, CInt(MSG_NOSIGNAL))
        }
        close(peer)
    }

    /// Out of descriptors: without a pause the loop would spin on a socket that stays readable.
    private func backOff() {
        Reactor.shared.rewatch(fd, [])
        Reactor.shared.schedule(after: .milliseconds(100)) { [weak self] in
            guard let self, isListening else { return }
            Reactor.shared.rewatch(fd, .readable)
        }
    }
}
