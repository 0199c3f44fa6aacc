import Contracts

/// One request, as the daemon's call brings it.
struct SCIMRequest: Sendable {
    var verb: String
    /// Below the base address, decoded: `["Users", "42"]`.
    var path: [String]
    var query: [String: String]
    /// By their names in lower case.
    var headers: [String: String]
    var body: [UInt8]
    /// Of all addresses in answers, without a slash at its end.
    var base: String
    /// Where it comes from and whose credential it has, for the audit.
    var source: String
    var caller: String
    var requestID: String

    /// - Throws: 400 for a path that is none.
    init(_ message: ScimExchange, body: [UInt8], requestID: String) throws(SCIMError) {
        verb = message.verb.uppercased()
        let parts = message.path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, message.path.hasPrefix("/") else {
            throw .invalid(.invalidPath, "The path does not begin with a slash.")
        }
        self.path = []
        for part in path.split(separator: "/") {
            guard let text = PercentEncoding.decoded(part, plusIsSpace: false), !text.utf8.contains(0) else {
                throw .invalid(.invalidPath, "The path is not UTF-8.")
            }
            self.path.append(text)
        }
        query = try Self.query(parts.count > 1 ? parts[1] : "")
        headers = Dictionary(message.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + "," + $1 }
        self.body = body
        base = message.baseURL
        source = message.source
        caller = message.caller
        self.requestID = requestID
    }

    private static func query(_ text: Substring) throws(SCIMError) -> [String: String] {
        var result: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(halves[0], plusIsSpace: true),
                let value = PercentEncoding.decoded(halves.count > 1 ? halves[1] : "", plusIsSpace: true)
            else { throw .invalid(.invalidValue, "The query is not UTF-8.") }
            if result[name] == nil { result[name] = value }
        }
        return result
    }

    /// - Throws: 400 `invalidSyntax`, 415.
    func json() throws(SCIMError) -> JSONValue {
        if let type = headers["content-type"]?.prefix(while: { $0 != ";" }).lowercased() {
            let name = type.filter { $0 != " " }
            guard name == "application/scim+json" || name == "application/json" else {
                throw SCIMError(415, nil, "The body must be application/scim+json.")
            }
        }
        do throws(JSONReader.Malformed) {
            return try JSONReader.read(body)
        } catch {
            throw .invalid(.invalidSyntax, "The body is no JSON: \(error.reason) at \(error.position).")
        }
    }
}

/// `%41` and `+` in paths and queries (RFC 3986, section 2.1).
enum PercentEncoding {
    /// nil: not UTF-8.
    static func decoded(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let byte = UInt8(String(decoding: source[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(plusIsSpace && source[index] == UInt8(ascii: "+") ? 0x20 : source[index])
                index += 1
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// What stands in an address as it is; everything else is encoded.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e, 0x3a:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
        return result
    }
}

/// An answer.
struct SCIMResponse: Sendable {
    var status: Int
    var body: JSONValue?
    var headers: [(String, String)] = []
    /// Accounts that another process may remember otherwise.
    var changedUsers: Set<String> = []

    init(_ status: Int, _ body: JSONValue?) {
        self.status = status
        self.body = body
    }

    init(_ error: SCIMError) { self.init(error.status, error.json) }
}
