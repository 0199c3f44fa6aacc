import Testing

@testable import SCIM

@Suite("Filters (RFC 7644, section 3.4.2.2)")
struct FilterTests {
    private func user(_ text: String) throws -> Filter { try FilterParser.parse(text, .user) }
    private func path(_ text: String) throws -> AttributePath { try #require(AttributePath.resolve(text, in: .user)) }

    @Test("every operator is read, in whatever case it and the attribute are written")
    func operators() throws {
        for comparison in Filter.Operator.allCases {
            for text in [comparison.rawValue, comparison.rawValue.uppercased()] {
                let filter = try user("USERNAME \(text) \"x\"")
                #expect(filter == .compare(try path("userName"), comparison, .string("x")))
            }
        }
        #expect(try user("title PR") == .present(try path("title")))
        #expect(try user("active eq true") == .compare(try path("active"), .eq, .boolean(true)))
        #expect(try user("active ne \"False\"") == .compare(try path("active"), .ne, .boolean(false)))
        #expect(try user("title eq null") == .compare(try path("title"), .eq, .null))
    }

    @Test("and binds more than or, not and parentheses more than both")
    func precedence() throws {
        let (a, b, c) = (try user("title pr"), try user("locale pr"), try user("nickName pr"))
        #expect(try user("title pr or locale pr and nickName pr") == .any([a, .all([b, c])]))
        #expect(try user("(title pr or locale pr) and nickName pr") == .all([.any([a, b]), c]))
        #expect(try user("title pr and not (locale pr)") == .all([a, .not(b)]))
        #expect(try user("not(title pr)") == .not(a))
    }

    @Test("value paths, sub-attributes and URNs are resolved")
    func paths() throws {
        let (type, value) = (try path("emails.type"), try path("emails.value"))
        let inner = Filter.all([.compare(type, .eq, .string("work")), .compare(value, .co, .string("@x"))])
        #expect(try user(#"emails[type eq "work" and value co "@x"]"#) == .element(try path("emails"), inner))
        #expect(
            try user(#"emails[type eq "work"].value co "@x""#)
                == .element(
                    try path("emails"),
                    .all([.compare(type, .eq, .string("work")), .compare(value, .co, .string("@x"))])))
        let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
        #expect(try user("\(department) eq \"a\"") == .compare(try path(department), .eq, .string("a")))
        #expect(
            try user(#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a""#)
                == .compare(try path("userName"), .eq, .string("a")))
        #expect(try user(#"userName eq "a\"b\u00e9""#) == .compare(try path("userName"), .eq, .string("a\"bé")))
    }

    @Test(
        "what is no filter, or makes no sense for the attribute, is 400 invalidFilter",
        arguments: [
            "", " ", "bogus", "userName", "userName eq", "userName eq bob", "userName xx \"a\"", "nope eq \"a\"",
            "userName eq \"a\" and", "(userName pr", "userName pr)", "userName eq \"a", "emails[type eq \"a\"",
            "emails[nope eq \"a\"]", "userName[type eq \"a\"]", "active gt true", "active eq \"maybe\"",
            "meta.created gt \"yesterday\"", "name eq \"a\"", "title gt null", "userName eq 5", "not userName pr",
            "userName eq \"a\\u0000\"", "x509Certificates.value gt \"a\"", "emails[emails[type pr]]",
        ])
    func invalid(text: String) {
        let error = #expect(throws: SCIMError.self) { try user(text) }
        #expect(error?.status == 400 && error?.kind == .invalidFilter)
    }

    @Test("depth, terms and length are limited")
    func limits() {
        let deep = String(repeating: "(", count: 100_000)
        let wide = Array(repeating: "title pr", count: FilterParser.termLimit + 1).joined(separator: " or ")
        let long = "userName eq \"\(String(repeating: "a", count: FilterScanner.lengthLimit))\""
        let negated = String(repeating: "not (", count: 50) + "title pr" + String(repeating: ")", count: 50)
        for text in [deep, wide, long, negated] { #expect(throws: SCIMError.self) { try user(text) } }
    }

    @Test("time grows with the length, not with its square")
    func linear() throws {
        let clock = ContinuousClock()
        func time(_ count: Int) -> Duration {
            let text = "userName eq \"" + String(repeating: "\\\\", count: count) + "\""
            return (0..<5).map { _ in clock.measure { _ = try? FilterParser.parse(text, .user) } }.min() ?? .zero
        }
        let (short, long) = (time(500), time(8_000))
        #expect(long < short * 64 + .milliseconds(5))
    }

    @Test("random texts are read or refused, never more")
    func random() {
        let pieces = [
            "userName", "emails", "[", "]", "(", ")", " ", " and ", " or ", "not", " eq ", " pr", "\"a\"", "\"", "\\",
            ".", "type", "value", "true", "null", "1", "-", "urn:ietf:params:scim:schemas:core:2.0:User:", ":", "é",
        ]
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<14, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            _ = try? FilterParser.parse(text, .user)
            _ = try? PatchPath.parse(text, .user)
            _ = try? JSONReader.read(text)
        }
    }

    @Test("times are read with fractions and zones, and written in UTC")
    func times() {
        #expect(DateTime.milliseconds("2011-05-13T04:42:34Z") == 1_305_261_754_000)
        #expect(DateTime.milliseconds("2011-05-13T06:42:34.5+02:00") == 1_305_261_754_500)
        #expect(DateTime.text(1_305_261_754_500) == "2011-05-13T04:42:34.500Z")
        for text in ["", "2011-05-13", "2011-13-13T04:42:34Z", "2011-05-13T04:42:34Zx", "yesterday"] {
            #expect(DateTime.milliseconds(text) == nil)
        }
    }
}

/// The same numbers at each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
