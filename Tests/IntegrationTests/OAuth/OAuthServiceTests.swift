import Contracts
import FoundationEssentials
import Logging
import Storage
import Testing

@testable import Identity

/// What no setting can aim at a stub: providers with fixed addresses, and the use of kept tokens. The service itself,
/// on a database of its own, against a provider over HTTP.
@Suite("OAuth: the service")
struct OAuthServiceTests {
    private struct Home {
        let service: OAuthService
        let accounts: AccountService
        let stub: ProviderStub
        let directory: String

        func end() async {
            await stub.stop()
            try? FileManager.default.removeItem(atPath: directory)
        }

        /// A whole sign-in, without a browser.
        func signIn() async throws -> Result<OAuthArrival, OAuthError> {
            let departure = try await service.login("github", base: "http://here", cookie: nil)
            let back = try #require(try await Browser().get(departure.location).location)
            let values = query(back)
            return await service.callback(
                "github",
                OAuthCallback(state: values["state"], code: values["code"], error: nil, issuer: nil),
                cookie: departure.stateCookie
            ).result
        }
    }

    private func home(_ change: (inout OAuthSettings) -> Void = { _ in }) async throws -> Home {
        let directory = Martlet.temporaryDirectory()
        try Migrator.prepare(path: directory + "/webui.db")
        let database = try Database.open(path: directory + "/webui.db")
        let store = try IdentitySettingsStore(IdentitySettings(secretKey: Array("0123456789".utf8)))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let accounts = AccountService(
            database: database, settings: store, hasher: PasswordHasher(),
            authenticator: Authenticator(database: database, settings: store, logger: logger), logger: logger,
            settingsChanged: { _ in })
        let stub = try await ProviderStub.start()
        let client = OAuthProvider.Client(id: "martlet", secret: "secret", scope: "user:email", redirectURI: "")
        var github = try #require(OAuthProvider.github(client))
        github.endpoints = .fixed(
            ProviderMetadata(
                issuer: stub.url, authorization: stub.url + "/authorize", token: stub.url + "/token",
                userinfo: stub.url + "/userinfo"))
        github.emailsURL = stub.url + "/emails"
        var settings = OAuthSettings(secretKey: Array("0123456789".utf8))
        settings.providers = [github]
        settings.accounts.allowsSignUp = true
        change(&settings)
        return Home(
            service: OAuthService(settings, accounts: accounts, logger: logger), accounts: accounts, stub: stub,
            directory: directory)
    }

    @Test("GitHub: the id is a number, the e-mail may be private, and only a verified primary one counts")
    func github() async throws {
        let home = try await home()
        home.stub.change {
            $0.givesIDToken = false
            $0.userinfo = ["id": .integer(583_231), "name": .null, "login": .string("octo"), "email": .null]
        }
        func emails(_ json: String) throws {
            let list = try #require(try JSONValue(json: json.utf8).elements)
            home.stub.change { $0.emails = list }
        }
        for refused in [
            "[]", #"[{"email":"a@example.org","primary":true,"verified":false}]"#,
            #"[{"email":"a@example.org","primary":false,"verified":true}]"#, #"[{"primary":true,"verified":true}]"#,
        ] {
            try emails(refused)
            guard case .failure(let error) = try await home.signIn() else {
                Issue.record("\(refused)")
                return
            }
            #expect(error.cause.contains("e-mail") && error.shown == .invalidCredentials)
        }
        try emails(
            #"[{"email":"x@example.org","primary":false,"verified":true},"#
                + #"{"email":"Octo@example.org","primary":true,"verified":true}]"#)
        let session = try await home.signIn().get().session
        #expect(session.user.email == "octo@example.org" && session.role == .admin)
        // As Open WebUI writes it, and finds it again.
        let stored = try await home.accounts.read { try UserTable.record(id: session.user.id, in: $0)?.oauth }
        #expect(stored == #"{"github": {"sub": 583231}}"#)
        #expect(try await home.signIn().get().session.user.id == session.user.id)
        let form = home.stub.state.withLock { $0.lastForm }
        #expect(form["client_secret"] == "secret" && form["code_verifier"]?.utf8.count == 43)
        await home.end()
    }

    @Test("a deactivated account does not come in over a provider")
    func deactivated() async throws {
        let home = try await home()
        home.stub.change { $0.userinfo = ["id": .integer(1), "email": .string("ada@example.org")] }
        let id = try await home.signIn().get().session.user.id
        try await home.accounts.write { session in
            _ = try session.run("UPDATE auth SET active = false WHERE id = ?", [.text(id)])
        }
        guard case .failure(let error) = try await home.signIn() else {
            Issue.record("signed in")
            return
        }
        #expect(error.shown == .invalidCredentials)
        await home.end()
    }

    @Test("a kept token is refreshed in time, once for all who ask, and given up when the provider refuses")
    func refresh() async throws {
        let home = try await home()
        home.stub.change {
            $0.userinfo = ["id": .integer(1), "email": .string("ada@example.org")]
            $0.tokenAnswer = ["expires_in": .integer(200)]
            $0.refreshTokens = ["rt-1"]
        }
        let arrival = try await home.signIn().get()
        let (id, userID) = (try #require(arrival.oauthSessionID), arrival.session.user.id)
        #expect(try await home.service.accessToken(sessionID: id, userID: "somebody else") == nil)
        #expect(try await home.service.accessToken(sessionID: "x", userID: userID) == nil)
        let before = home.stub.requests("/token")
        let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try await home.service.accessToken(sessionID: id, userID: userID) } }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(tokens == ["at-after-rt-1"])
        #expect(home.stub.requests("/token") - before < 20)
        let asked = home.stub.requests("/token")
        // It lasts two hours now: nobody is asked.
        #expect(try await home.service.accessToken(sessionID: id, userID: userID) == "at-after-rt-1")
        #expect(home.stub.requests("/token") == asked)
        // The refresh token is still the old one, which the provider does not take any more.
        home.stub.change { $0.refreshTokens = [] }
        try await expire(id, home)
        #expect(try await home.service.accessToken(sessionID: id, userID: userID) == nil)
        let left = try await home.accounts.read { try OAuthSessionTable.of(userID: userID, in: $0) }
        #expect(left.isEmpty)
        await home.end()
    }

    @Test("a provider that does not answer costs nobody the kept token while it lasts")
    func refreshOutage() async throws {
        let home = try await home { $0.timeout = .seconds(1) }
        home.stub.change {
            $0.userinfo = ["id": .integer(1), "email": .string("ada@example.org")]
            $0.tokenAnswer = ["expires_in": .integer(200)]
        }
        let arrival = try await home.signIn().get()
        let (id, userID) = (try #require(arrival.oauthSessionID), arrival.session.user.id)
        home.stub.change { $0.failing = ["/token": 503] }
        #expect(try await home.service.accessToken(sessionID: id, userID: userID) == "at-1")
        home.stub.change { $0.hanging = ["/token"] }
        #expect(try await home.service.accessToken(sessionID: id, userID: userID) == "at-1")
        try await expire(id, home)
        #expect(try await home.service.accessToken(sessionID: id, userID: userID) == nil)
        // It may come back: the session stays.
        let left = try await home.accounts.read { try OAuthSessionTable.of(userID: userID, in: $0) }
        #expect(left.map(\.id) == [id])
        await home.end()
    }

    private func expire(_ id: String, _ home: Home) async throws {
        try await home.accounts.write { session in
            _ = try session.run("UPDATE oauth_session SET expires_at = 1 WHERE id = ?", [.text(id)])
        }
    }
}
