import Contracts
import FoundationEssentials
import NIOCore

/// A JSON value as the bytes it was sent in, taken apart only where somebody looks.
struct JSONSlice: Sendable {
    let bytes: ByteBuffer

    /// The first byte says of which type it is; spaces around it are gone.
    private init(_ bytes: ByteBuffer) { self.bytes = bytes }

    /// A whole document.
    /// - Throws: for what is obviously no JSON: a value that breaks off, or something after it.
    init(document: ByteBuffer) throws(JSONCursor.Malformed) {
        let range = try document.withUnsafeReadableBytes { raw throws(JSONCursor.Malformed) in
            var scanner = JSONCursor(raw)
            let range = try scanner.value()
            try scanner.expectEnd()
            return range
        }
        bytes = Self.part(document, range)
    }

    private static func part(_ bytes: ByteBuffer, _ range: Range<Int>) -> ByteBuffer {
        bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    private var first: UInt8 { bytes.getInteger(at: bytes.readerIndex) ?? 0 }
    var isObject: Bool { first == UInt8(ascii: "{") }
    var isArray: Bool { first == UInt8(ascii: "[") }
    var isText: Bool { first == UInt8(ascii: "\"") }
    var isNull: Bool { first == UInt8(ascii: "n") }
    var isTrue: Bool { first == UInt8(ascii: "t") }

    /// The members in their order; nil: no object, or a broken one.
    var members: JSONSlices? {
        guard isObject else { return nil }
        var members = JSONSlices()
        do throws(JSONCursor.Malformed) {
            try bytes.withUnsafeReadableBytes { raw throws(JSONCursor.Malformed) in
                var scanner = JSONCursor(raw)
                try scanner.object { key, value throws(JSONCursor.Malformed) in
                    guard let name = JSONSlice(Self.part(bytes, key)).text else { throw JSONCursor.Malformed() }
                    members.list.append((name, JSONSlice(Self.part(bytes, value))))
                }
                try scanner.expectEnd()
            }
        } catch {
            return nil
        }
        return members
    }

    /// The elements; nil: no array, or a broken one.
    var elements: [JSONSlice]? {
        guard isArray else { return nil }
        var elements: [JSONSlice] = []
        do throws(JSONCursor.Malformed) {
            try bytes.withUnsafeReadableBytes { raw throws(JSONCursor.Malformed) in
                var scanner = JSONCursor(raw)
                try scanner.array { range throws(JSONCursor.Malformed) in
                    elements.append(JSONSlice(Self.part(bytes, range)))
                }
                try scanner.expectEnd()
            }
        } catch {
            return nil
        }
        return elements
    }

    /// The text, escapes undone; nil: no text, or one that is not valid.
    var text: String? {
        guard isText else { return nil }
        let inner = bytes.readableBytesView.dropFirst().dropLast()
        if !inner.contains(UInt8(ascii: "\\")) { return String(validating: inner, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data(bytes.readableBytesView))
    }

    /// Decoded as a whole; nil: it is no JSON.
    var value: JSONValue? { try? JSONValue(json: bytes.readableBytesView) }
}

/// The members of an object. Of several with one name the last counts, as with every decoder.
struct JSONSlices: Sendable {
    fileprivate(set) var list: [(name: String, value: JSONSlice)] = []

    subscript(name: String) -> JSONSlice? { list.last { $0.name == name }?.value }

    /// Members whose names only differ from `name` in case. Decoders that do not mind case (Go's) would take them for it.
    func hasLookalike(of name: String) -> Bool {
        list.contains { $0.name != name && $0.name.lowercased() == name }
    }
}
