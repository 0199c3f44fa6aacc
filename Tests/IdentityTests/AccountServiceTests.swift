import Foundation
import Storage
import Testing

@testable import Identity

@Suite("Accounts: sign-up and sign-in")
struct AccountServiceTests {
    @Test("the first sign-up is administrator and closes sign-up, in memory, in the table and by the callback")
    func first() async throws {
        let fixture = try Fixture()
        let response = try await fixture.accounts.signUp(
            name: "Admin", email: "Admin@Lab.Test", password: "Admin-pass-1")
        #expect(response.role == .admin && response.user.email == "admin@lab.test")
        #expect(!fixture.store.settings.enableSignup)
        #expect(
            try await fixture.database.read { try ConfigTable.latest(in: $0) }
                == Array(#"{"ui":{"enable_signup":false}}"#.utf8))
        #expect(fixture.changes.withLock { $0 } == [SettingChange(key: "ui.enable_signup", json: "false")])
        await #expect(throws: APIError.accessProhibited) {
            try await fixture.accounts.signUp(name: "B", email: "b@lab.test", password: "b")
        }
    }

    @Test("later sign-ups get the default role and the default group")
    func later() async throws {
        let fixture = try Fixture { $0.defaultGroupID = "g" }
        _ = try await fixture.signUp("admin")
        try await fixture.database.write { session in
            _ = try session.run(
                #"INSERT INTO "group" (id, permissions) VALUES ('g', '{"workspace":{"models":true}}')"#, [])
        }
        try fixture.store.update { $0.enableSignup = true }
        let response = try await fixture.accounts.signUp(name: "U", email: "u@lab.test", password: "p")
        #expect(response.role == .pending)
        #expect(response.permissions.allows("workspace.models"))
        #expect(fixture.changes.withLock { $0.count } == 1)
        #expect(fixture.store.settings.enableSignup)
    }

    @Test("of many concurrent first sign-ups exactly one is made, as administrator")
    func concurrentFirst() async throws {
        for _ in 0..<3 {
            let fixture = try Fixture()
            let results = await withTaskGroup(of: Result<Role, APIError>.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        do throws(APIError) {
                            let email = "u\(index)@lab.test"
                            return .success(
                                try await fixture.accounts.signUp(name: "U", email: email, password: "p").role)
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 == .success(.admin) } == 1)
            #expect(results.count { $0 == .failure(.accessProhibited) } == 39)
            #expect(try await fixture.database.read { try UserTable.count(in: $0) } == 1)
            #expect(fixture.changes.withLock { $0.count } == 1)
        }
    }

    @Test("of many concurrent sign-ups with one e-mail exactly one is made")
    func concurrentSameEmail() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        try fixture.store.update { $0.enableSignup = true }
        let made = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<30 {
                group.addTask {
                    let email = index % 2 == 0 ? "same@lab.test" : "SAME@lab.test"
                    do throws(APIError) {
                        _ = try await fixture.accounts.signUp(name: "U", email: email, password: "p")
                        return true
                    } catch {
                        #expect(error == .emailTaken)
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test("a first sign-up that cannot be saved leaves sign-up open")
    func failedFirst() async throws {
        let fixture = try Fixture()
        try await fixture.database.write { try ConfigTable.save(Array(#"{"ui":3}"#.utf8), in: $0) }
        await #expect(throws: APIError.internalError) {
            try await fixture.accounts.signUp(name: "A", email: "a@lab.test", password: "p")
        }
        #expect(fixture.store.settings.enableSignup)
        #expect(try await fixture.database.read { try UserTable.count(in: $0) } == 0)
        try await fixture.database.write { try ConfigTable.save(Array("{}".utf8), in: $0) }
        #expect(try await fixture.accounts.signUp(name: "A", email: "a@lab.test", password: "p").role == .admin)
    }

    @Test("sign-up off, or the form off: refused, unless the first administrator may come in")
    func signUpOff() async throws {
        for change: @Sendable (inout IdentitySettings) -> Void in [
            { $0.enableSignup = false }, { $0.enableLoginForm = false },
        ] {
            let fixture = try Fixture(change)
            await #expect(throws: APIError.accessProhibited) {
                try await fixture.accounts.signUp(name: "A", email: "a@lab.test", password: "p")
            }
            try fixture.store.update { $0.enableInitialAdminSignup = true }
            #expect(try await fixture.accounts.signUp(name: "A", email: "a@lab.test", password: "p").role == .admin)
            await #expect(throws: APIError.accessProhibited) {
                try await fixture.accounts.signUp(name: "B", email: "b@lab.test", password: "p")
            }
        }
    }

    @Test(
        "an e-mail of no valid form is refused with the recorded answer",
        arguments: [
            "", "nope", "@", "a@", "@b.c", "a@b", "a@b.", "a@.c", "a@b@c.d", "a b@c.d", "a@b.c\0", "a@b.c\n", "a\0@b.c",
            String(repeating: "x", count: 10_000) + "@b.c", "a@" + String(repeating: "b.", count: 5_000) + "c",
        ])
    func badEmail(email: String) async throws {
        let fixture = try Fixture()
        let error = await #expect(throws: APIError.self) {
            try await fixture.accounts.signUp(name: "A", email: email, password: "p")
        }
        #expect(error?.status == 400)
        #expect(error?.detail.hasPrefix("The email format you entered is invalid.") == true)
    }

    @Test(
        "e-mails of unusual but valid form are taken",
        arguments: ["a@localhost", "ä@ö.ü", "a+b'--;\"@c.d", "😀@a.b", "%@_.c"])
    func oddEmail(email: String) async throws {
        let fixture = try Fixture()
        _ = try await fixture.accounts.signUp(name: "A", email: email, password: "p")
        #expect(try await fixture.accounts.signIn(email: email.uppercased(), password: "p").user.email == email)
    }

    @Test("passwords and names that cannot be stored are refused with 400")
    func badPassword() async throws {
        let fixture = try Fixture()
        let long = String(repeating: "a", count: 73)
        for (name, password, expected) in [
            ("A", long, APIError.passwordTooLong), ("A", "", .invalidPassword), ("A", "a\0b", .invalidPassword),
            ("A\0", "p", .invalidName), (String(repeating: "ä", count: 256), "p", .invalidName),
        ] {
            await #expect(throws: expected) {
                try await fixture.accounts.signUp(name: name, email: "a@lab.test", password: password)
            }
        }
        #expect(try await fixture.database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test("sign-in: right, wrong, unknown, and what a NUL or 10 kB would try")
    func signIn() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        let response = try await fixture.accounts.signIn(email: "ADMIN@lab.test", password: "pass-admin")
        #expect(response.role == .admin && response.expiresAt == fixture.time.now + 2_419_200)
        let principal = try await fixture.authenticator.authenticate(response.token, path: "/")
        #expect(principal.userID == response.user.id)
        for (email, password) in [
            ("admin@lab.test", "bad"), ("admin@lab.test", ""), ("zz@lab.test", "pass-admin"), ("", ""),
            ("admin@lab.test\0", "pass-admin"), ("admin@lab.test", "pass-admin\0"),
            ("' OR '1'='1", "x"), (String(repeating: "e", count: 10_000), "x"),
            ("admin@lab.test", String(repeating: "p", count: 100_000)),
        ] {
            let error = await #expect(throws: APIError.self) {
                try await fixture.accounts.signIn(email: email, password: password)
            }
            #expect(
                error
                    == APIError(
                        status: 400,
                        detail:
                            "The email or password provided is incorrect. Please check for typos and try logging in again."
                    ))
        }
    }

    @Test("an account without password, with another text for it, or inactive cannot sign in")
    func noPassword() async throws {
        let fixture = try Fixture()
        let (principal, _) = try await fixture.signUp("admin")
        for sql in [
            "UPDATE auth SET active = 0 WHERE id = ?",
            "UPDATE auth SET active = 1, password = 'd81b9c3c-34b6-4e52-a833-c1179239641a' WHERE id = ?",
            "DELETE FROM auth WHERE id = ?",
        ] {
            try await fixture.database.write { _ = try $0.run(sql, [.text(principal.userID)]) }
            for password in ["pass-admin", "d81b9c3c-34b6-4e52-a833-c1179239641a"] {
                await #expect(throws: APIError.invalidCredentials) {
                    try await fixture.accounts.signIn(email: "admin@lab.test", password: password)
                }
            }
        }
    }

    @Test("the sixteenth attempt in three minutes is refused, even with the right password")
    func limit() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        for _ in 0..<15 {
            await #expect(throws: APIError.invalidCredentials) {
                try await fixture.accounts.signIn(email: "admin@lab.test", password: "bad")
            }
        }
        await #expect(throws: APIError(status: 429, detail: "API rate limit exceeded")) {
            try await fixture.accounts.signIn(email: "Admin@lab.test", password: "pass-admin")
        }
        fixture.time.advance(240)
        _ = try await fixture.accounts.signIn(email: "admin@lab.test", password: "pass-admin")
    }

    @Test("password sign-in switched off is refused")
    func passwordOff() async throws {
        let fixture = try Fixture { $0.enablePasswordAuth = false }
        await #expect(throws: APIError.actionProhibited) {
            try await fixture.accounts.signIn(email: "a@lab.test", password: "p")
        }
    }

    @Test("a burst of sign-ins beyond the queue is answered 503, never hangs")
    func overload() async throws {
        let fixture = try Fixture(cost: 8, queueCapacity: 2)
        let errors = await withTaskGroup(of: APIError?.self) { group in
            for index in 0..<40 {
                group.addTask {
                    do throws(APIError) {
                        _ = try await fixture.accounts.signIn(email: "u\(index)@lab.test", password: "p")
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.allSatisfy { $0 == .invalidCredentials || $0 == .overloaded })
        #expect(errors.contains(.overloaded) && errors.contains(.invalidCredentials))
    }

    @Test("random names, e-mails and passwords are taken or refused with 400 or 403, never an internal error")
    func fuzz() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        try fixture.store.update { $0.enableSignup = true }
        for round in 0..<200 {
            // Short e-mails come again: stay below the sign-in limit.
            fixture.time.advance(60)
            let email = Self.noise(20) + (round % 2 == 0 ? "@" + Self.noise(4) + ".x" : "")
            let (name, password) = (Self.noise(300), Self.noise(40))
            do throws(APIError) {
                let made = try await fixture.accounts.signUp(name: name, email: email, password: password)
                #expect(made.user.name == name)
                _ = try await fixture.accounts.signIn(email: email, password: password)
            } catch {
                #expect(error.status == 400)
            }
            do throws(APIError) {
                _ = try await fixture.accounts.signIn(email: Self.noise(20), password: password)
            } catch {
                #expect(error.status == 400)
            }
        }
    }

    /// Text of any characters, control characters and quotes often.
    private static func noise(_ longest: Int) -> String {
        String(
            String.UnicodeScalarView(
                (0..<Int.random(in: 0...longest)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0...0x10_FFFF) >> UInt32.random(in: 0...16))
                }))
    }
}
