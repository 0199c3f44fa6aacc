import Contracts
import FoundationEssentials
import Glibc
import Storage
import Testing

/// Who may sign up, as whom, and when.
@Suite("Sign-up")
struct SignUpTests {
    private func signUp(_ martlet: Martlet, _ name: String, _ email: String) async throws -> HTTP.Answer {
        let form = JSONValue.object(["name": .string(name), "email": .string(email), "password": .string("Secret-1")])
        return try await martlet.post("/api/v1/auths/signup", form.encoded)
    }

    @Test(
        "of fifty who sign up at once on a fresh server one is administrator, and the others are refused",
        arguments: EngineKind.allCases)
    func firstOfMany(_ engine: EngineKind) async throws {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        let martlet = try await Martlet.start(
            file: ["OLLAMA_BASE_URLS": ""].merging(postgres.map { ["DATABASE_URL": $0.url] } ?? [:]) { $1 })
        let answers = try await withThrowingTaskGroup(of: HTTP.Answer.self) { tasks in
            for number in 0..<50 {
                tasks.addTask { try await signUp(martlet, "n\(number)", "n\(number)@test.example") }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        let made = answers.filter { $0.status == 200 }
        #expect(made.count == 1 && made.first?.json["role"] == .string("admin"))
        // 503 when more wait for their hash than may.
        #expect(
            answers.allSatisfy {
                [200, 403, 503].contains($0.status) && BadInputSite.fault($0) == nil || $0.status == 503
            })
        #expect(answers.count { $0.status == 403 } > 0)
        let token = try #require(made.first?.json["token"]?.text)
        let list = try await martlet.get("/api/v1/users/", token: token).json
        #expect(list["total"] == .integer(1) && list["users"]?.elements?.first?["role"] == .string("admin"))
        #expect(try await signUp(martlet, "late", "late@test.example").status == 403)
        await martlet.stop()
        await postgres?.stop()
    }

    @Test("sign-up that is opened again right after the first account holds, though the supervisor saw no change")
    func reopened() async throws {
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let supervisor = martlet.process
        // So that it reads what was saved only when both changes are: it was open then, and is.
        supervisor.signal(SIGSTOP)
        let admin = try await martlet.signUp("ada")
        #expect(try await signUp(martlet, "early", "early@test.example").status == 403)
        async let opening = martlet.set(#"{"ENABLE_SIGNUP":true}"#, by: admin)
        let database = try Database.open(path: martlet.data + "/webui.db")
        do {
            defer { supervisor.signal(SIGCONT) }
            try await eventually("it is saved", within: .seconds(2)) {
                let saved = try await database.read { try ConfigTable.latest(in: $0) }
                return try saved.map { try JSONValue(json: $0) }?.value(at: "ui.enable_signup") == .bool(true)
            }
        }
        try await opening
        #expect(try await signUp(martlet, "bob", "bob@test.example").status == 200)
        try await database.close()
        await martlet.stop()
    }

    @Test(
        "an e-mail address counts once, however it is written, and what is none is refused",
        arguments: EngineKind.allCases)
    func addresses(_ engine: EngineKind) async throws {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        let people = try await People.start(file: postgres.map { ["DATABASE_URL": $0.url] } ?? [:])
        let martlet = people.martlet
        func add(_ email: String) async throws -> HTTP.Answer {
            let form = JSONValue.object([
                "name": .string("x"), "email": .string(email), "password": .string("Secret-1"),
            ])
            return try await martlet.post("/api/v1/auths/add", token: people.admin, form.encoded)
        }
        for email in ["UNA@test.example", "Una@Test.Example", "una@TEST.EXAMPLE"] {
            for answer in [try await signUp(martlet, "x", email), try await add(email)] {
                #expect(answer.status == 400 && answer.json["detail"]?.text?.contains("already registered") == true)
            }
        }
        let long = String(repeating: "x", count: 250) + "@x.yy"
        for email in [
            "", " ", "una", "@", "a@", "@b.cc", "a@b", "a@@b.cc", "a b@c.dd", " una@test.example", "una@test.example ",
            "una@test.example\n", "una@test.example\t", "\u{a0}una@test.example", "una@te\u{2003}st.example", "a@b..cc",
            "a@.cc", "a\u{7f}@b.cc", long, String(repeating: "x", count: 30_000) + "@x.yy",
        ] {
            for answer in [try await signUp(martlet, "x", email), try await add(email)] {
                #expect(
                    answer.status == 400 && BadInputSite.fault(answer) == nil, "\(email.prefix(40)): \(answer.status)")
            }
        }
        let longest = String(repeating: "x", count: 248) + "@X.yy"
        #expect(try await add(longest).json["email"] == .string(longest.lowercased()))
        let list = try await martlet.get("/api/v1/users/", token: people.admin).json
        #expect(list["total"] == .integer(5))
        await martlet.stop()
        await postgres?.stop()
    }

    @Test("a burst of saved settings does not keep others waiting: the supervisor reads for many at once")
    func burst() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let path = "/api/v1/users/default/permissions"
        let permissions = try await martlet.get(path, token: people.admin).body
        for _ in 0..<200 {
            #expect(try await martlet.post(path, token: people.admin, permissions).status == 200)
        }
        let start = ContinuousClock.now
        try await martlet.set(#"{"ENABLE_NOTES":false}"#, by: people.admin)
        #expect(start.duration(to: .now) < .seconds(3))
        #expect(!martlet.log.contains("not announced"))
        await martlet.stop()
    }
}
