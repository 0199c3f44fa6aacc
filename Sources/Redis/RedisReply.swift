import CHiredis

/// An answer of Redis (RESP2).
public enum RedisReply: Sendable, Equatable {
    case string([UInt8])
    case status(String)
    case integer(Int64)
    case nothing
    case array([RedisReply])
    /// "WRONGTYPE Operation against a key …": a code in capitals and a text.
    case error(String)

    /// The bytes of a string, as text if they are UTF-8.
    public var text: String? {
        switch self {
        case .string(let bytes): String(validating: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    /// The answer, or what Redis objects to.
    func checked() throws(RedisError) -> RedisReply {
        if case .error(let text) = self { throw .refused(text) }
        return self
    }
}

extension RedisReply {
    /// A copy of hiredis' reply, whose depth its reader has bounded.
    init(_ reply: UnsafePointer<redisReply>) {
        let value = reply.pointee
        switch value.type {
        case REDIS_REPLY_STRING: self = .string(Self.bytes(value))
        case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.bytes(value), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = .error(String(decoding: Self.bytes(value), as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = .integer(value.integer)
        case REDIS_REPLY_ARRAY:
            self = .array((0..<value.elements).map { value.element[$0].map { RedisReply($0) } ?? .nothing })
        default: self = .nothing
        }
    }

    private static func bytes(_ value: redisReply) -> [UInt8] {
        guard let start = value.str else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: value.len))
    }
}
