import Contracts

/// Whether one value of a multi-valued attribute matches the filter of a path. Only for what is in memory already.
enum ElementMatch {
    static func matches(_ element: JSONValue, _ filter: Filter) -> Bool {
        switch filter {
        case .all(let parts): parts.allSatisfy { matches(element, $0) }
        case .any(let parts): parts.contains { matches(element, $0) }
        case .not(let part): !matches(element, part)
        case .element: false
        case .present(let path): element[path.leaf.name].map(isPresent) ?? false
        case .compare(let path, let comparison, let literal):
            compare(element[path.leaf.name], path.leaf, comparison, literal)
        }
    }

    private static func isPresent(_ value: JSONValue) -> Bool { value != .null && value != .array([]) }

    private static func compare(
        _ value: JSONValue?, _ attribute: SchemaAttribute, _ comparison: Filter.Operator, _ literal: Filter.Literal
    ) -> Bool {
        switch literal {
        case .null: return (value == nil) == (comparison == .eq)
        case .boolean(let flag): return (value == .bool(flag)) == (comparison == .eq)
        case .number: return comparison == .ne
        case .string(let text):
            guard let found = value?.text else { return comparison == .ne }
            return attribute.isCaseExact
                ? compare(found, text, comparison) : compare(found.lowercased(), text.lowercased(), comparison)
        }
    }

    private static func compare(_ left: String, _ right: String, _ comparison: Filter.Operator) -> Bool {
        switch comparison {
        case .eq: left == right
        case .ne: left != right
        case .co: right.isEmpty || left.contains(right)
        case .sw: left.hasPrefix(right)
        case .ew: left.hasSuffix(right)
        case .gt: left > right
        case .ge: left >= right
        case .lt: left < right
        case .le: left <= right
        }
    }

    /// The sub-attributes that an element must have for the filter to match it, as far as it says so plainly (`eq`
    /// joined by `and`): what `add` makes when nothing matches.
    static func implied(by filter: Filter) -> [String: JSONValue] {
        switch filter {
        case .compare(let path, .eq, .string(let text)): [path.leaf.name: .string(text)]
        case .compare(let path, .eq, .boolean(let flag)): [path.leaf.name: .bool(flag)]
        case .all(let parts): parts.map(implied).reduce(into: [:]) { $0.merge($1) { $1 } }
        default: [:]
        }
    }
}
