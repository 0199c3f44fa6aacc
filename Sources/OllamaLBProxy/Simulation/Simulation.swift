import DaemonKit

/// Replays a load against virtual servers in virtual time, with the balancer's own values: `Balancer`, `FairQueue`,
/// `SlotLimit`, `Ejection`, `Breaker`, `DrainRate`.
public struct Simulation: Sendable {
    public struct Options: Sendable {
        public var queueLimit = 2048
        public var queueSeconds = 120.0
        /// 0: learnt.
        public var maxInFlight = 0
        public var ejectBelow = 0.3
        public init() {}
    }

    struct Key: Hashable, Sendable {
        var model: String
        var tried: Set<Int>
    }

    let load: SimulatedLoad
    let options: Options
    var servers: [VirtualBackend]
    var balancer: Balancer
    var queue: FairQueue<Key>
    var rate = DrainRate()
    var events = EventQueue()
    var outcomes: [Outcome]
    var tried: [Set<Int>]
    let epoch = ContinuousClock.now

    /// What became of a request; seconds.
    struct Outcome: Sendable {
        var waited = 0.0
        var firstToken: Double?
        var attempts = 0
        var error: String?
        var server: Int?
    }

    enum Event: Sendable {
        case arrives(Int)
        /// An answer's first token, or its end, if that attempt is still the one under way.
        case firstToken(request: Int, server: Int, attempt: Int)
        case ends(request: Int, server: Int, attempt: Int)
        case expires(Int)
        case goesDown(Int)
        case comesBack(Int)
    }

    private init(_ load: SimulatedLoad, _ fleet: [SimulatedServer], _ strategy: Balancer.Strategy, _ options: Options) {
        self.load = load
        self.options = options
        servers = fleet.map { VirtualBackend($0) }
        balancer = Balancer(strategy: strategy)
        queue = FairQueue(limit: options.queueLimit)
        outcomes = load.requests.map { _ in Outcome() }
        tried = load.requests.map { _ in [] }
    }

    /// One run for each strategy.
    public static func compare(
        _ load: SimulatedLoad, _ fleet: [SimulatedServer], options: Options = Options()
    ) -> [SimulationReport] {
        Balancer.Strategy.allCases.map { strategy in
            var simulation = Simulation(load, fleet, strategy, options)
            simulation.run()
            return SimulationReport(simulation, strategy)
        }
    }

    func instant(_ time: Double) -> ContinuousClock.Instant { epoch + .seconds(time) }

    private mutating func run() {
        for (index, request) in load.requests.enumerated() { events.add(.arrives(index), at: request.at) }
        for (index, server) in servers.enumerated() {
            guard let down = server.server.down else { continue }
            events.add(.goesDown(index), at: down.lowerBound)
            events.add(.comesBack(index), at: down.upperBound)
        }
        while let (time, event) = events.next() { handle(event, at: time) }
    }

    private mutating func handle(_ event: Event, at time: Double) {
        switch event {
        case .arrives(let request): admit(request, at: time, isReturning: false)
        case .firstToken(let request, let server, let attempt):
            guard outcomes[request].attempts == attempt, outcomes[request].server == server else { return }
            outcomes[request].firstToken = time - load.requests[request].at
            servers[server].answerBegan(load.requests[request].model)
        case .ends(let request, let server, let attempt):
            guard outcomes[request].attempts == attempt, outcomes[request].server == server else { return }
            ended(request, server, at: time)
        case .expires(let request):
            guard queue.remove(UInt64(request)) != nil else { return }
            outcomes[request].waited = time - load.requests[request].at
            outcomes[request].error = "no turn in time"
        case .goesDown(let server): lost(server, at: time)
        case .comesBack(let server):
            // As a look at it finds out.
            servers[server].isHealthy = true
            servers[server].breaker.cameBack()
            pump(at: time)
        }
    }

    // MARK: In

    private mutating func admit(_ request: Int, at time: Double, isReturning: Bool) {
        let key = Key(model: load.requests[request].model, tried: tried[request])
        let eligible = eligible(key, at: time)
        guard !eligible.isEmpty else {
            outcomes[request].error = "no server"
            return
        }
        let roomy = eligible.filter { servers[$0].hasRoom(key.model, options.maxInFlight) }
        guard !roomy.isEmpty else { return enqueue(request, key, at: time, isReturning) }
        begin(request, on: pick(roomy, key.model, at: time), at: time)
    }

    private mutating func enqueue(_ request: Int, _ key: Key, at time: Double, _ isReturning: Bool) {
        let asked = load.requests[request]
        let entry = FairQueue<Key>.Entry(
            id: UInt64(request), user: asked.user, priority: asked.priority, key: key, since: instant(time))
        switch queue.enqueue(entry, isReturning: isReturning) {
        case .waiting: events.add(.expires(request), at: time + options.queueSeconds)
        case .full: outcomes[request].error = "queue full"
        case .displaced(let victim, _):
            events.add(.expires(request), at: time + options.queueSeconds)
            outcomes[Int(victim.id)].error = "queue full"
        }
    }

    private mutating func eligible(_ key: Key, at time: Double) -> [Int] {
        let now = instant(time)
        for index in servers.indices { _ = servers[index].breaker.admits(now: now) }
        return Self.eligible(servers, key, at: now)
    }

    private static func eligible(
        _ servers: [VirtualBackend], _ key: Key, at now: ContinuousClock.Instant
    ) -> [Int] {
        servers.indices.filter { index in
            var breaker = servers[index].breaker
            return servers[index].isHealthy && !key.tried.contains(index) && breaker.admits(now: now)
        }
    }

    private mutating func pick(_ roomy: [Int], _ model: String, at time: Double) -> Int {
        let now = instant(time)
        let swift = roomy.filter { servers[$0].record(model).ejection.admits(now: now) }
        if let trial = swift.first(where: { servers[$0].record(model).ejection.isEjected && servers[$0].active == 0 }) {
            return trial
        }
        let pool = swift.isEmpty ? roomy : swift
        let choice = balancer.choose(pool.map { servers[$0].candidate($0, model) })
        return choice?.index ?? pool[0]
    }

    mutating func pump(at time: Double) {
        let limit = options.maxInFlight
        while !queue.isEmpty {
            let servers = servers
            let now = instant(time)
            let next = queue.next { key in
                let eligible = Self.eligible(servers, key, at: now)
                return eligible.isEmpty || eligible.contains { servers[$0].hasRoom(key.model, limit) }
            }
            guard let next else { return }
            admit(Int(next.id), at: time, isReturning: true)
        }
    }

    // MARK: On a server

    private mutating func begin(_ request: Int, on server: Int, at time: Double) {
        let asked = load.requests[request]
        if outcomes[request].attempts == 0 { outcomes[request].waited = time - asked.at }
        outcomes[request].attempts += 1
        outcomes[request].server = server
        tried[request].insert(server)
        servers[server].begin(request, asked.model, at: time, now: instant(time))
        serve(server, at: time)
    }

    /// Gives free slots to what waits inside the server.
    private mutating func serve(_ server: Int, at time: Double) {
        while let request = servers[server].takeSlot(load) {
            let asked = load.requests[request]
            let attempt = outcomes[request].attempts
            let began = servers[server].work(request, asked, at: time)
            events.add(.firstToken(request: request, server: server, attempt: attempt), at: began.firstToken)
            events.add(.ends(request: request, server: server, attempt: attempt), at: began.end)
        }
    }

    private mutating func ended(_ request: Int, _ server: Int, at time: Double) {
        let asked = load.requests[request]
        let others = servers.indices.filter { $0 != server }.compactMap { servers[$0].knownSpeed(asked.model) }
        servers[server].end(
            request, asked, at: time, now: instant(time), median: Ejection.median(others), share: options.ejectBelow)
        if !queue.isEmpty { rate.released(at: instant(time)) }
        serve(server, at: time)
        pump(at: time)
    }

    /// The server dies: what had no token yet is tried elsewhere, the rest breaks.
    private mutating func lost(_ server: Int, at time: Double) {
        for request in servers[server].crash(at: instant(time)) {
            if outcomes[request].firstToken == nil {
                outcomes[request].server = nil
                admit(request, at: time, isReturning: true)
            } else {
                outcomes[request].error = "stream broken"
            }
        }
        pump(at: time)
    }
}
