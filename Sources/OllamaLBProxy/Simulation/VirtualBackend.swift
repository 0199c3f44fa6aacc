import DaemonKit

/// A simulated server with what the balancer knows of it.
struct VirtualBackend: Sendable {
    let server: SimulatedServer
    var isHealthy = true
    var breaker = Breaker()
    private var records: [String: Record] = [:]
    private var loaded: Set<String> = []
    private var passes: [Int: Breaker.Pass] = [:]
    private var running: [Int: Work] = [:]
    private var waiting: [Int] = []
    private(set) var served = 0

    struct Record: Sendable {
        var active = 0
        var begun = 0
        var slots = SlotLimit()
        var ejection = Ejection()
        var firstByte = MovingAverage()
        var speed = MovingAverage()
    }

    private struct Work: Sendable {
        var arrived: Double
        var inFlight: Int
        var began = 0.0
        var firstToken = 0.0
        var isCold = false
    }
    private var arrivals: [Int: Work] = [:]

    init(_ server: SimulatedServer) { self.server = server }

    var active: Int { running.count + waiting.count }
    func record(_ model: String) -> Record { records[model] ?? Record() }
    func knownSpeed(_ model: String) -> Double? {
        let record = record(model)
        return record.ejection.samples >= 3 && !record.ejection.isEjected ? record.speed.value : nil
    }

    func hasRoom(_ model: String, _ limit: Int) -> Bool {
        limit > 0 ? active < limit : record(model).active < record(model).slots.limit
    }

    func candidate(_ index: Int, _ model: String) -> Balancer.Candidate {
        Balancer.Candidate(
            index: index, active: active, isWarm: loaded.contains(model),
            firstByteMilliseconds: record(model).firstByte.value)
    }

    /// - Parameter time: when it reaches the server.
    mutating func begin(_ request: Int, _ model: String, at time: Double, now: ContinuousClock.Instant) {
        records[model, default: Record()].active += 1
        records[model]?.ejection.begins(now: now)
        passes[request] = breaker.begins()
        arrivals[request] = Work(arrived: time, inFlight: record(model).active)
        waiting.append(request)
    }

    /// The next that waits inside and has a slot of its model.
    mutating func takeSlot(_ load: SimulatedLoad) -> Int? {
        let model = { (request: Int) in load.requests[request].model }
        let index = waiting.firstIndex { request in
            running.keys.count { model($0) == model(request) } < server.slots
        }
        return index.map { waiting.remove(at: $0) }
    }

    /// It gets its slot: when its first token and its end come.
    mutating func work(
        _ request: Int, _ asked: SimulatedLoad.Request, at time: Double
    ) -> (firstToken: Double, end: Double) {
        var work = arrivals[request] ?? Work(arrived: time, inFlight: 1)
        work.began = time
        work.isCold = loaded.insert(asked.model).inserted
        work.firstToken = time + (work.isCold ? server.loadSeconds : 0) + server.promptSeconds(asked.promptTokens)
        running[request] = work
        return (work.firstToken, work.firstToken + server.answerSeconds(asked.tokens))
    }

    mutating func answerBegan(_ model: String) {
        records[model, default: Record()].begun += 1
        let begun = record(model).begun
        records[model]?.slots.began(running: begun)
    }

    mutating func end(
        _ request: Int, _ asked: SimulatedLoad.Request, at time: Double, now: ContinuousClock.Instant, median: Double?,
        share: Double
    ) {
        guard let work = running.removeValue(forKey: request), var record = records[asked.model] else { return }
        served += 1
        breaker.succeeded()
        passes[request] = nil
        arrivals[request] = nil
        record.active -= 1
        record.begun -= 1
        record.speed.add(server.tokensPerSecond)
        let came = work.arrived
        if !work.isCold || record.firstByte.samples == 0 { record.firstByte.add((work.firstToken - came) * 1000) }
        if !work.isCold {
            record.slots.ended(
                inFlight: work.inFlight, work: .seconds(time - work.began), waited: .seconds(work.began - came))
        }
        record.ejection.measured(
            server.tokensPerSecond, average: record.speed.value ?? 0, median: median, share: share, now: now)
        records[asked.model] = record
    }

    /// It dies with all that is under way there.
    mutating func crash(at now: ContinuousClock.Instant) -> [Int] {
        let lost = running.keys.sorted() + waiting
        for request in lost { breaker.failed(passes[request] ?? .none, now: now) }
        isHealthy = false
        running = [:]
        waiting = []
        passes = [:]
        arrivals = [:]
        loaded = []
        for model in records.keys {
            records[model]?.active = 0
            records[model]?.begun = 0
            records[model]?.ejection.abandoned(now: now)
        }
        return lost
    }
}
