import Contracts

/// How the columns of a row become the members of a JSON object.
///
/// The columns go from the engine's memory into the answer: to make a string of each took most of the time of a page.
public struct JSONRowFormat: Sendable {
    public enum Kind: Sendable {
        case text
        case integer
        /// JSON that is stored as text: passed through.
        case json
        /// Texts without a comma, joined by commas: an array, empty for NULL.
        case texts
    }

    private struct Member: Sendable {
        /// `,"name":` in `labels`.
        var label: Range<Int>
        /// The same and what stands for NULL.
        var absent: Range<Int>
        var column: Int
        var kind: Kind
    }

    /// `{"id":null`, `,"name":null` and so on.
    private var labels: [UInt8] = []
    private var members: [Member] = []

    /// - Parameter members: in the order of the object; the names need no escapes.
    public init(_ members: [(name: String, column: Int, kind: Kind)]) {
        for (name, column, kind) in members {
            let start = labels.count
            labels += Array((start == 0 ? "{\"" : ",\"").utf8) + Array(name.utf8) + Array("\":".utf8)
            let end = labels.count
            labels += Array((kind == .texts ? "[]" : "null").utf8)
            self.members.append(
                Member(label: start..<end, absent: start..<labels.count, column: column, kind: kind))
        }
    }

    /// Writes a row as an object at the end of `bytes`.
    public func append(_ row: any SQLRow, to bytes: inout [UInt8]) throws {
        try labels.withUnsafeBufferPointer { labels in
            for member in members {
                let (label, absent) = (labels.part(member.label), labels.part(member.absent))
                if member.kind == .integer {
                    let number = try row.optionalInteger(member.column)
                    bytes.append(contentsOf: number == nil ? absent : label)
                    if let number { Self.append(number, to: &bytes) }
                } else if let text = try row.utf8(member.column) {
                    bytes.append(contentsOf: label)
                    Self.append(text, member.kind, to: &bytes)
                } else {
                    bytes.append(contentsOf: absent)
                }
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ utf8: UnsafeBufferPointer<UInt8>, _ kind: Kind, to bytes: inout [UInt8]) {
        // SQLite keeps any bytes as text; what is no UTF-8 is repaired, as in a string.
        guard isASCII(utf8) else {
            var text = String(decoding: utf8, as: UTF8.self)
            return text.withUTF8 { write($0, kind, to: &bytes) }
        }
        write(utf8, kind, to: &bytes)
    }

    private static func write(_ utf8: UnsafeBufferPointer<UInt8>, _ kind: Kind, to bytes: inout [UInt8]) {
        switch kind {
        case .text: JSONText.append(quotedUTF8: utf8, to: &bytes)
        case .texts: append(list: utf8, to: &bytes)
        case .json, .integer: bytes.append(contentsOf: utf8)
        }
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var text = String(number)
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Without a way out of the loop, so that it looks at many bytes at once.
    private static func isASCII(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        utf8.reduce(0) { $0 | $1 } < 0x80
    }

    private static func append(list: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        var start = 0
        while start < list.count {
            let end = list.part(start..<list.count).firstIndex(of: UInt8(ascii: ",")).map { $0 + start } ?? list.count
            if start > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(quotedUTF8: list.part(start..<end), to: &bytes)
            start = end + 1
        }
        bytes.append(UInt8(ascii: "]"))
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func part(_ range: Range<Int>) -> Self { Self(rebasing: self[range]) }
}
