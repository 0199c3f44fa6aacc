import FoundationEssentials

/// Times as Ollama writes them.
enum Timestamp {
    /// Unix seconds of RFC 3339, with or without a fraction (Ollama writes nine digits).
    static func unixSeconds(_ text: String) -> Int64? {
        let zone = text.lastIndex { $0 == "Z" || $0 == "+" || $0 == "-" } ?? text.endIndex
        let fraction = text.firstIndex(of: ".") ?? zone
        let plain = text[..<min(fraction, zone)] + text[zone...]
        return (try? Date(String(plain), strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }
}
