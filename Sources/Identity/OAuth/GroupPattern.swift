/// One entry of OAUTH_BLOCKED_GROUPS: groups that a provider neither fills nor empties.
///
/// As in Open WebUI: an exact name; a regular expression that is found in the name, if it has one of its characters; a
/// name with `*` and `?`. Not Sendable, as the expression is not: made where it is used.
struct GroupPattern {
    private static let regexCharacters: Set<Character> = ["^", "$", "[", "]", "(", ")", "{", "}", "+", "\\", "|"]

    private let text: String
    private let regex: Regex<AnyRegexOutput>?
    /// It looks like a regular expression and is none: it blocks less than was meant.
    let isBroken: Bool

    init(_ text: String) {
        self.text = text
        let isRegex = text.contains(where: Self.regexCharacters.contains)
        regex = isRegex ? try? Regex(text) : nil
        isBroken = isRegex && regex == nil
    }

    func matches(_ name: String) -> Bool {
        guard !text.isEmpty else { return false }
        if name == text { return true }
        if let regex, (try? regex.firstMatch(in: name)) != nil { return true }
        guard text.contains("*") || text.contains("?") else { return false }
        return Self.wildcard(Array(text.unicodeScalars), Array(name.unicodeScalars))
    }

    /// Linear in the name's length for each `*`: only the last one is ever taken up again.
    private static func wildcard(_ pattern: [Unicode.Scalar], _ name: [Unicode.Scalar]) -> Bool {
        var (position, index) = (0, 0)
        var retry: (position: Int, index: Int)?
        while index < name.count {
            if position < pattern.count, pattern[position] == "*" {
                retry = (position + 1, index)
                position += 1
            } else if position < pattern.count, pattern[position] == "?" || pattern[position] == name[index] {
                position += 1
                index += 1
            } else if let last = retry {
                retry = (last.position, last.index + 1)
                (position, index) = (last.position, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == "*" }
    }
}
