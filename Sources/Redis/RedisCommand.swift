/// A command with its arguments, which may hold any bytes.
public struct RedisCommand: Sendable, Equatable {
    public let arguments: [[UInt8]]

    public init(_ name: String, _ arguments: [[UInt8]] = []) {
        self.arguments = [Array(name.utf8)] + arguments
    }

    public init(_ name: String, _ arguments: String...) {
        self.init(name, arguments.map { Array($0.utf8) })
    }

    /// What it takes on the wire, near enough for limits.
    var size: Int { arguments.reduce(0) { $0 + $1.count + 16 } }

    /// Calls `body` with the arguments as C has them: pointers and lengths.
    func withArguments<Value>(
        _ body: (CInt, UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafePointer<Int>) -> Value
    ) -> Value {
        let lengths = arguments.map(\.count)
        var bytes: [UInt8] = []
        // One more: an empty array may have no address.
        bytes.reserveCapacity(lengths.reduce(1, +))
        for argument in arguments { bytes.append(contentsOf: argument) }
        bytes.append(0)
        return bytes.withUnsafeBytes { buffer in
            var place = buffer.assumingMemoryBound(to: CChar.self).baseAddress
            var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { place = place.map { $0 + length } }
                return place
            }
            return body(CInt(lengths.count), &pointers, lengths)
        }
    }
}
