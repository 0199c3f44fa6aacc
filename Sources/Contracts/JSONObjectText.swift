/// One JSON object written member by member, for answers that are made often or carry stored JSON through as it is.
public struct JSONObjectText: Sendable {
    /// UTF-8, the opening brace included.
    private var bytes: [UInt8]

    public init() {
        bytes = [UInt8(ascii: "{")]
        // Most objects fit: growing step by step costs more than their text.
        bytes.reserveCapacity(512)
    }

    /// JSON that is already encoded; nil: null.
    public mutating func add(_ name: StaticString, json: String?) {
        addName(name)
        if var json {
            json.withUTF8 { bytes.append(contentsOf: $0) }
        } else {
            addLiteral("null")
        }
    }

    public mutating func add(_ name: StaticString, _ text: String?) {
        addName(name)
        if let text { JSONText.append(quoted: text, to: &bytes) } else { addLiteral("null") }
    }

    public mutating func add(_ name: StaticString, _ number: Int64?) { add(name, json: number.map(String.init)) }

    public mutating func add(_ name: StaticString, _ flag: Bool) {
        addName(name)
        addLiteral(flag ? "true" : "false")
    }

    public var text: String {
        String(unsafeUninitializedCapacity: bytes.count + 1) { text in
            let end = text.initialize(fromContentsOf: bytes)
            text.initializeElement(at: end, to: UInt8(ascii: "}"))
            return end + 1
        }
    }

    /// `name` needs no escapes.
    private mutating func addName(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        addLiteral(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func addLiteral(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
}

extension JSONText {
    /// An array of encoded values.
    public static func array(_ elements: some Sequence<String>) -> String { "[\(elements.joined(separator: ","))]" }
}
