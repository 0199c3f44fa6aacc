import CHiredis

/// hiredis, loaded by the first who needs it.
enum RedisLibrary {
    private static let failure: String? = martlet_redis_load().map { String(cString: $0) }

    /// - Throws: `RedisError.noLibrary` if there is no usable hiredis on this host.
    static func load() throws(RedisError) {
        if let failure { throw .noLibrary(failure) }
    }
}
