import Glibc
import Testing

@testable import Identity

@Suite("Passwords")
struct PasswordTests {
    let hasher = PasswordHasher(cost: 4)

    @Test("a password matches its hash and no other; two hashes of one password differ")
    func roundTrip() async throws {
        let hash = try await hasher.hash("Admin-pass-1")
        #expect(hash.hasPrefix("$2b$04$") && hash.utf8.count == 60)
        #expect(try await hasher.verify("Admin-pass-1", against: hash))
        #expect(try await !hasher.verify("admin-pass-1", against: hash))
        #expect(try await !hasher.verify("", against: hash))
        #expect(try await hasher.hash("Admin-pass-1") != hash)
    }

    @Test("the default cost is 12")
    func defaultCost() async throws {
        #expect(try await PasswordHasher().hash("x").hasPrefix("$2b$12$"))
    }

    @Test(
        "hashes of other programs match, whichever of the three prefixes they have",
        arguments: ["$2a$", "$2b$", "$2y$"])
    func knownVectors(prefix: String) async throws {
        // Test vectors of crypt_blowfish.
        let vectors = [
            ("U*U", "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("U*U*U", "05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ]
        for (password, hash) in vectors {
            #expect(try await hasher.verify(password, against: prefix + hash))
            #expect(try await !hasher.verify(password + "x", against: prefix + hash))
        }
    }

    @Test(
        "what is no bcrypt hash never matches",
        arguments: [
            nil, "", "x", "d81b9c3c-34b6-4e52-a833-c1179239641a", "*0", "$2b$", "$2b$04$short",
            "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$!!!!!!!!!!!!!!!!!!!!!!E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$1$abcdefgh$0123456789012345678901",
        ])
    func noHash(hash: String?) async throws {
        for password in ["", "x", "U*U", hash ?? ""] {
            #expect(try await !hasher.verify(password, against: hash))
        }
    }

    @Test("more than 72 bytes, an empty password and a NUL are refused for a new hash")
    func refused() async throws {
        await #expect(throws: PasswordError.tooLong) { try await hasher.hash(String(repeating: "a", count: 73)) }
        await #expect(throws: PasswordError.tooLong) { try await hasher.hash(String(repeating: "ä", count: 37)) }
        await #expect(throws: PasswordError.unusable) { try await hasher.hash("") }
        await #expect(throws: PasswordError.unusable) { try await hasher.hash("a\0b") }
        #expect(try await hasher.hash(String(repeating: "ä", count: 36)).utf8.count == 60)
    }

    @Test("at sign-in only the first 72 bytes count, and no half character")
    func truncation() async throws {
        let full = String(repeating: "a", count: 72)
        let hash = try await hasher.hash(full)
        #expect(try await hasher.verify(full + "whatever", against: hash))
        #expect(try await !hasher.verify(String(repeating: "a", count: 71), against: hash))
        #expect(PasswordHasher.truncated(String(repeating: "a", count: 71) + "äx") == String(repeating: "a", count: 71))
        #expect(PasswordHasher.truncated(String(repeating: "😀", count: 20)) == String(repeating: "😀", count: 18))
    }

    @Test("what follows a NUL is not ignored")
    func nul() async throws {
        let hash = try await hasher.hash("secret")
        #expect(try await !hasher.verify("secret\0", against: hash))
        #expect(try await !hasher.verify("secret\0more", against: hash))
    }

    @Test("an unknown account costs about as much work as a wrong password")
    func timing() async throws {
        let hash = try await PasswordHasher(cost: 10).hash("right")
        let known = try fastest(hash)
        for unknown in [nil, "no hash at all"] {
            #expect((0.5...2).contains(try fastest(unknown) / known))
        }
    }

    /// CPU time of this thread: other tests run beside.
    private func fastest(_ hash: String?) throws -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return try (0..<4).map { _ in
            let start = now()
            _ = try #require(Crypt.hash("wrong", setting: PasswordHasher.setting(for: hash, cost: 10)))
            return now() - start
        }.min() ?? 0
    }

    @Test("a hash that nobody wants any more when its turn comes is not made")
    func unwanted() async throws {
        await #expect(throws: PasswordError.unwanted) { try await hasher.hash("x") { false } }
        #expect(try await hasher.hash("x") { true }.hasPrefix("$2b$"))
    }

    @Test("a full queue refuses, and what was accepted is answered")
    func overload() async {
        let hasher = PasswordHasher(cost: 6, threads: 1, queueCapacity: 4)
        let results = await withTaskGroup(of: Result<Bool, PasswordError>.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do throws(PasswordError) {
                        return .success(try await hasher.verify("x", against: nil))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.contains(.failure(.overloaded)))
        #expect(results.count { $0 == .success(false) } >= 4)
        #expect(results.allSatisfy { $0 == .success(false) || $0 == .failure(.overloaded) })
    }

    @Test("random texts round-trip, or are refused for a reason that holds")
    func fuzz() async throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let scalars = (0..<Int.random(in: 0...40, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2_FFFF, using: &generator) >> UInt32.random(in: 0...16))
            }
            let password = String(String.UnicodeScalarView(scalars))
            do {
                let hash = try await hasher.hash(password)
                #expect(try await hasher.verify(password, against: hash))
                // Above all that is made here, so never the end of the password itself.
                #expect(try await !hasher.verify(password.dropLast() + "\u{10FFFD}", against: hash))
            } catch .tooLong {
                #expect(password.utf8.count > 72)
            } catch .unusable {
                #expect(password.isEmpty || password.utf8.contains(0))
            }
        }
    }
}
