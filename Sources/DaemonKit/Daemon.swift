import Contracts
import Link
import Logging
import Reactor

/// What a daemon is to `DaemonRunner`: the part that differs from one daemon to the next.
@ReactorActor
public protocol Daemon: AnyObject {
    nonisolated static var name: DaemonName { get }
    init(_ context: DaemonContext)
    /// Adds the daemon's own calls to its socket, before the socket is served.
    func register(on router: LinkRouter)
    /// Returns when it can serve; what it throws ends the process and is shown to the operator.
    func start() async throws
    /// New settings, already valid; `changed` are the keys that differ.
    func apply(_ settings: Settings, changed: [String])
    /// Stops accepting; returns when all that was accepted is done. `isFinal`: nobody takes over, so what waits for
    /// nothing (a kept-alive connection) need not be kept.
    func drain(isFinal: Bool) async
    /// The drain limit is over: ends what is left, at once.
    func abandon()
    /// What it is busy with, for `martlet status` and /metrics.
    var report: DaemonReport { get }
    /// Returns once every event loop of the daemon has turned. A beat is sent only after it: a hung loop is seen.
    func pulse() async
}

extension Daemon {
    public func register(on router: LinkRouter) {}
    public func apply(_ settings: Settings, changed: [String]) {}
    public func drain(isFinal: Bool) async {}
    public func abandon() {}
    public func pulse() async {}
    public var report: DaemonReport { DaemonReport() }
}

/// A daemon's figures at one moment.
public struct DaemonReport: Sendable {
    /// Requests, streams or jobs under way.
    public var inFlight: UInt64 = 0
    public var backends: [OllamaBackend] = []
    public var figures: [ControlFigure] = []

    public init() {}
}

/// What a daemon gets to work with.
@ReactorActor
public final class DaemonContext {
    public internal(set) var settings: Settings
    /// Inherited listening sockets by name: "http", "local", or the daemon's own.
    public let listeners: [String: CInt]
    public let dataDirectory: String
    public let runtimeDirectory: String
    public let version: String
    public let logger: Logger
    /// The control channel.
    public let supervisor: LinkConnection
    /// Who may speak to this daemon's sockets.
    public let peerPolicy: PeerPolicy

    init(_ message: ControlSettings, name: DaemonName, supervisor: LinkConnection) {
        settings = Settings(message)
        listeners = Dictionary(message.listeners.map { ($0.name, CInt($0.descriptor)) }) { $1 }
        dataDirectory = message.dataDirectory
        runtimeDirectory = message.runtimeDirectory
        version = message.version
        logger = Logger(label: name.rawValue)
        self.supervisor = supervisor
        peerPolicy = PeerPolicy(group: SocketGroup.resolve(settings.text("MARTLET_SOCKET_GROUP")))
    }
}
