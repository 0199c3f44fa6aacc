import Contracts

/// What a recorded answer promises its reader: these keys, with values of these JSON types. More keys may be there.
enum Shape {
    /// What the answer lacks, or has of another type: one line each. `shape`: see Fixtures/distil.py.
    static func differences(_ answer: JSONValue, from shape: JSONValue, at path: String = "answer") -> [String] {
        switch shape {
        case .object(let members):
            guard case .object(let given) = answer else { return ["\(path): \(kind(answer)) in place of an object"] }
            return members.sorted { $0.key < $1.key }.flatMap { key, member in
                if key == "*" { return anyMember(of: given, like: member, path) }
                guard let value = given[key] else { return ["\(path).\(key) is missing"] }
                return differences(value, from: member, at: "\(path).\(key)")
            }
        case .array(let elements):
            guard case .array(let given) = answer else { return ["\(path): \(kind(answer)) in place of a list"] }
            guard let element = elements.first else { return [] }
            if given.isEmpty { return ["\(path) is empty"] }
            return given.enumerated().flatMap { differences($1, from: element, at: "\(path)[\($0)]") }
        case .string("null"), .string("any"):
            return []
        case .string(let expected):
            let given = kind(answer)
            let isNumber = expected == "number" && given == "integer"
            return given == expected || isNumber ? [] : ["\(path): \(given) in place of \(expected)"]
        default:
            return ["\(path): the case itself is wrong"]
        }
    }

    private static func anyMember(of members: [String: JSONValue], like shape: JSONValue, _ path: String) -> [String] {
        members.contains { differences($1, from: shape).isEmpty } ? [] : ["\(path): none of its members will do"]
    }

    private static func kind(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "bool"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "list"
        case .object: "object"
        }
    }
}
