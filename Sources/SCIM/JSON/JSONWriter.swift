import Contracts

extension JSONValue {
    /// As JSON text, members in the order of their names, so that equal values have equal texts.
    var jsonText: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .number(let number): text += "\(number)"
        case .string(let string): text += JSONText.quoted(string)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                text += JSONText.quoted(member.key)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    /// All texts in lower case: what is compared without regard to case.
    var folded: JSONValue {
        switch self {
        case .string(let text): .string(text.lowercased())
        case .array(let elements): .array(elements.map(\.folded))
        case .object(let members): .object(members.mapValues(\.folded))
        default: self
        }
    }

    var members: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    subscript(member name: String) -> JSONValue? {
        get { self[name] }
        set {
            var members = self.members ?? [:]
            members[name] = newValue
            self = .object(members)
        }
    }
}
