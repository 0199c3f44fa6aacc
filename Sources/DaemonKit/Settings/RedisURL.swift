/// Where Redis is: the value of `REDIS_URL`, in the forms that redis-py, and so Open WebUI, takes:
///
///     redis://[user[:password]@]host[:port][/database]
///     unix://[user[:password]@]/path[?db=number]
///
/// `db`, `username` and `password` may also be given in the query. Neither the description nor an error holds a part of
/// the user name or the password.
public struct RedisURL: Sendable, Equatable {
    public enum Address: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    /// Why a text is no such URL.
    public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    public private(set) var address: Address
    public private(set) var user: String?
    /// Nil: none is sent.
    public private(set) var password: String?
    public private(set) var database = 0

    public static let defaultPort = 6379

    public init(_ text: String) throws(Invalid) {
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw Invalid("a Redis URL has no spaces and no control characters, and at most 4096 bytes")
        }
        guard let mark = text.firstRange(of: "://") else { throw Self.form }
        // What follows # would be left out silently: it is a part of a password, most likely.
        guard !text.contains("#") else { throw Invalid("# must be written as %23 in a Redis URL") }
        let parts = text[mark.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = parts[0].prefix { $0 != "/" }
        let path = parts[0].dropFirst(authority.count)
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        switch text[..<mark.lowerBound].lowercased() {
        case "redis": (address, database) = (try Self.tcp(place), try Self.database(path.dropFirst()))
        case "unix": address = try Self.unix(host: place, path: path)
        case "rediss": throw Invalid("rediss:// is not possible: the Redis client library, hiredis 0.14, has no TLS")
        default: throw Self.form
        }
        if let at { identify(authority[..<at]) }
        if parts.count > 1 { try read(query: parts[1]) }
        // As redis-py does it: a user without a password has an empty one.
        if user != nil, password == nil { password = "" }
    }

    private static let form = Invalid(
        "a Redis URL reads redis://user:password@host:port/database or unix:///path?db=number")

    private static func tcp(_ place: Substring) throws(Invalid) -> Address {
        var host = place.prefix { $0 != ":" }
        var rest = place.dropFirst(host.count)
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]"), place[..<end].contains(":") else { throw form }
            host = place[place.index(after: place.startIndex)..<end]
            rest = place[place.index(after: end)...]
        }
        let name = host.isEmpty ? "localhost" : String(host)
        guard !rest.isEmpty else { return .tcp(host: name, port: defaultPort) }
        guard rest.first == ":", let port = number(rest.dropFirst()), (1...65535).contains(port) else {
            throw Invalid("the port in a Redis URL is a number from 1 to 65535")
        }
        return .tcp(host: name, port: port)
    }

    private static func unix(host: Substring, path: Substring) throws(Invalid) -> Address {
        let path = decoded(path)
        guard host.isEmpty, path.utf8.count > 1, !path.utf8.contains(0) else { throw form }
        guard path.utf8.count <= 107 else { throw Invalid("the path of a Unix socket has at most 107 bytes") }
        return .unix(path: path)
    }

    private static func database(_ text: Substring) throws(Invalid) -> Int {
        guard !text.isEmpty else { return 0 }
        guard let database = number(text) else { throw Invalid("the database in a Redis URL is a number from 0 on") }
        return database
    }

    private mutating func identify(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if !parts[0].isEmpty { user = Self.decoded(parts[0]) }
        if parts.count > 1, !parts[1].isEmpty { password = Self.decoded(parts[1]) }
    }

    private mutating func read(query: Substring) throws(Invalid) {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1] : ""
            switch parts[0] {
            case "db": database = try Self.database(value)
            case "username": user = Self.decoded(value)
            case "password": password = Self.decoded(value)
            default: throw Invalid("the query of a Redis URL may hold db, username and password")
            }
        }
    }

    /// Digits only; nine at most.
    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// Percent-decoded; a percent sign that does not begin a code stays.
    private static func decoded(_ text: Substring) -> String {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count, let high = digit(source[index + 1]),
                let low = digit(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init)
    }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible {
    /// For messages: `redis.example:6379, database 2`.
    public var description: String {
        let place =
            switch address {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): path
            }
        return database == 0 ? place : "\(place), database \(database)"
    }

    public var debugDescription: String { description }
}
