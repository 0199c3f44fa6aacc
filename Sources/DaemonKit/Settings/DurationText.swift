extension Duration {
    /// Reads `300s`, `500ms`, `1.5h`; pairs add up: `1h30m`. nil when it is anything else.
    public init?(text: String) {
        var total = 0.0
        var rest = Substring(text.trimmingSpaces())
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(number), value.isFinite, value <= 1e9 else { return nil }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            guard let factor = Self.seconds(of: unit) else { return nil }
            total += value * factor
            rest = rest.dropFirst(unit.count)
        }
        guard total <= 1e12 else { return nil }
        self = .milliseconds(Int64((total * 1000).rounded()))
    }

    private static func seconds(of unit: Substring) -> Double? {
        switch unit {
        case "ms": 0.001
        case "s": 1
        case "m": 60
        case "h": 3600
        case "d": 86_400
        case "w": 604_800
        default: nil
        }
    }

    /// As a number of seconds.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// As whole milliseconds.
    public var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
