/// Why a call on Redis failed. Safe to print: neither the password nor data is in it.
public enum RedisError: Error, Sendable, Equatable {
    /// hiredis cannot be loaded; why.
    case noLibrary(String)
    /// Redis cannot be reached, does not answer in time, or does not let us in; why. A command that was on its way may
    /// have been carried out.
    case unavailable(String)
    /// Too many calls are waiting for Redis.
    case overloaded
    /// A command or an answer is longer than the limit.
    case tooLarge
    /// Redis' own answer to a command, such as "WRONGTYPE Operation against a key …".
    case refused(String)
    /// An answer of another kind than the command has.
    case unexpected
    case stopped
}

extension RedisError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noLibrary(let why):
            "Redis' client library cannot be loaded: \(why). Install it (Debian: apt install libhiredis0.14), "
                + "or unset REDIS_URL."
        case .unavailable(let why): why
        case .overloaded: "too many calls are waiting for Redis"
        case .tooLarge: "a command or an answer is too long"
        case .refused(let answer): answer
        case .unexpected: "an answer that does not fit the command"
        case .stopped: "the connection to Redis was stopped"
        }
    }
}
