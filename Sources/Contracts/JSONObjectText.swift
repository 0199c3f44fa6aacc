/// One JSON object written member by member, for answers that are made often or carry stored JSON through as it is.
public struct JSONObjectText: Sendable {
    private var members = ""

    public init() {}

    /// JSON that is already encoded; nil: null.
    public mutating func add(_ name: StaticString, json: String?) {
        if !members.isEmpty { members += "," }
        members += "\"\(name)\":"
        members += json ?? "null"
    }

    public mutating func add(_ name: StaticString, _ text: String?) { add(name, json: text.map(JSONText.quoted)) }
    public mutating func add(_ name: StaticString, _ number: Int64?) { add(name, json: number.map(String.init)) }
    public mutating func add(_ name: StaticString, _ flag: Bool) { add(name, json: flag ? "true" : "false") }

    public var text: String { "{\(members)}" }
}

extension JSONText {
    /// An array of encoded values.
    public static func array(_ elements: some Sequence<String>) -> String { "[\(elements.joined(separator: ","))]" }
}
