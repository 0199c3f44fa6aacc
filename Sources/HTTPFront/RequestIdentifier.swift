import NIOCore
import NIOHTTP1

/// A request id that costs no string until somebody asks for it.
enum RequestIdentifier: Sendable {
    case generated(UInt64)
    case given(String)

    init(_ headers: HTTPHeaders, generator: inout RequestIdentifierGenerator) {
        if let given = headers.first(name: "x-request-id"), Self.isAcceptable(given) {
            self = .given(given)
        } else {
            self = .generated(generator.next())
        }
    }

    private static func isAcceptable(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count) && bytes.allSatisfy { ASCIISet.requestID.contains($0) }
    }

    var text: String {
        switch self {
        case .given(let text): text
        case .generated(let number): String(decoding: Self.digits(number), as: UTF8.self)
        }
    }

    func write(to buffer: inout ByteBuffer) {
        switch self {
        case .given(let text): buffer.writeString(text)
        case .generated(let number):
            let digits = Self.spread(number)
            buffer.writeMultipleIntegers(digits.0, digits.1)
        }
    }

    private static func digits(_ number: UInt64) -> [UInt8] {
        let halves = spread(number)
        return [halves.0, halves.1].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }

    /// Sixteen hexadecimal digits as two big-endian words of ASCII.
    private static func spread(_ number: UInt64) -> (UInt64, UInt64) {
        (spreadHalf(UInt32(truncatingIfNeeded: number >> 32)), spreadHalf(UInt32(truncatingIfNeeded: number)))
    }

    private static func spreadHalf(_ half: UInt32) -> UInt64 {
        var word: UInt64 = 0
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            let nibble = UInt64(half >> shift & 0xf)
            word = word << 8 | (nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
        return word
    }
}

/// SplitMix64: unique in practice, not secret. Seeded once per event loop.
struct RequestIdentifierGenerator {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
