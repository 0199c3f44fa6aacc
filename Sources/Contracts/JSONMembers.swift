import FoundationEssentials

/// The members of a JSON object as they were written: some can be read, set or left out, and the others pass through
/// byte for byte. Of several members with one name the last counts and alone is kept, so that two readers of the
/// document cannot see two values.
public struct JSONMembers: Sendable, Equatable {
    /// JSON text.
    public typealias Text = ArraySlice<UInt8>

    private var names: [String] = []
    private var values: [Text] = []

    public init() {}

    /// - Throws: for anything but one JSON object.
    public init(_ bytes: some Sequence<UInt8>) throws(JSONScanner.Malformed) {
        let bytes = Array(bytes)
        let found = try bytes.withUnsafeBufferPointer { buffer throws(JSONScanner.Malformed) in
            try Self.scan(UnsafeRawBufferPointer(buffer))
        }
        // Documents of strangers may have any number of members: a search for each would be quadratic.
        var places: [String: Int] = [:]
        for (name, value) in found {
            let text = bytes[name]
            let isPlain = !text.contains(UInt8(ascii: "\\"))
            let plain = isPlain ? String(validating: text.dropFirst().dropLast(), as: UTF8.self) : Self.decoded(text)
            guard let plain else { throw JSONScanner.Malformed() }
            if let place = places[plain] {
                values[place] = bytes[value]
                continue
            }
            places[plain] = names.count
            names.append(plain)
            values.append(bytes[value])
        }
    }

    private static func scan(
        _ buffer: UnsafeRawBufferPointer
    ) throws(JSONScanner.Malformed) -> [(name: Range<Int>, value: Range<Int>)] {
        var scanner = JSONScanner(buffer)
        var found: [(name: Range<Int>, value: Range<Int>)] = []
        try scanner.object { scanner, name throws(JSONScanner.Malformed) in
            found.append((name, try scanner.value(depth: 1)))
        }
        try scanner.end()
        return found
    }

    private static func decoded(_ text: Text) -> String? {
        (try? JSONDecoder().decode([String].self, from: Data("[".utf8) + Data(text) + Data("]".utf8)))?.first
    }

    /// A member's value; to set it to nil removes the member. A new member comes last.
    public subscript(name: String) -> Text? {
        get { names.firstIndex(of: name).map { values[$0] } }
        set {
            guard let index = names.firstIndex(of: name) else {
                guard let newValue else { return }
                names.append(name)
                values.append(newValue)
                return
            }
            if let newValue {
                values[index] = newValue
            } else {
                names.remove(at: index)
                values.remove(at: index)
            }
        }
    }

    /// A member that is a string.
    public func text(_ name: String) -> String? {
        guard let value = self[name], value.first == UInt8(ascii: "\"") else { return nil }
        return Self.decoded(value)
    }

    public func isTrue(_ name: String) -> Bool { self[name].map { $0.elementsEqual("true".utf8) } ?? false }

    public func isNull(_ name: String) -> Bool { self[name].map { $0.elementsEqual("null".utf8) } ?? false }

    public mutating func set(_ name: String, text: String) { self[name] = Array(JSONText.quoted(text).utf8)[...] }

    public mutating func set(_ name: String, json: String) { self[name] = Array(json.utf8)[...] }

    /// The member under another name, where there is none of that name yet.
    public mutating func rename(_ name: String, to new: String) {
        guard let value = self[name] else { return }
        self[name] = nil
        if self[new] == nil { self[new] = value }
    }

    public mutating func keep(only kept: Set<String>) {
        let places = names.indices.filter { kept.contains(names[$0]) }
        (names, values) = (places.map { names[$0] }, places.map { values[$0] })
    }

    /// The object as JSON text.
    public var encoded: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(values.reduce(2) { $0 + $1.count } + names.reduce(0) { $0 + $1.utf8.count + 4 })
        result.append(UInt8(ascii: "{"))
        for (index, name) in names.enumerated() {
            if index > 0 { result.append(UInt8(ascii: ",")) }
            result.append(contentsOf: JSONText.quoted(name).utf8)
            result.append(UInt8(ascii: ":"))
            result.append(contentsOf: values[index])
        }
        result.append(UInt8(ascii: "}"))
        return result
    }

    /// The elements of a JSON array, as they were written.
    /// - Throws: for anything else.
    public static func elements(of text: Text) throws(JSONScanner.Malformed) -> [Text] {
        let ranges = try text.withUnsafeBufferPointer { buffer throws(JSONScanner.Malformed) in
            var scanner = JSONScanner(UnsafeRawBufferPointer(buffer))
            var ranges: [Range<Int>] = []
            try scanner.array { scanner throws(JSONScanner.Malformed) in ranges.append(try scanner.value(depth: 1)) }
            try scanner.end()
            return ranges
        }
        return ranges.map { text[(text.startIndex + $0.lowerBound)..<(text.startIndex + $0.upperBound)] }
    }

    /// A JSON array of such elements.
    public static func array(_ elements: some Collection<Text>) -> [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "[")]
        result.reserveCapacity(elements.reduce(2) { $0 + $1.count + 1 })
        for (index, element) in elements.enumerated() {
            if index > 0 { result.append(UInt8(ascii: ",")) }
            result.append(contentsOf: element)
        }
        result.append(UInt8(ascii: "]"))
        return result
    }
}
