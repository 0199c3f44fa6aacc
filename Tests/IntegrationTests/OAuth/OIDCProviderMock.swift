import Contracts
import FoundationEssentials
import Testing

/// `oidc-provider-mock` (PyPI), an OpenID Connect provider for tests, on a port of its own.
final class OIDCProviderMock: Sendable {
    static let environment = ProcessInfo.processInfo.environment["MARTLET_CLIENTS"]

    let process: ChildProcess
    let url: String
    private let directory: String

    private init(_ process: ChildProcess, _ url: String, _ directory: String) {
        self.process = process
        self.url = url
        self.directory = directory
    }

    static func start(_ arguments: String...) async throws -> OIDCProviderMock {
        let directory = Martlet.temporaryDirectory()
        let process = try ChildProcess(
            (environment ?? "") + "/bin/python", ["-m", "oidc_provider_mock", "--port", "0"] + arguments,
            output: directory + "/out", environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let mark = "Uvicorn running on "
        func log() -> String { (try? String(contentsOfFile: directory + "/out", encoding: .utf8)) ?? "" }
        do {
            try await eventually("oidc-provider-mock listens", within: .seconds(60)) {
                guard process.poll() == nil else { throw Missed("oidc-provider-mock: \(log())") }
                return log().contains(mark)
            }
        } catch {
            process.signal(9)
            process.reap()
            throw error
        }
        let text = log()
        let url = text[(text.firstRange(of: mark)?.upperBound ?? text.startIndex)...].prefix { $0 != " " }
        return OIDCProviderMock(process, String(url), directory)
    }

    deinit { stop() }

    func stop() {
        process.signal(9)
        process.reap()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Somebody whom the provider knows, and what it says of them.
    func put(_ subject: String, _ claims: String) async throws {
        let page = try await Browser().send(
            "PUT", "\(url)/users/\(subject)", body: claims, headers: [("content-type", "application/json")])
        guard page.status == 204 else { throw Missed("oidc-provider-mock: \(page.status) \(page.body)") }
    }

    /// Signs in at the provider's form.
    /// - Returns: where it sends the browser back to.
    func authorize(_ browser: Browser, _ url: String, as subject: String) async throws -> String {
        let form = try await browser.get(url)
        guard form.status == 200, form.body.contains("Authorize") else {
            throw Missed("the provider's form: \(form.status) \(form.body.prefix(300))")
        }
        let page = try await browser.postForm(url, "sub=\(percentEncoded(subject))")
        guard let location = page.location else { throw Missed("no redirect: \(page.status) \(page.body.prefix(300))") }
        return location
    }
}

extension Martlet {
    /// With a generic provider.
    static func start(provider url: String, _ settings: [String: String] = [:]) async throws -> Martlet {
        try await start(
            file: [
                "OLLAMA_BASE_URLS": "", "OPENID_PROVIDER_URL": "\(url)/.well-known/openid-configuration",
                "OAUTH_CLIENT_ID": "martlet", "OAUTH_CLIENT_SECRET": "provider-secret", "ENABLE_OAUTH_SIGNUP": "true",
                "DEFAULT_USER_ROLE": "user",
            ].merging(settings) { $1 })
    }

    /// Begins a login: where the browser is sent.
    func login(_ browser: Browser, _ path: String = "/oauth/oidc/login") async throws -> String {
        let page = try await browser.get(base + path)
        guard page.status == 302, let location = page.location else {
            throw Missed("login: \(page.status) \(page.location ?? "") \(page.body)")
        }
        return location
    }

    /// Signs in over the provider; the callback's answer.
    func signIn(
        over mock: OIDCProviderMock, as subject: String, _ browser: Browser = Browser()
    ) async throws -> (page: Browser.Page, browser: Browser) {
        let back = try await mock.authorize(browser, try await login(browser), as: subject)
        return (try await browser.get(back), browser)
    }

    /// The session that a browser's cookie stands for; `.null` for none.
    func session(_ browser: Browser) async throws -> JSONValue {
        guard let token = browser.cookies(base)["token"] else { return .null }
        return try await get("/api/v1/auths/", token: token).json
    }
}
