import CCurl
import Reactor

/// Outbound HTTP/1.1 over one libcurl multi handle, turned by the reactor: no thread of its own, but for libcurl's
/// name lookups, and no call that blocks.
///
/// All that callers ask for (start, resume, cancel in a callback) is done when libcurl is not on the stack, because
/// libcurl may not be called from its own callbacks: at the end of the turn, or right after the callback's return.
@ReactorActor
public final class HTTPClient {
    public nonisolated let configuration: Configuration
    /// Exchanges that have not ended, those that wait for a connection included.
    public var activeExchanges: Int { active.count }
    /// Connections that this client has opened since it was made.
    public internal(set) var connectionsOpened = 0
    /// Connections that are open now, idle ones included.
    public internal(set) var openConnections = 0

    var multi: UnsafeMutableRawPointer?
    var active: [Exchange] = []
    var starting: [Exchange] = []
    var resuming: [Exchange] = []
    /// Cancelled in a callback of libcurl's.
    var discarded: [Exchange] = []
    var pool: [EasyHandle] = []
    /// Descriptors that the reactor watches for this client.
    var watched: Set<CInt> = []
    var libraryTimer: ReactorTimer?
    /// The turn in which libcurl was last driven at its end.
    var lastKick: UInt64 = 0
    var isKickWanted = false
    var isTurnEndAsked = false
    /// libcurl is on the stack and may call back.
    var isInside = false
    var isShuttingDown = false

    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        if let complaint = CurlLibrary.complaint {
            configuration.logger.critical("no outbound HTTP", metadata: ["cause": "\(complaint)"])
            return
        }
        guard let multi = martlet_curl_multi_init() else { return }
        self.multi = multi
        let this = Unmanaged.passUnretained(self).toOpaque()
        _ = martlet_curl_multi_set_socket(multi, curlSocket, this)
        _ = martlet_curl_multi_set_timer(multi, curlTimer, this)
        set(CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        set(CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maxConnectionsPerHost)
        set(CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maxConnections)
        set(CURLMOPT_MAXCONNECTS, configuration.maxCachedConnections)
    }

    isolated deinit { tearDown() }

    private func set(_ option: CURLMoption, _ value: Int) {
        if let multi { _ = martlet_curl_multi_set_long(multi, option, value) }
    }

    /// Starts a request. The receiver hears nothing before this has returned, and all of it from the loop; a request
    /// that is not allowed fails like any other. The exchange lives until its end, kept or not.
    @discardableResult
    public func start(_ request: Request, _ receiver: any ResponseReceiver) -> Exchange {
        let exchange = Exchange(request, receiver, self)
        exchange.index = active.count
        active.append(exchange)
        starting.append(exchange)
        needTurnEnd()
        return exchange
    }

    /// Fails every exchange with `shutdown`, closes every connection. Later starts fail likewise. Idempotent.
    public func shutdown() {
        isShuttingDown = true
        guard !isInside else { return needTurnEnd() }
        for exchange in active {
            finish(exchange, .failure(exchange.failure(.shutdown, "the client was shut down")))
        }
        tearDown()
    }

    private func tearDown() {
        libraryTimer?.cancel()
        libraryTimer = nil
        guard let multi else { return }
        self.multi = nil
        pool = []
        isInside = true
        martlet_curl_multi_cleanup(multi)
        isInside = false
        for descriptor in watched { Reactor.shared.unwatch(descriptor) }
        watched = []
    }
}
