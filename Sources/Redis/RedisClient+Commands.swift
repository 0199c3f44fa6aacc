/// The commands that Martlet uses. Keys and values may hold any bytes; a `String` is sent as UTF-8.
extension RedisClient {
    /// When SET shall store.
    public enum Condition: String, Sendable {
        case ifAbsent = "NX"
        case ifPresent = "XX"
    }

    /// - Returns: nil if there is no such key.
    public func get(_ key: String) async throws(RedisError) -> [UInt8]? {
        switch try await call(RedisCommand("GET", key)) {
        case .string(let bytes): return bytes
        case .nothing: return nil
        default: throw .unexpected
        }
    }

    /// - Parameter expiry: when the key shall vanish, from now on; a millisecond at least. Nil: never.
    /// - Returns: whether it was stored.
    @discardableResult
    public func set(
        _ key: String, _ value: [UInt8], expiry: Duration? = nil, _ condition: Condition? = nil
    ) async throws(RedisError) -> Bool {
        var arguments = [Array(key.utf8), value]
        if let expiry { arguments += [Array("PX".utf8), Self.milliseconds(expiry)] }
        if let condition { arguments.append(Array(condition.rawValue.utf8)) }
        return try await call(RedisCommand("SET", arguments)) != .nothing
    }

    /// - Returns: how many of them there were.
    @discardableResult
    public func delete(_ keys: [String]) async throws(RedisError) -> Int {
        guard !keys.isEmpty else { return 0 }
        return try await integer(RedisCommand("DEL", keys.map { Array($0.utf8) }))
    }

    /// Adds one to a counter, which vanishes `expiry` after its first count; both at once.
    /// - Returns: the count.
    public func increment(_ key: String, expiry: Duration) async throws(RedisError) -> Int {
        try await integer(Self.script(Self.counting, key: key, [Self.milliseconds(expiry)]))
    }

    /// - Returns: how many connections listen to the channel.
    @discardableResult
    public func publish(_ channel: String, _ message: [UInt8]) async throws(RedisError) -> Int {
        try await integer(RedisCommand("PUBLISH", [Array(channel.utf8), message]))
    }

    /// Runs a script (EVAL) on one key, whole or not at all.
    public func evaluate(_ script: String, key: String, _ arguments: [[UInt8]]) async throws(RedisError) -> RedisReply {
        try await call(Self.script(script, key: key, arguments))
    }

    private static let counting = """
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
        return count
        """

    private static func script(_ text: String, key: String, _ arguments: [[UInt8]]) -> RedisCommand {
        RedisCommand("EVAL", [Array(text.utf8), Array("1".utf8), Array(key.utf8)] + arguments)
    }

    private static func milliseconds(_ duration: Duration) -> [UInt8] {
        Array(String(max(1, duration.milliseconds)).utf8)
    }

    private func integer(_ command: RedisCommand) async throws(RedisError) -> Int {
        guard case .integer(let value) = try await call(command) else { throw .unexpected }
        return Int(value)
    }
}
