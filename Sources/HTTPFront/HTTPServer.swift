public import Logging
public import NIOCore
import Synchronization

/// HTTP/1.1 on listening sockets that somebody else has bound. Several servers, in several processes, may share them:
/// a connection belongs to whoever accepts it.
///
/// Life: `start`, then `drain` (a successor takes over) and `drained`, or at any time `shutdown`. It never shuts the
/// event loops down. Each call may be made from anywhere.
public final class HTTPServer: Sendable {
    struct Settings: Sendable {
        var limits: HTTPLimits
        var responder: any HTTPResponder
        var logger: Logger
        var accessLog: (@Sendable (HTTPAccessRecord) -> Void)?
        let draining = DrainFlag()
    }

    struct State {
        var loops: [NIOLoopBound<LoopState>] = []
        var acceptor: Acceptor?
        var isStopping = false
        /// Ends when the listeners are closed.
        var accepting: Task<Void, Never>?
    }

    let group: any EventLoopGroup
    let settings: Settings
    let census = ConnectionCensus()
    let state = Mutex(State())
    private let counters: [ObjectIdentifier: HTTPCounters]

    /// - Parameters:
    ///   - accessLog: called on an event loop for each answered request; must return soon.
    public init(
        group: any EventLoopGroup, limits: HTTPLimits = HTTPLimits(), responder: any HTTPResponder, logger: Logger,
        accessLog: (@Sendable (HTTPAccessRecord) -> Void)? = nil
    ) {
        self.group = group
        settings = Settings(limits: limits, responder: responder, logger: logger, accessLog: accessLog)
        var counters: [ObjectIdentifier: HTTPCounters] = [:]
        for loop in group.makeIterator() { counters[ObjectIdentifier(loop)] = HTTPCounters() }
        self.counters = counters
    }

    func counters(of loop: any EventLoop) -> HTTPCounters { counters[ObjectIdentifier(loop)] ?? HTTPCounters() }

    // MARK: Figures

    /// Accepted and not closed, whatever they do.
    public var openConnections: Int { census.open }

    /// Head read, answer not finished.
    public var requestsInFlight: Int {
        counters.values.reduce(0) { $0 + $1.requestsInFlight.value }
    }

    public var figures: HTTPFigures {
        var figures = HTTPFigures()
        for counters in counters.values { counters.add(to: &figures) }
        figures.connections = census.open
        figures.connectionsAccepted = census.accepted
        figures.connectionsRefused = census.refused
        return figures
    }
}
