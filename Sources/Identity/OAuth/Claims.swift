import Contracts

/// What a provider says about somebody: an ID token's payload, the answer of its userinfo endpoint, or both.
struct Claims: Sendable, Equatable {
    /// Of more roles or groups, or longer names, the rest is passed over.
    static let listLimit = 1000
    static let nameLimit = 255

    private(set) var members: [String: JSONValue]

    init(_ members: [String: JSONValue] = [:]) { self.members = members }

    /// Nil for what is no object.
    init?(_ document: JSONValue) {
        guard case .object(let members) = document else { return nil }
        self.members = members
    }

    /// The claim of this name. A dotted name (`realm_access.roles`) descends; where that leads nowhere it is the name of
    /// one claim, as in `https://example.org/roles`.
    subscript(name: String) -> JSONValue? {
        guard !name.isEmpty else { return nil }
        if let found = JSONValue.object(members).value(at: name), found != .null { return found }
        return members[name].flatMap { $0 == .null ? nil : $0 }
    }

    /// A text, or a whole number as one; nil for what is empty or something else.
    func text(_ name: String) -> String? {
        switch self[name] {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// A list of texts, or one text that is split at the separator; empty for something else.
    func list(_ name: String, separator: String) -> [String] {
        let texts: [String] =
            switch self[name] {
            case .array(let elements):
                elements.prefix(Self.listLimit).compactMap { element in
                    if case .integer(let number) = element { String(number) } else { element.text }
                }
            case .string(let text) where !separator.isEmpty:
                text.split(separator: separator).prefix(Self.listLimit).map(Self.trimmed)
            case .string(let text): [text]
            case .integer(let number): [String(number)]
            default: []
            }
        return texts.filter { !$0.isEmpty && $0.utf8.count <= Self.nameLimit && !$0.utf8.contains(0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// True or false, also as text: some providers write `"true"`.
    func flag(_ name: String) -> Bool? {
        switch self[name] {
        case .bool(let flag): flag
        case .string(let text): text.lowercased() == "true" ? true : text.lowercased() == "false" ? false : nil
        default: nil
        }
    }

    /// With those of another source where this one says nothing.
    func completed(by other: Claims) -> Claims {
        Claims(members.merging(other.members) { mine, _ in mine })
    }
}
