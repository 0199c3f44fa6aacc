import Contracts

/// Which attributes of a resource are answered (RFC 7644, section 3.9).
struct Projection: Sendable {
    private struct Selection: Sendable {
        var whole: Set<String> = []
        /// Sub-attributes by their attribute.
        var parts: [String: Set<String>] = [:]

        func mentions(_ name: String) -> Bool { whole.contains(name) || parts[name] != nil }
    }

    /// Of an extension's URN, or "" for everything else.
    private typealias Selections = [String: Selection]

    private let type: ResourceType
    private var included: Selections?
    private var excluded: Selections = [:]

    /// Names that the type does not know select nothing.
    init(attributes: [String]?, excludedAttributes: [String]?, _ type: ResourceType) {
        self.type = type
        if let attributes, !attributes.isEmpty { included = Self.selections(attributes, type) }
        if let excludedAttributes { excluded = Self.selections(excludedAttributes, type) }
    }

    /// Names separated by commas, as in a query.
    static func names(_ text: String?) -> [String]? {
        text.map { $0.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) } }
    }

    private static func selections(_ names: [String], _ type: ResourceType) -> Selections {
        var result: Selections = [:]
        for name in names.prefix(256) {
            switch AttributePath.target(name, in: type) {
            case .attribute(let path):
                if let sub = path.sub {
                    result[path.extension ?? "", default: .init()].parts[path.attribute.name, default: []]
                        .insert(sub.name)
                } else {
                    result[path.extension ?? "", default: .init()].whole.insert(path.attribute.name)
                }
            case .extension(let schema):
                result[schema.id, default: .init()].whole.formUnion(schema.attributes.map(\.name))
            case nil: continue
            }
        }
        return result
    }

    /// Whether an attribute is answered at all: what is not need not be read.
    func includes(_ name: String) -> Bool {
        if let included { return included[""]?.mentions(name) ?? false }
        return !(excluded[""]?.whole.contains(name) ?? false)
    }

    /// Whether a sub-attribute that is only answered on request was asked for by its name.
    func requests(_ attribute: String, _ sub: String, of schema: String = "") -> Bool {
        included?[schema]?.parts[attribute]?.contains(sub) ?? false
    }

    func apply(_ resource: JSONValue) -> JSONValue {
        guard included != nil || !excluded.isEmpty, case .object(let members) = resource else { return resource }
        var result: [String: JSONValue] = [:]
        for (name, value) in members {
            if let schema = type.extension(name) {
                guard case .object(let values) = value else { continue }
                let kept = select(values, schema.id, schema.attributes)
                if !kept.isEmpty { result[name] = .object(kept) }
            }
        }
        return .object(result.merging(select(members, "", type.attributes)) { $1 })
    }

    private func select(
        _ members: [String: JSONValue], _ key: String, _ attributes: [SchemaAttribute]
    ) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for attribute in attributes {
            guard let value = members[attribute.name] else { continue }
            if attribute.returned == .always {
                result[attribute.name] = value
                continue
            }
            var kept = value
            if let included {
                guard let selection = included[key], selection.mentions(attribute.name) else { continue }
                if !selection.whole.contains(attribute.name), let parts = selection.parts[attribute.name] {
                    kept = Self.filter(value) { parts.contains($0) }
                }
            }
            if let selection = excluded[key] {
                if selection.whole.contains(attribute.name) { continue }
                if let parts = selection.parts[attribute.name] { kept = Self.filter(kept) { !parts.contains($0) } }
            }
            result[attribute.name] = kept
        }
        return result
    }

    private static func filter(_ value: JSONValue, _ keeps: (String) -> Bool) -> JSONValue {
        switch value {
        case .object(let members): .object(members.filter { keeps($0.key) })
        case .array(let elements): .array(elements.map { filter($0, keeps) })
        default: value
        }
    }
}
