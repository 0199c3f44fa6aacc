import Crypto

/// How many attempts are allowed: `limit` in the current bucket and the `buckets` before it.
public struct SignInRule: Sendable {
    public var limit = 15
    public var bucketSeconds = 60
    public var buckets = 3

    public init() {}
}

extension SharedState {
    /// Counts one attempt to sign in, for all hosts together, as Open WebUI bounds them; one that is refused does not
    /// count. The buckets go by Redis' clock.
    /// - Returns: whether it may go on; nil if Redis does not say.
    public func allowSignIn(email: String, rule: SignInRule = SignInRule()) async -> Bool? {
        let digest = SHA256.hash(data: Array(email.lowercased().utf8))
        let name = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let numbers = [rule.limit, rule.bucketSeconds, rule.buckets].map { Array(String($0).utf8) }
        do throws(RedisError) {
            switch try await client.evaluate(Self.counting, key: "\(prefix):martlet:signin:\(name)", numbers) {
            case .integer(let allowed): return allowed == 1
            default: return nil
            }
        } catch {
            return nil
        }
    }

    /// A hash with a field for each bucket. The key vanishes when its last count weighs nothing any more.
    private static let counting = """
        local limit, seconds, buckets = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local bucket = math.floor(tonumber(redis.call('TIME')[1]) / seconds)
        local counts = redis.call('HGETALL', KEYS[1])
        local sum = 0
        for index = 1, #counts, 2 do
            if tonumber(counts[index]) < bucket - buckets then
                redis.call('HDEL', KEYS[1], counts[index])
            else
                sum = sum + tonumber(counts[index + 1])
            end
        end
        if sum >= limit then return 0 end
        redis.call('HINCRBY', KEYS[1], string.format('%d', bucket), 1)
        redis.call('EXPIRE', KEYS[1], seconds * (buckets + 1))
        return 1
        """
}
