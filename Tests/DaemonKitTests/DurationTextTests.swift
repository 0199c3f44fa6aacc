import Testing

@testable import DaemonKit

@Suite struct DurationTextTests {
    @Test(
        "numbers with units are read, and pairs add up",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("0s", .zero), ("300s", .seconds(300)), ("5m", .seconds(300)),
            ("2h", .seconds(7200)), ("1d", .seconds(86_400)), ("4w", .seconds(2_419_200)), ("1.5h", .seconds(5400)),
            ("1h30m", .seconds(5400)), ("1m1s1ms", .milliseconds(61_001)), ("1s1s", .seconds(2)),
            ("  7s\n", .seconds(7)),
            ("007s", .seconds(7)), (".5s", .milliseconds(500)), ("0.0004s", .zero), ("0.0006s", .milliseconds(1)),
            ("1000000000s", .seconds(1_000_000_000)),
        ])
    func valid(_ text: String, _ expected: Duration) {
        #expect(Duration(text: text) == expected)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", " ", "5", "s", "5 s", "1h 30m", "-5s", "+5s", "5S", "5sec", "5y", "1e3s", "0x5s", "1.2.3s", ".s", "5s5",
            "s5", "5s;", "nan", "infs", "٥s", "５s", "5ｓ", "5s\u{301}", "5\u{0}s", "1,5s", "1_000s", "2000000000s",
            "1000000000w", String(repeating: "9", count: 5000) + "s", String(repeating: "1000000000d", count: 1000),
        ])
    func invalid(_ text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test("very long texts are read in the time that their length takes, without a trap")
    func long() {
        #expect(Duration(text: String(repeating: "1ms", count: 20_000)) == .seconds(20))
        #expect(Duration(text: String(repeating: "0", count: 100_000) + "1s") == .seconds(1))
        #expect(Duration(text: String(repeating: "1s ", count: 20_000)) == nil)
    }

    @Test("any text is taken or refused")
    func fuzz() async {
        var generator = SeededGenerator(state: 11)
        let pieces = ["1", "9", ".", "ms", "s", "m", "h", "d", "w", "-", " ", "e", "\u{301}", "0", "999999999"]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<9, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            if let duration = Duration(text: text) { #expect(duration >= .zero && duration <= .seconds(1e12)) }
        }
    }

    @Test("a duration is told in seconds and in whole milliseconds")
    func numbers() {
        let duration = Duration.milliseconds(90_500) + .microseconds(900)
        #expect(duration.milliseconds == 90_500 && abs(duration.seconds - 90.5009) < 1e-9)
        #expect(Duration.zero.milliseconds == 0 && Duration.milliseconds(-1500).milliseconds == -1500)
    }
}

/// Seeded, so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
    }
}
