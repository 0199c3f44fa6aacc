import Frames
import NIOCore
import Testing

@Suite struct RandomInputTests {
    private static func cuts(_ count: Int, _ generator: inout SeededGenerator) -> [Int] {
        let number = Int.random(in: 0..<5, using: &generator)
        return (0..<number).map { _ in Int.random(in: 0...count, using: &generator) }.sorted()
    }

    @Test("random bytes never crash the decoder, and give the same however they are cut")
    func random() async {
        var generator = SeededGenerator(state: 1)
        for index in 0..<20_000 {
            let count = Int.random(in: 0..<64, using: &generator)
            // Mostly short lengths: otherwise nearly all would be too long.
            let start: [UInt8] = index.isMultiple(of: 4) ? [] : [0, 0, 0, UInt8.random(in: 4..<20, using: &generator)]
            let bytes = start + (0..<count).map { _ in UInt8.random(in: 0...15, using: &generator) }
            #expect(Decoding(bytes, cuts: Self.cuts(bytes.count, &generator)) == Decoding(bytes))
            if index.isMultiple(of: 100) { await Task.yield() }
        }
    }

    @Test("valid streams with bytes changed, lost and added never crash the decoder")
    func mutated() async {
        var generator = SeededGenerator(state: 2)
        var errors = 0
        for index in 0..<20_000 {
            var bytes = encoded((0..<4).compactMap { _ in everyFrame.randomElement(using: &generator) })
            for _ in 0..<Int.random(in: 1..<4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            let whole = Decoding(bytes)
            if whole.error != nil { errors += 1 }
            #expect(Decoding(bytes, cuts: Self.cuts(bytes.count, &generator)) == whole)
            if index.isMultiple(of: 100) { await Task.yield() }
        }
        #expect((1000..<20_000).contains(errors), "changes must be noticed often, and not always")
    }

    @Test("what was decoded encodes to the bytes it came from")
    func reencoded() {
        var generator = SeededGenerator(state: 3)
        for _ in 0..<2000 {
            let bytes = (0..<3).flatMap { _ in
                let type = UInt8.random(in: 1...10, using: &generator)
                let payload = (0..<Int.random(in: 0..<30, using: &generator)).map { UInt8($0) }
                let isConnectionLevel = FrameType(rawValue: type)?.isConnectionLevel == true
                let stream: UInt32 = isConnectionLevel ? 0 : .random(in: 1...UInt32.max, using: &generator)
                let flags = UInt8.random(in: 0...255, using: &generator)
                return header(length: UInt32(payload.count + 6), type: type, flags: flags, stream: stream) + payload
            }
            #expect(encoded(Decoding(bytes).frames) == bytes)
        }
    }
}
