import Testing

@testable import Egress

@Suite struct LDAPAnswerTests {
    private static func read(
        _ pieces: [String], bytes: Int = 1 << 20, entries: Int = 100
    ) throws(LDAPError) -> [LDAPEntry] {
        var answer = LDAPAnswer(byteLimit: bytes, entryLimit: entries)
        for piece in pieces { try answer.take(Array(piece.utf8)) }
        guard answer.isComplete else { throw LDAPError(.malformed, "incomplete") }
        return answer.entries
    }

    private static func kind(_ pieces: [String], bytes: Int = 1 << 20, entries: Int = 100) -> LDAPError.Kind? {
        do throws(LDAPError) { _ = try read(pieces, bytes: bytes, entries: entries) } catch { return error.kind }
        return nil
    }

    /// What libcurl 7.88 writes for one entry, piece by piece.
    private static let una = [
        "DN: ", "uid=una,dc=lab", "\n", "\t", "cn", ":", ": ", "VW5hIE3DvGxsZXI=", "\n", "\n", "\t", "mail", ":", " ",
        "Una@Lab.Test", "\n", "\t", "mail", ":", " ", "second@lab.test", "\n", "\n", "\n",
    ]

    @Test("entries have their names, and attributes their values in order, decoded")
    func entries() throws {
        let entries = try Self.read(Self.una + ["DN: ", "cn=x", "\n", "\n"])
        #expect(entries.map(\.dn) == ["uid=una,dc=lab", "cn=x"])
        #expect(entries[0].texts("CN") == ["Una Müller"])
        #expect(entries[0].texts("mail") == ["Una@Lab.Test", "second@lab.test"])
        #expect(entries[0].texts("uid") == [])
        #expect(try Self.read([]) == [])
    }

    @Test("no value, an empty one, an empty base64 one and the root entry are understood")
    func empty() throws {
        let entries = try Self.read([
            "DN:", "\n", "\t", "a", ":\n", "\t", "b", ":", "\n", "\n", "\t", "c", ":", ":", "\n", "\n", "\n",
        ])
        #expect(
            entries == [
                LDAPEntry(dn: "", attributes: [.init(name: "b", values: [[]]), .init(name: "c", values: [[]])])
            ])
    }

    @Test("newlines in names and values forge nothing")
    func newlines() throws {
        let forged = "x\n\n\tmail: admin@lab.test\n\nDN: cn=admin"
        let entries = try Self.read([
            "DN: ", "cn=\(forged),dc=lab", "\n", "\t", "cn", ":", " ", forged, "\n", "\n", "\t", "mail", ":", " ",
            "una@lab.test", "\n", "\n", "\n",
        ])
        #expect(entries.map(\.dn) == ["cn=\(forged),dc=lab"])
        #expect(entries[0].texts("cn") == [forged])
        #expect(entries[0].texts("mail") == ["una@lab.test"])
    }

    @Test("a value that is cut into several pieces is one; a piece that looks like a mark is refused, not believed")
    func longValues() throws {
        let long = String(repeating: "v", count: 16_384)
        let cut = ["DN: ", "cn=x", "\n", "\t", "cn", ":", " ", long, "\tmail", "\n", "\n", "\n"]
        #expect(try Self.read(cut)[0].texts("cn") == [long + "\tmail"])
        // The value ends with a newline in a piece of its own: one newline too many.
        for rest in [["\n"], ["\t", "mail", ":", " ", "a@b.c", "\n", "\n", "\n"]] {
            let pieces = ["DN: ", "cn=x", "\n", "\t", "cn", ":", " ", long, "\n", "\n", "\n"] + rest
            #expect(Self.kind(pieces) == .malformed)
        }
    }

    @Test("whatever is not of the form is refused at every place")
    func malformed() {
        for index in Self.una.indices {
            // A value may be anything but base64 that is none.
            if ["uid=una,dc=lab", "cn", "mail", "Una@Lab.Test", "second@lab.test"].contains(Self.una[index]) {
                continue
            }
            var pieces = Self.una
            pieces[index] = "?"
            #expect(Self.kind(pieces) == .malformed, "\(index)")
            #expect(Self.kind(Array(Self.una.prefix(index))) == (index == 0 ? nil : .malformed), "\(index)")
        }
        #expect(Self.kind(["DN: cn=x\n\n"]) == .malformed)
    }

    @Test("an answer has limits, in bytes and in entries")
    func limits() {
        let size = Self.una.reduce(0) { $0 + $1.utf8.count }
        #expect(Self.kind(Self.una, bytes: size) == nil)
        #expect(Self.kind(Self.una, bytes: size - 1) == .tooLarge)
        #expect(Self.kind(Self.una + Self.una, entries: 2) == nil)
        #expect(Self.kind(Self.una + Self.una + Self.una, entries: 2) == .tooLarge)
    }

    @Test("texts come from the bare name first, then from options; bytes that are no text are passed over")
    func texts() {
        let entry = LDAPEntry(
            dn: "",
            attributes: [
                .init(name: "cn;lang-de", values: [Array("Uwe".utf8)]), .init(name: "CN", values: [[0xff], [0x41]]),
                .init(name: "cnx", values: [[0x42]]),
            ])
        #expect(entry.texts("cn") == ["A", "Uwe"])
    }
}
