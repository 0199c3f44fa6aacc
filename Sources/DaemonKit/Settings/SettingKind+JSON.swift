import Contracts

/// The form of a setting in the `config` table, which is Open WebUI's.
extension SettingKind {
    /// The text of a saved value, not validated; nil where it counts as not saved.
    public func text(saved value: JSONValue) -> String? {
        switch (self, value) {
        case (.nullableText, .null), (.optionalInteger, .null): return ""
        case (_, .null): return nil
        case (.urls, .array(let elements)), (.endpoints, .array(let elements)):
            return Self.joined(elements, ";") ?? value.encoded
        case (.texts(let separator), .array(let elements)):
            return Self.joined(elements, separator) ?? value.encoded
        case (_, .string(let text)): return text
        case (_, .bool(let flag)): return flag ? "true" : "false"
        case (_, .integer(let number)): return String(number)
        default: return value.encoded
        }
    }

    /// The value as it is saved.
    /// - Parameter text: in its normal form.
    public func json(_ text: String) -> JSONValue {
        switch self {
        case .boolean: .bool(text == "true")
        case .integer, .optionalInteger: Int64(text).map(JSONValue.integer) ?? .null
        case .number: Double(text).map(JSONValue.number) ?? .null
        case .nullableText: text.isEmpty ? .null : .string(text)
        case .urls: .array(text.split(separator: ";").map { .string(String($0)) })
        case .endpoints:
            .array(text.isEmpty ? [] : text.split(separator: ";").map { .string(String($0)) })
        case .positionalTexts: .array(Self.positions(text).map(JSONValue.string))
        case .texts(let separator): .array(text.split(separator: separator).map { .string(String($0)) })
        case .object: (try? JSONValue(json: text.utf8)) ?? .object([:])
        case .list: (try? JSONValue(json: text.utf8)) ?? .array([])
        case .names: Self.names(text)
        case .text, .verbatim, .duration, .choice, .expiry, .databaseURL, .redisURL, .pattern, .addresses, .listText:
            .string(text)
        }
    }

    /// Nil if one of them is no text.
    private static func joined(_ elements: [JSONValue], _ separator: Character) -> String? {
        let texts = elements.compactMap(\.text)
        return texts.count == elements.count ? texts.joined(separator: String(separator)) : nil
    }

    /// The texts of a list whose empty elements count.
    static func positions(_ text: String) -> [String] {
        if let list = try? JSONValue(json: text.utf8), let elements = list.elements {
            return elements.compactMap(\.text)
        }
        return text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
    }

    private static func names(_ text: String) -> JSONValue {
        if let list = try? JSONValue(json: text.utf8), list.elements != nil { return list }
        return .array(text.parts(separatedBy: ",").map(JSONValue.string))
    }
}
