/// Which API keys count where.
enum APIKeyPolicy {
    /// What every API key starts with; no JWT does.
    static let prefix = "sk-"

    /// Whether the settings let API keys reach a path at all.
    ///
    /// Restricted to a list, a path passes that is equal to an entry or below it. Header and cookie are alike.
    static func allows(path: String, _ settings: IdentitySettings) -> Bool {
        guard settings.enableAPIKeyEndpointRestrictions else { return true }
        let path = path.prefix { $0 != "?" && $0 != "#" }
        // A route could be found under another name than the one that was compared.
        guard !path.split(separator: "/", omittingEmptySubsequences: false).contains(where: isDots) else {
            return false
        }
        return settings.allowedEndpoints.contains { entry in
            var entry = entry.drop { $0 == " " }
            while entry.last == " " || entry.last == "/" { entry.removeLast() }
            guard !entry.isEmpty, path.hasPrefix(entry) else { return false }
            let rest = path.dropFirst(entry.count)
            return rest.isEmpty || rest.first == "/"
        }
    }

    private static func isDots(_ segment: Substring) -> Bool {
        let plain = segment.lowercased().replacing("%2e", with: ".")
        return plain == "." || plain == ".."
    }

    /// A new key: `sk-` and 32 hexadecimal digits.
    static func makeKey() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        return prefix + String((0..<32).map { _ in digits[Int.random(in: 0..<16, using: &generator)] })
    }
}
