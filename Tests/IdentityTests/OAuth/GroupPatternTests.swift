import Testing

@testable import Identity

@Suite("OAuth: blocked groups")
struct GroupPatternTests {
    @Test(
        "exact names, expressions and wildcards",
        arguments: [
            ("staff", "staff", true), ("staff", "staff2", false), ("staff", "Staff", false), ("", "", false),
            ("^adm", "admins", true), ("^adm", "my-admins", false), ("adm|ops", "my-ops", true),
            ("team-[0-9]+$", "team-12", true), ("team-[0-9]+$", "team-x", false), (#"\d{3}"#, "a123", true),
            ("*", "anything", true), ("team-*", "team-", true), ("team-*", "a-team-1", false),
            ("*-team-*", "a-team-1", true), ("t?am", "team", true), ("t?am", "tam", false), ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false), ("?", "", false), ("a.c", "abc", false), ("a.c", "a.c", true),
            ("[broken*", "[broken-1", true), ("[broken", "[broken", true), ("[broken", "broken", false),
            ("*(x)", "a(x)", true),
        ])
    func matches(_ pattern: String, _ name: String, _ isBlocked: Bool) {
        #expect(GroupPattern(pattern).matches(name) == isBlocked)
    }

    @Test("an expression that is none is reported")
    func broken() {
        var rules = OAuthAccountRules()
        rules.blockedGroups = ["[broken", "fine", "^fine$", "(also"]
        #expect(rules.brokenPatterns == ["[broken", "(also"])
        #expect(rules.blocked(among: ["fine", "x", "[broken"]) == ["fine", "[broken"])
    }

    @Test("many stars take no time")
    func stars() {
        let pattern = String(repeating: "a*", count: 60) + "b"
        let started = ContinuousClock.now
        #expect(!GroupPattern(pattern).matches(String(repeating: "a", count: 255)))
        #expect(started.duration(to: .now) < .seconds(1))
    }
}
