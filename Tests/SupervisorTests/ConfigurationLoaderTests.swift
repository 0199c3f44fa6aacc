import Contracts
import DaemonKit
import FoundationEssentials
import Testing

@testable import Supervisor

@Suite struct ConfigurationLoaderTests {
    static func load(
        commandLine: [String: String] = [:], saved: [String: String] = [:], environment: [String: String] = [:],
        file: String? = nil
    ) throws -> Settings {
        var document = JSONValue.object([:])
        for (place, value) in saved { document.set((try? JSONValue(json: value.utf8)) ?? .string(value), at: place) }
        guard let file else {
            return try ConfigurationLoader(file: nil, commandLine: commandLine, environment: environment).load(
                saved: document)
        }
        return try withTemporaryDirectory { directory in
            let path = directory + "/martlet.env"
            try Data(file.utf8).write(to: URL(filePath: path))
            return try ConfigurationLoader(file: path, commandLine: commandLine, environment: environment).load(
                saved: document)
        }
    }

    static func problems(_ body: () throws -> Settings) -> [String] {
        do {
            _ = try body()
            return []
        } catch {
            return (error as? ConfigurationLoader.Invalid)?.problems ?? ["\(error)"]
        }
    }

    @Test("a setting comes from the command line, else the database, the environment, the file, else its default")
    func precedence() throws {
        let all = [("1h", "command line"), ("2h", "database"), ("3h", "environment JWT_EXPIRES_IN"), ("4h", "file ")]
        for first in 0...all.count {
            let settings = try Self.load(
                commandLine: first < 1 ? ["JWT_EXPIRES_IN": "1h"] : [:],
                saved: first < 2 ? ["auth.jwt_expiry": "2h"] : [:],
                environment: first < 3 ? ["JWT_EXPIRES_IN": "3h"] : [:],
                file: first < 4 ? "JWT_EXPIRES_IN=4h\n" : "")
            let expected = first < all.count ? all[first] : ("4w", "default")
            let found = settings.values["JWT_EXPIRES_IN"]
            #expect(found?.value == expected.0 && found?.source.hasPrefix(expected.1) == true)
        }
    }

    @Test("saved values that would not reach the daemons are ignored, and such a file is refused")
    func tooLong() throws {
        let long = String(repeating: "a", count: Settings.savedLimit - 3)
        var document = JSONValue.object([:])
        document.set(.string(long), at: "rag.template")
        document.set(.integer(12), at: "rag.top_k")
        document.set(.string("12345"), at: "image_generation.comfyui.workflow")
        var problems: [String] = []
        let loader = ConfigurationLoader(file: nil, commandLine: [:], environment: [:])
        let settings = try loader.load(saved: document) { problems.append($0) }
        #expect(settings.text("RAG_TEMPLATE") == long && settings.integer("RAG_TOP_K") == 12)
        #expect(settings.text("COMFYUI_WORKFLOW").isEmpty)
        #expect(problems == ["COMFYUI_WORKFLOW (from database) is too long"])
        let message: [UInt8] = try settings.message(masked: false).serializedBytes()
        #expect(message.count < 1 << 20)
        let given = Self.problems { try Self.load(environment: ["RAG_TEMPLATE": long]) }
        #expect(given == ["the settings are longer than \(Settings.givenLimit) bytes"])
    }

    @Test("a saved value counts only for the settings that are kept in the database")
    func savedOnly() throws {
        let settings = try Self.load(
            saved: ["ui.enable_signup": "false", "PORT": "1", "port": "2", "log.level": "trace", "LOG_LEVEL": "trace"],
            environment: ["PORT": "9000"])
        #expect(
            !settings.flag("ENABLE_SIGNUP") && settings.integer("PORT") == 9000 && settings.text("LOG_LEVEL") == "info")
    }

    @Test(
        "ENABLE_PERSISTENT_CONFIG off, wherever it is said and however it is spelt, ignores what was saved",
        arguments: ["false", "False", "FALSE", " false ", "0", "no", "off", ""])
    func persistence(_ spelling: String) throws {
        let saved = ["ui.enable_signup": "false"]
        let key = "ENABLE_PERSISTENT_CONFIG"
        for settings in [
            try Self.load(commandLine: [key: spelling], saved: saved),
            try Self.load(saved: saved, environment: [key: spelling]),
            try Self.load(saved: saved, file: "\(key)=\"\(spelling)\""),
        ] {
            #expect(settings.flag("ENABLE_SIGNUP") && settings.values["ENABLE_SIGNUP"]?.source == "default")
            #expect(!settings.flag(key))
        }
        #expect(try !Self.load(saved: saved, environment: [key: "true"]).flag("ENABLE_SIGNUP"))
    }

    @Test("a saved OAuth setting counts if it was saved since the start, or if saved ones count at all")
    func oauth() throws {
        func label(_ environment: [String: String], recent: Set<String>) throws -> String {
            var saved = JSONValue.object([:])
            saved.set(.string("saved"), at: "oauth.oidc.provider_name")
            saved.set(.string("http://saved"), at: "webui.url")
            let settings = try ConfigurationLoader(file: nil, commandLine: [:], environment: environment).load(
                saved: saved, recent: recent)
            #expect(
                settings.text("WEBUI_URL") == (environment["ENABLE_PERSISTENT_CONFIG"] == nil ? "http://saved" : ""))
            return settings.text("OAUTH_PROVIDER_NAME")
        }
        let given = ["OAUTH_PROVIDER_NAME": "given"]
        #expect(try label(given, recent: []) == "given")
        #expect(try label([:], recent: ["oauth.oidc.scopes"]) == "SSO")
        #expect(try label(given, recent: ["oauth.oidc.provider_name"]) == "saved")
        #expect(try label(given.merging(["ENABLE_OAUTH_PERSISTENT_CONFIG": "True"]) { $1 }, recent: []) == "saved")
        let off = given.merging(["ENABLE_PERSISTENT_CONFIG": "false", "ENABLE_OAUTH_PERSISTENT_CONFIG": "true"]) { $1 }
        #expect(try label(off, recent: ["oauth.oidc.provider_name"]) == "given")
    }

    @Test("a saved value of a setting that is ignored need not be valid")
    func ignoredSaved() throws {
        let saved = ["ollama.base_urls": "not an address"]
        let settings = try Self.load(saved: saved, environment: ["ENABLE_PERSISTENT_CONFIG": "false"])
        #expect(settings.text("OLLAMA_BASE_URLS") == "http://localhost:11434")
    }

    @Test("a saved value that is not allowed is told and does not count; one of another type neither")
    func wrongSaved() throws {
        var document = JSONValue.object([:])
        document.set(.string("not an address"), at: "ollama.base_urls")
        document.set(.array([.integer(1)]), at: "ui.enable_signup")
        document.set(.string("17 parsecs"), at: "auth.jwt_expiry")
        document.set(.null, at: "ui.default_user_role")
        var told: [String] = []
        let loader = ConfigurationLoader(file: nil, commandLine: [:], environment: ["JWT_EXPIRES_IN": "3h"])
        let settings = try loader.load(saved: document) { told.append($0) }
        #expect(settings.list("OLLAMA_BASE_URLS") == ["http://localhost:11434"] && settings.flag("ENABLE_SIGNUP"))
        #expect(settings.values["JWT_EXPIRES_IN"] == .init(value: "3h", source: "environment JWT_EXPIRES_IN"))
        #expect(told.count == 3 && told.contains { $0.hasPrefix("JWT_EXPIRES_IN") && $0.contains("17 parsecs") })
    }

    @Test("an alias is read; the setting's own name goes before it in the same place, not in a later one")
    func aliases() throws {
        let alias = ["OLLAMA_BASE_URL": "http://a"]
        #expect(try Self.load(environment: alias).text("OLLAMA_BASE_URLS") == "http://a")
        #expect(try Self.load(environment: alias).values["OLLAMA_BASE_URLS"]?.source == "environment OLLAMA_BASE_URL")
        let both = alias.merging(["OLLAMA_BASE_URLS": "http://b;http://c/"]) { $1 }
        #expect(try Self.load(environment: both).list("OLLAMA_BASE_URLS") == ["http://b", "http://c"])
        let file = "OLLAMA_BASE_URLS=http://d"
        #expect(try Self.load(environment: alias, file: file).text("OLLAMA_BASE_URLS") == "http://a")
        #expect(try Self.load(file: "GLOBAL_LOG_LEVEL=DEBUG").text("LOG_LEVEL") == "debug")
    }

    @Test("every invalid setting is named, with its value, its source and what is allowed")
    func invalid() {
        let problems = Self.problems {
            try Self.load(
                commandLine: ["PORT": "99999"],
                environment: [
                    "DEFAULT_USER_ROLE": "root", "OLLAMA_BASE_URL": "ftp://x", "OLLAMA_PROBE_INTERVAL": "1ms",
                ], file: "LOG_LEVEL=loud\n")
        }
        let expected = [
            "PORT = \"99999\" (from command line) is not allowed; allowed: a whole number from 0 to 65535",
            "LOG_LEVEL = \"loud\" (from file ",
            "DEFAULT_USER_ROLE = \"root\" (from environment DEFAULT_USER_ROLE) is not allowed; allowed: pending, user, admin",
            "OLLAMA_BASE_URLS = \"ftp://x\" (from environment OLLAMA_BASE_URL) is not allowed; allowed: "
                + "http:// or https:// addresses, separated by ;",
            "OLLAMA_PROBE_INTERVAL = \"1ms\" (from environment OLLAMA_PROBE_INTERVAL) is not allowed",
        ]
        #expect(problems.count == expected.count)
        for (problem, start) in zip(problems, expected) { #expect(problem.hasPrefix(start)) }
    }

    @Test("a secret is in no problem's text")
    func secrets() {
        let problems = Self.problems {
            try Self.load(environment: ["WEBUI_SECRET_KEY": "hush"], file: "WEBUI_SECRET_KEY=hush\nPORT=x\nhush-hush\n")
        }
        #expect(!problems.isEmpty && problems.allSatisfy { !$0.contains("hush") })
    }

    @Test("a file that cannot be read is named with the reason")
    func unreadable() throws {
        try withTemporaryDirectory { directory in
            func problems(_ path: String) -> [String] {
                Self.problems { try ConfigurationLoader(file: path, commandLine: [:], environment: [:]).load() }
            }
            let missing = directory + "/none.env"
            #expect(problems(missing) == ["cannot read the configuration file \(missing): No such file or directory"])
            #expect(problems(directory) == ["cannot read the configuration file \(directory): Is a directory"])
            let binary = directory + "/binary"
            try Data([0x41, 0x3d, 0xff, 0xfe]).write(to: URL(filePath: binary))
            #expect(problems(binary) == ["\(binary): not UTF-8 text of at most 1 MiB"])
        }
    }
}
