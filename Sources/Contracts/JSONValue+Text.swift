extension JSONValue {
    /// Why a text is no JSON.
    public struct Malformed: Error, Equatable {
        /// The byte, from 0, at which it stops being JSON.
        public let position: Int
    }

    /// - Parameter json: UTF-8 text of one value, nested 512 deep at most.
    /// - Throws: `Malformed`.
    public init(json: some Sequence<UInt8>) throws(Malformed) {
        var reader = JSONReader(Array(json))
        self = try reader.document()
    }

    /// As JSON text, members in the order of their names.
    public var encoded: String {
        var text = ""
        append(to: &text)
        return text
    }

    private func append(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        // JSON has no word for what is not finite.
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): text += JSONText.quoted(value)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.append(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                text += index > 0 ? "," : ""
                text += JSONText.quoted(member.key) + ":"
                member.value.append(to: &text)
            }
            text += "}"
        }
    }
}
