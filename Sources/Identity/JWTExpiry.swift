/// How long a session lasts: the setting `JWT_EXPIRES_IN`.
public enum JWTExpiry: Sendable, Equatable {
    /// The token has no `exp`.
    case never
    /// Seconds from its making; more than 0.
    case after(Double)

    /// A century: more is a typing error, and times stay far from overflow.
    private static let longest = 100.0 * 365 * 86_400
    private static let units: [(name: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800),
    ]

    /// Reads `4w`, `1h30m`, `0.5d`; `-1` and `0` mean never.
    ///
    /// - Parameter single: take only one pair of number and unit, as Open WebUI's admin endpoint does.
    /// - Returns: nil for any other text, and for a sum that is not above 0 or longer than a century.
    public static func parse(_ text: String, single: Bool = false) -> JWTExpiry? {
        if text == "-1" || text == "0" { return .never }
        var rest = Substring(text)
        var seconds = 0.0
        var pairs = 0
        while !rest.isEmpty {
            guard let number = takeNumber(&rest), let unit = takeUnit(&rest) else { return nil }
            seconds += number * unit
            pairs += 1
            if !single { rest = rest.drop { $0 == " " } }
        }
        guard pairs > 0, !single || pairs == 1, seconds > 0, seconds <= longest else { return nil }
        return .after(seconds)
    }

    /// `-?\d+(\.\d+)?`
    private static func takeNumber(_ text: inout Substring) -> Double? {
        var end = text.startIndex
        func takeDigits() -> Bool {
            let start = end
            while end < text.endIndex, text[end].isASCII, text[end].isNumber { end = text.index(after: end) }
            return end > start
        }
        if text.first == "-" { end = text.index(after: end) }
        guard takeDigits() else { return nil }
        if end < text.endIndex, text[end] == "." {
            end = text.index(after: end)
            guard takeDigits() else { return nil }
        }
        defer { text = text[end...] }
        return Double(text[..<end])
    }

    private static func takeUnit(_ text: inout Substring) -> Double? {
        // Two letters first: `ms` would be read as `m`.
        guard let unit = units.first(where: { text.hasPrefix($0.name) }) else { return nil }
        text = text.dropFirst(unit.name.count)
        return unit.seconds
    }
}
