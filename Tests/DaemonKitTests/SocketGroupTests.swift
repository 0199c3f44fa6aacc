import Glibc
import Testing

@testable import DaemonKit

@Suite struct SocketGroupTests {
    @Test("a number is a group, whether it has a name or not", arguments: [("0", gid_t(0)), ("64999", 64_999)])
    func number(_ name: String, _ expected: gid_t) {
        #expect(SocketGroup.resolve(name) == expected)
    }

    @Test("a name is looked up")
    func name() {
        #expect(SocketGroup.resolve("root") == 0)
    }

    @Test("no name means martlet where there is such a group, else this process's own group")
    func fallback() {
        let expected = getgrnam("martlet").map { $0.pointee.gr_gid } ?? getegid()
        #expect(SocketGroup.resolve("") == expected)
    }

    @Test(
        "a group that does not exist is none, and not the fallback",
        arguments: ["no-such-group", "-1", "0x0", " root", "root ", "１", "99999999999", "root:x", "\u{301}"])
    func unknown(_ name: String) {
        #expect(SocketGroup.resolve(name) == nil)
    }

    @Test("the number that means no change to chown(2) is no group")
    func noChange() {
        #expect(SocketGroup.resolve(String(gid_t.max)) == nil)
    }
}
