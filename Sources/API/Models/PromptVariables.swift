import Contracts
import Glibc
import Storage

/// What `{{…}}` in a system prompt stands for.
struct PromptVariables: Sendable {
    /// By the name between the braces.
    private(set) var values: [String: String] = [:]

    /// Names that only the account's row can fill in.
    static let ofAccount: Set<String> = ["USER_BIO", "USER_GENDER", "USER_BIRTH_DATE", "USER_AGE", "USER_LOCATION"]

    /// - Parameter time: epoch seconds; shown in the server's time zone.
    init(name: String, email: String, account: UserRecord? = nil, time: Int64) {
        var seconds = time_t(time)
        var now = tm()
        localtime_r(&seconds, &now)
        let (date, clock) = (Self.date(now), Self.clock(now))
        values = [
            "CURRENT_DATE": date, "CURRENT_TIME": clock, "CURRENT_DATETIME": "\(date) \(clock)",
            "CURRENT_WEEKDAY": Self.weekdays[Int(now.tm_wday) % 7], "USER_NAME": name, "USER_EMAIL": email,
        ]
        let birth = account?.user.dateOfBirth
        values["USER_BIO"] = account?.user.bio ?? "Unknown"
        values["USER_GENDER"] = account?.user.gender ?? "Unknown"
        values["USER_BIRTH_DATE"] = birth ?? "Unknown"
        values["USER_AGE"] = birth.flatMap { Self.age($0, now) }.map(String.init) ?? "Unknown"
        let info = account?.info.flatMap { try? JSONValue(json: $0.utf8) }
        values["USER_LOCATION"] = info?["location"]?.text ?? "Unknown"
    }

    /// What the client says of itself: its time zone, language, and so on. It goes before what the server knows.
    mutating func add(client variables: JSONValue?) {
        guard case .object(let members)? = variables else { return }
        for (key, value) in members where key.hasPrefix("{{") && key.hasSuffix("}}") {
            if let text = value.text { values[String(key.dropFirst(2).dropLast(2))] = text }
        }
    }

    /// Fills in once, from left to right: what a value holds is not looked at again.
    func filled(_ template: String) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstRange(of: "{{") {
            result += rest[..<open.lowerBound]
            let tail = rest[open.upperBound...]
            guard let close = tail.firstRange(of: "}}"), let value = values[String(tail[..<close.lowerBound])] else {
                result += "{{"
                rest = tail
                continue
            }
            result += value
            rest = tail[close.upperBound...]
        }
        return result + rest
    }

    /// Whether filling in needs the account's row.
    static func needsAccount(_ template: String) -> Bool {
        template.contains("{{USER_") && ofAccount.contains { template.contains("{{\($0)}}") }
    }

    // MARK: Times

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func date(_ time: tm) -> String {
        "\(time.tm_year + 1900)-\(two(time.tm_mon + 1))-\(two(time.tm_mday))"
    }

    /// `03:04:05 PM`
    private static func clock(_ time: tm) -> String {
        let hour = time.tm_hour % 12 == 0 ? 12 : time.tm_hour % 12
        return "\(two(hour)):\(two(time.tm_min)):\(two(time.tm_sec)) \(time.tm_hour < 12 ? "AM" : "PM")"
    }

    /// Full years since `YYYY-MM-DD`; nil for what is no such date.
    private static func age(_ birth: String, _ now: tm) -> Int? {
        let parts = birth.prefix(10).split(separator: "-").compactMap { Int32($0) }
        guard parts.count == 3 else { return nil }
        let isBefore = (now.tm_mon + 1, now.tm_mday) < (parts[1], parts[2])
        return Int(now.tm_year + 1900 - parts[0] - (isBefore ? 1 : 0))
    }
}
