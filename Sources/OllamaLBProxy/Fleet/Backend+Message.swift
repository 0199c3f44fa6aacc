import Contracts
import Reactor

/// What is told of a backend: in beats, in `ollama.backends` and in `ollama.stats`.
extension Backend {
    /// As many as fit into 32 KiB: the message goes to the supervisor every second, in one frame with others.
    private static func bounded(_ names: [String]) -> [String] {
        var left = 32_768
        return Array(
            names.prefix { name in
                left -= name.utf8.count + 4
                return left >= 0
            })
    }

    /// - Parameters:
    ///   - limit: OLLAMA_MAX_IN_FLIGHT.
    ///   - slowStart: OLLAMA_SLOW_START.
    func message(limit: Int, slowStart time: Duration, queued: Int) -> OllamaBackend {
        var message = OllamaBackend()
        message.index = UInt32(index)
        message.url = url
        message.healthy = isHealthy
        message.enabled = options.isEnabled
        message.breaker = breaker.name
        message.active = UInt32(clamping: active)
        message.queued = UInt32(clamping: queued)
        message.limit = UInt32(clamping: options.maxInFlight > 0 ? options.maxInFlight : limit)
        message.weight = options.weight
        message.slowStart = slowStart(over: time)
        message.avgTtfbMs = firstByte.value ?? 0
        message.avgTokensPerSecond = speed.value ?? 0
        message.models = Self.bounded(models.keys.sorted())
        message.loadedModels = Self.bounded(loaded.keys.sorted())
        message.requests = requests
        message.errors = errors
        message.coldStarts = coldStarts
        message.version = version
        message.lastError = String(lastError.prefix(512))
        message.ejected = measured.values.contains { $0.ejection.isEjected }
        message.digestMismatches = UInt32(clamping: mismatches)
        return message
    }

    private func slowStart(over time: Duration) -> Double { slowStart.share(now: .now, over: time) }

    /// Each model that it has or was asked for, by the backend's own name.
    var modelStats: [OllamaModelStats] {
        Set(models.keys).union(measured.keys).subtracting([Self.untracked]).sorted().map { name in
            var stats = OllamaModelStats()
            stats.name = name
            if let model = models[name] { stats.add(installed: model) }
            if let model = loaded[name] { stats.add(loaded: model) }
            if let record = measured[name] { stats.add(record) }
            return stats
        }
    }
}

extension OllamaModelStats {
    fileprivate mutating func add(installed model: JSONValue) {
        installed = true
        digest = model["digest"]?.text ?? ""
        size = Self.number(model["size"])
        family = model["details"]?["family"]?.text ?? ""
        parameterSize = model["details"]?["parameter_size"]?.text ?? ""
        quantizationLevel = model["details"]?["quantization_level"]?.text ?? ""
    }

    fileprivate mutating func add(loaded model: JSONValue) {
        loaded = true
        // On unified memory size_vram is 0.
        let inMemory = Self.number(model["size_vram"])
        sizeVram = inMemory > 0 ? inMemory : Self.number(model["size"])
        expiresAt = model["expires_at"]?.text ?? ""
    }

    @ReactorActor
    fileprivate mutating func add(_ record: ModelRecord) {
        active = UInt32(clamping: record.inFlight.count)
        avgTtfbMs = record.firstByte.value ?? 0
        avgTokensPerSecond = record.speed.value ?? 0
        requests = record.requests
        errors = record.errors
        coldStarts = record.coldStarts
        promptTokens = record.promptTokens
        completionTokens = record.completionTokens
        limit = UInt32(clamping: record.slots.limit)
    }

    private static func number(_ value: JSONValue?) -> UInt64 {
        guard let number = value?.double, number >= 0, number < 1e18 else { return 0 }
        return UInt64(number)
    }
}
