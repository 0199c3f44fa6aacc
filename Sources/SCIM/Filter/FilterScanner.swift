/// The characters of a filter or path, taken from the front, each once.
struct FilterScanner {
    /// Longer filters and paths are refused.
    static let lengthLimit = 16_384

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position >= bytes.count }
    var isTooLong: Bool { bytes.count > Self.lengthLimit }
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Letters, digits and what else attribute names, URNs, numbers and operators are made of.
    mutating func word() -> String {
        let start = position
        while let byte = next, Self.isWord(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The next word, without taking it.
    func peekWord() -> String {
        var copy = self
        return copy.word()
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    /// A JSON string; nil when there is none, or it is broken.
    mutating func quoted() -> String? {
        let start = position
        guard take("\"") else { return nil }
        while let byte = next {
            position += 1
            if byte == UInt8(ascii: "\\") { position += 1 }
            if byte == UInt8(ascii: "\"") {
                return try? JSONReader.read(Array(bytes[start..<position])).text
            }
        }
        return nil
    }
}
