extension SharedState {
    /// Marks a session as ended, under the key that Open WebUI has for it, so that one beside Martlet refuses it too.
    /// Only for sessions that expire by themselves: a mark for ever would never be removed.
    /// - Parameters:
    ///   - lifetime: until the token expires.
    /// - Throws: `RedisError`; the other hosts' Martlet learns of it from the database all the same.
    public func revoke(jti: String, lifetime: Duration) async throws(RedisError) {
        guard !jti.isEmpty, lifetime > .zero else { return }
        try await client.set(revocationKey(jti), Array("1".utf8), expiry: lifetime)
    }

    /// Whether the session was ended, here, on another host, or by an Open WebUI; nil if Redis does not say.
    public func isRevoked(jti: String) async -> Bool? {
        guard !jti.isEmpty else { return false }
        do throws(RedisError) {
            return try await client.get(revocationKey(jti)) != nil
        } catch {
            return nil
        }
    }

    private func revocationKey(_ jti: String) -> String { "\(prefix):auth:token:\(jti):revoked" }
}
