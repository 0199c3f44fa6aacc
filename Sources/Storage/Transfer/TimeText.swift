/// A time as databases write it: `2024-05-01 12:30:00.25`, with `T` or a space, with or without a zone. UTC, in the
/// years 1 to 9999 (RFC 3339, section 5.6, and SQLite's own forms).
struct TimeText: Equatable {
    /// Seconds since 1970.
    let seconds: Int64
    let microseconds: Int64

    private static let secondsPerDay: Int64 = 86_400
    /// 0001-01-01 and 9999-12-31.
    private static let allowed: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    init?(seconds: Double) {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return nil }
        let whole = seconds.rounded(.down)
        self.init(seconds: Int64(whole), microseconds: Int64(((seconds - whole) * 1e6).rounded(.down)))
    }

    init?(seconds: Int64, microseconds: Int64 = 0) {
        guard Self.allowed.contains(seconds), (0..<1_000_000).contains(microseconds) else { return nil }
        (self.seconds, self.microseconds) = (seconds, microseconds)
    }

    init?(_ text: String) {
        var scanner = Scanner(rest: Substring(text))
        guard let year = scanner.number(4, 1...9999), scanner.skip("-"), let month = scanner.number(2, 1...12),
            scanner.skip("-"), let day = scanner.number(2, 1...Self.daysOf(month, year))
        else { return nil }
        var (seconds, microseconds, offset): (Int64, Int64, Int64) = (0, 0, 0)
        if scanner.skip("T") || scanner.skip(" ") {
            guard let hour = scanner.number(2, 0...23), scanner.skip(":"), let minute = scanner.number(2, 0...59) else {
                return nil
            }
            seconds = hour * 3600 + minute * 60
            if scanner.skip(":") {
                guard let second = scanner.number(2, 0...59) else { return nil }
                seconds += second
                if scanner.skip(".") {
                    guard let fraction = scanner.fraction() else { return nil }
                    microseconds = fraction
                }
            }
            guard let zone = scanner.zone() else { return nil }
            offset = zone
        }
        guard scanner.rest.isEmpty else { return nil }
        let total = Self.day(year, month, day) * Self.secondsPerDay + seconds - offset
        self.init(seconds: total, microseconds: microseconds)
    }

    /// `2024-05-01`.
    var date: String {
        let (year, month, day) = Self.civil(Self.floor(seconds, Self.secondsPerDay))
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    /// `2024-05-01 12:30:00`, with six digits of a fraction if there is one.
    var timestamp: String {
        let second = seconds - Self.floor(seconds, Self.secondsPerDay) * Self.secondsPerDay
        let fraction = microseconds == 0 ? "" : ".\(Self.padded(microseconds, 6))"
        return "\(date) \(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):"
            + "\(Self.padded(second % 60, 2))\(fraction)"
    }

    // MARK: The calendar

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func floor(_ number: Int64, _ divisor: Int64) -> Int64 {
        (number - (number % divisor + divisor) % divisor) / divisor
    }

    private static func daysOf(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to the first of a year.
    private static func start(of year: Int64) -> Int64 {
        let before = year - 1
        return before * 365 + before / 4 - before / 100 + before / 400 - 719_162
    }

    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        start(of: year) + (1..<month).reduce(0) { $0 + daysOf($1, year) } + day - 1
    }

    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // At most one year off, as leap days are spread.
        var year = floor(day * 400, 146_097) + 1970
        while start(of: year) > day { year -= 1 }
        while start(of: year + 1) <= day { year += 1 }
        var (month, rest): (Int64, Int64) = (1, day - start(of: year))
        while rest >= daysOf(month, year) {
            rest -= daysOf(month, year)
            month += 1
        }
        return (year, month, rest + 1)
    }

    private struct Scanner {
        var rest: Substring

        mutating func skip(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int, _ range: ClosedRange<Int64>) -> Int64? {
            let text = rest.prefix(digits)
            guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int64(text), range.contains(number)
            else { return nil }
            rest.removeFirst(digits)
            return number
        }

        /// Microseconds of one to nine digits.
        mutating func fraction() -> Int64? {
            let text = rest.prefix { $0.isASCII && $0.isNumber }
            guard (1...9).contains(text.count) else { return nil }
            rest.removeFirst(text.count)
            return Int64((text + "00000").prefix(6))
        }

        /// Seconds east of Greenwich.
        mutating func zone() -> Int64? {
            if rest.isEmpty || skip("Z") { return 0 }
            let sign: Int64 = skip("+") ? 1 : -1
            guard sign == 1 || skip("-"), let hours = number(2, 0...23) else { return nil }
            _ = skip(":")
            guard let minutes = rest.isEmpty ? 0 : number(2, 0...59) else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}
