import Contracts
import Egress
import Reactor

/// One Ollama server: what is known of it, and what is under way on it.
@ReactorActor
final class Backend {
    /// Place in OLLAMA_BASE_URLS.
    var index: Int
    let url: String
    var options = BackendOptions()
    var breaker = Breaker()
    private(set) var slowStart = SlowStart()
    /// The last look at it succeeded (or none was taken yet and it may be tried).
    private(set) var isHealthy = false
    private var wasEverHealthy = false
    private(set) var lastError = "not looked at yet"
    /// Requests under way, and those of them that take a place (generation, embeddings).
    let inFlight = InFlight()
    let working = InFlight()
    var requests: UInt64 = 0
    var errors: UInt64 = 0
    private(set) var coldStarts: UInt64 = 0
    /// As /api/tags lists them, by the backend's own names.
    private(set) var models: [String: JSONValue] = [:]
    /// As /api/ps lists them: what is in memory.
    private(set) var loaded: [String: JSONValue] = [:]
    private(set) var version = ""
    private var records: [String: ModelRecord] = [:]
    private(set) var firstByte = MovingAverage()
    private(set) var wholeAnswer = MovingAverage()
    private(set) var speed = MovingAverage()
    /// Names under which another backend has another model.
    var mismatches = 0

    init(index: Int, url: String) {
        self.index = index
        self.url = url
    }

    var active: Int { inFlight.count }

    // MARK: Models, by the names that clients use

    func has(_ model: String) -> Bool {
        guard let name = options.local(model) else { return false }
        return models[ModelName.normalised(name)] != nil && options.admits(name)
    }

    func isWarm(_ model: String) -> Bool {
        options.local(model).map { loaded[ModelName.normalised($0)] != nil } ?? false
    }

    static let mostRecords = 1024
    static let untracked = ""

    /// What was measured of a model. Names beyond a bound share one record.
    func record(_ model: String) -> ModelRecord {
        let name = options.local(model).map(ModelName.normalised) ?? Self.untracked
        if let record = records[name] { return record }
        let key = records.count < Self.mostRecords ? name : Self.untracked
        if let record = records[key] { return record }
        let record = ModelRecord()
        records[key] = record
        return record
    }

    func known(_ model: String) -> ModelRecord? { options.local(model).flatMap { records[ModelName.normalised($0)] } }
    var measured: [String: ModelRecord] { records }

    // MARK: What was learnt

    /// Longer names are not taken: no registry has them, and they travel in every beat.
    static let longestName = 512

    func sawTags(_ found: [JSONValue]) {
        models = Self.byName(found)
        // What is measured of models that are gone must not pile up.
        records = records.filter { models[$0.key] != nil || $0.value.inFlight.count > 0 }
        isHealthy = true
        lastError = ""
    }

    func sawLoaded(_ found: [JSONValue]) { loaded = Self.byName(found) }

    private static func byName(_ found: [JSONValue]) -> [String: JSONValue] {
        let named = found.compactMap { model -> (String, JSONValue)? in
            guard let name = (model["name"] ?? model["model"])?.text, name.utf8.count <= longestName else { return nil }
            return (ModelName.normalised(name), model)
        }
        return Dictionary(named) { first, _ in first }
    }

    func sawVersion(_ text: String) { version = text }

    /// It says that it has no such model, whatever its list said.
    func lacks(_ model: String) {
        guard let name = options.local(model) else { return }
        models[ModelName.normalised(name)] = nil
    }

    func isUnreachable(_ why: String) {
        isHealthy = false
        lastError = why
        loaded = [:]
    }

    /// It answers again after it did not: its past says little, its share grows step by step.
    func cameBack(now: ContinuousClock.Instant) {
        defer { wasEverHealthy = true }
        guard wasEverHealthy else { return }
        breaker.cameBack()
        slowStart.begin(now: now)
    }

    func share(now: ContinuousClock.Instant, over time: Duration) -> Double {
        options.weight * slowStart.share(now: now, over: time)
    }

    func answered(_ account: AnswerAccount, _ record: ModelRecord, now: ContinuousClock.Instant) {
        record.answered(account, now: now)
        if account.isColdStart { coldStarts += 1 }
        firstByte.add(account.firstByteMilliseconds)
        wholeAnswer.add(account.totalMilliseconds)
        if account.tokensPerSecond > 0 {
            speed.add(account.tokensPerSecond)
            record.add(speed: account.tokensPerSecond)
        }
    }

    /// The breaker closed after it was open, or was never open.
    func succeeded(now: ContinuousClock.Instant) {
        if breaker.state != .closed { slowStart.begin(now: now) }
        breaker.succeeded()
    }
}
