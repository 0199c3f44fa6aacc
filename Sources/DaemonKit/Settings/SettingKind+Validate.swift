import Contracts
import FoundationEssentials

extension SettingKind {
    /// The value in its normal form; nil when it is not allowed.
    public func normalised(_ value: String) -> String? {
        if self == .verbatim { return value }
        let value = value.trimmingSpaces()
        switch self {
        case .text, .nullableText, .names, .verbatim: return value
        case .pattern: return (try? Regex(value)) == nil ? nil : value
        case .list, .listText: return value.isEmpty ? "[]" : Self.isArray(value) ? value : nil
        case .texts(let separator):
            let separator = String(separator)
            return value.parts(separatedBy: separator).joined(separator: separator)
        case .addresses:
            let parts = value.parts(separatedBy: ",")
            return parts.allSatisfy { $0 == "unix" || AddressBlock($0, unmapping: true) != nil }
                ? parts.joined(separator: ",") : nil
        case .boolean: return Self.boolean(value).map { $0 ? "true" : "false" }
        case .integer(let range): return Int(value).flatMap { range.contains($0) ? String($0) : nil }
        case .optionalInteger(let range): return value.isEmpty ? value : Self.integer(range).normalised(value)
        case .number(let range): return Self.number(value).flatMap { range.contains($0) ? "\($0)" : nil }
        case .duration(let range): return Duration(text: value).flatMap { range.contains($0) ? value : nil }
        case .choice(let choices):
            let lower = value.lowercased()
            return choices.contains(lower) ? lower : nil
        case .urls: return Self.urls(value)
        case .endpoints: return Self.endpoints(value)
        case .positionalTexts: return Self.positionalTexts(value)
        case .databaseURL:
            let scheme = value.prefix { $0 != ":" }.prefix { $0 != "+" }
            return value.isEmpty || ["postgres", "postgresql"].contains(scheme.lowercased()) ? value : nil
        case .redisURL: return value.isEmpty || (try? RedisURL(value)) != nil ? value : nil
        case .object: return value.isEmpty || Self.isObject(value) ? value : nil
        case .expiry:
            if value == "-1" || value == "0" { return value }
            return Duration(text: value) == nil ? nil : value
        }
    }

    private static func isObject(_ text: String) -> Bool {
        (try? JSONValue(json: text.utf8))?.isObject == true
    }

    private static func isArray(_ text: String) -> Bool {
        (try? JSONValue(json: text.utf8))?.elements != nil
    }

    /// Decimal; no words such as nan.
    private static func number(_ text: String) -> Double? {
        text.allSatisfy { "0123456789+-.eE".contains($0) } ? Double(text) : nil
    }

    static func boolean(_ value: String) -> Bool? {
        switch value.lowercased() {
        case "true", "1", "yes", "on", "t", "y": true
        case "false", "0", "no", "off", "f", "n", "": false
        default: nil
        }
    }

    /// OpenAI's own address, which an empty element of a list stands for.
    private static let defaultEndpoint = "https://api.openai.com/v1"

    private static func endpoints(_ value: String) -> String? {
        if value.isEmpty { return value }
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map { part in
            let url = part.trimmingSpaces()
            return url.isEmpty ? defaultEndpoint : url
        }
        return urls(parts.joined(separator: ";"))
    }

    /// Texts with `;` between them, where that tells them apart; else a JSON array.
    private static func positionalTexts(_ value: String) -> String? {
        if let elements = (try? JSONValue(json: value.utf8))?.elements, !elements.allSatisfy({ $0.text != nil }) {
            return nil
        }
        let texts = positions(value).map { $0.trimmingSpaces() }
        let isPlain = !texts.isEmpty && !texts[0].hasPrefix("[") && texts.allSatisfy { !$0.contains(";") }
        return isPlain ? texts.joined(separator: ";") : JSONValue.array(texts.map(JSONValue.string)).encoded
    }

    private static func urls(_ value: String) -> String? {
        var urls: [String] = []
        for part in value.parts(separatedBy: ";") {
            var url = part
            while url.hasSuffix("/") { url.removeLast() }
            guard isHTTPAddress(url) else { return nil }
            urls.append(url)
        }
        return urls.joined(separator: ";")
    }

    /// `http(s)://host[:port][/path]` of printable ASCII.
    private static func isHTTPAddress(_ url: String) -> Bool {
        let lower = url.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix) else { return false }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return false }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let name = host.hasPrefix("[") ? bracketed(host) : host.prefix { $0 != ":" }
        guard !name.isEmpty else { return false }
        let rest = host.dropFirst(name.count)
        return rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst())
    }

    /// `[…]` at the start, with an IPv6 address in it; empty when it is anything else.
    private static func bracketed(_ host: Substring) -> Substring {
        guard let end = host.firstIndex(of: "]"), host[..<end].contains(":") else { return "" }
        return host[...end]
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.allSatisfy(\.isNumber), let port = Int(text) else { return false }
        return (1...65535).contains(port)
    }
}
