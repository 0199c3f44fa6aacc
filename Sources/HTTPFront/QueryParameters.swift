/// The `name=value&…` of a request, decoded as it is walked (`+` is a space). What is not UTF-8 becomes U+FFFD.
public struct QueryParameters: Sendable, Sequence {
    public let raw: Substring

    init(_ raw: Substring) {
        self.raw = raw
    }

    /// The first value of that name; `""` for a name without `=`.
    public subscript(name: String) -> String? {
        first { $0.name == name }?.value
    }

    public func all(_ name: String) -> [String] {
        filter { $0.name == name }.map(\.value)
    }

    public func makeIterator() -> Iterator { Iterator(rest: raw) }

    public struct Iterator: IteratorProtocol {
        var rest: Substring

        public mutating func next() -> (name: String, value: String)? {
            while !rest.isEmpty {
                let end = rest.utf8.firstIndex(of: 0x26) ?? rest.endIndex
                let pair = rest[..<end]
                rest = end == rest.endIndex ? "" : rest[rest.utf8.index(after: end)...]
                if pair.isEmpty { continue }
                let equals = pair.utf8.firstIndex(of: 0x3d) ?? pair.endIndex
                let value = equals == pair.endIndex ? "" : pair[pair.utf8.index(after: equals)...]
                return (Self.decode(pair[..<equals]), Self.decode(value))
            }
            return nil
        }

        private static func decode(_ text: Substring) -> String {
            PercentCoding.decodeLeniently(text, plusIsSpace: true)
        }
    }
}
