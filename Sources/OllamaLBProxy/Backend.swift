import Contracts
import Egress
import FoundationEssentials
import Reactor

/// One Ollama server: what is known of it, and what is under way on it.
@ReactorActor
final class Backend {
    /// Place in OLLAMA_BASE_URLS.
    var index: Int
    let url: String
    var breaker = Breaker()
    /// The last look at it succeeded (or none was taken yet and it may be tried).
    private(set) var isHealthy = false
    private(set) var lastError = "not looked at yet"
    /// Requests under way. Grows and shrinks only in `Attempt`, which counts each once.
    var active = 0
    var requests: UInt64 = 0
    var errors: UInt64 = 0
    private(set) var models: [String: JSONValue] = [:]
    /// Models in memory, and until when (Unix seconds; 0: not said).
    private(set) var loaded: [String: Int64] = [:]
    private(set) var version = ""
    private var firstByte: [String: MovingAverage] = [:]
    private var firstByteOverall = MovingAverage()
    private var speed = MovingAverage()

    init(index: Int, url: String) {
        self.index = index
        self.url = url
    }

    func has(_ model: String) -> Bool { models[ModelName.normalised(model)] != nil }
    func isWarm(_ model: String) -> Bool { loaded[ModelName.normalised(model)] != nil }
    func firstByteMilliseconds(_ model: String) -> Double? { firstByte[model]?.value }

    // MARK: What was learnt

    /// Longer names are not taken: no registry has them, and they travel in every beat.
    static let longestName = 512

    /// As many as fit into 32 KiB: the message goes to the supervisor every second, in one frame with others.
    private static func bounded(_ names: [String]) -> [String] {
        var left = 32_768
        return Array(
            names.prefix { name in
                left -= name.utf8.count + 4
                return left >= 0
            })
    }

    func sawTags(_ found: [String: JSONValue]) {
        let found = found.filter { $0.key.utf8.count <= Self.longestName }
        models = found
        // Averages of models that are gone must not pile up.
        firstByte = firstByte.filter { found[ModelName.normalised($0.key)] != nil }
        isHealthy = true
        lastError = ""
    }

    /// `models`: as /api/ps lists them.
    func sawLoaded(_ models: [JSONValue]) {
        loaded = [:]
        for model in models {
            guard let name = (model["name"] ?? model["model"])?.text, name.utf8.count <= Self.longestName else {
                continue
            }
            let until = model["expires_at"]?.text.flatMap(Self.unixSeconds)
            loaded[ModelName.normalised(name)] = until ?? 0
        }
    }

    /// RFC 3339, with or without a fraction (Ollama writes nine digits).
    private static func unixSeconds(_ text: String) -> Int64? {
        let zone = text.lastIndex { $0 == "Z" || $0 == "+" || $0 == "-" } ?? text.endIndex
        let fraction = text.firstIndex(of: ".") ?? zone
        let plain = text[..<min(fraction, zone)] + text[zone...]
        return (try? Date(String(plain), strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }

    func sawVersion(_ text: String) { version = text }

    func isUnreachable(_ why: String) {
        isHealthy = false
        lastError = why
    }

    func record(model: String, firstByteMilliseconds: Double) {
        if firstByte.count < 1024 || firstByte[model] != nil {
            firstByte[model, default: MovingAverage()].add(firstByteMilliseconds)
        }
        firstByteOverall.add(firstByteMilliseconds)
        // It answers for this model, so it is loaded: the next look at /api/ps may say otherwise.
        let name = ModelName.normalised(model)
        if !model.isEmpty, loaded[name] == nil { loaded[name] = 0 }
    }

    func record(tokensPerSecond: Double) { if tokensPerSecond > 0 { speed.add(tokensPerSecond) } }

    var message: OllamaBackend {
        var message = OllamaBackend()
        message.index = UInt32(index)
        message.url = url
        message.healthy = isHealthy
        message.breaker = breaker.name
        message.active = UInt32(clamping: active)
        message.avgTtfbMs = firstByteOverall.value ?? 0
        message.avgTokensPerSecond = speed.value ?? 0
        message.models = Self.bounded(models.keys.sorted())
        message.loadedModels = Self.bounded(loaded.keys.sorted())
        message.requests = requests
        message.errors = errors
        message.version = version
        return message
    }
}
