import Testing

/// The checker itself: it must see what is wrong in a text that is made up to be.
@Suite struct CheckerTests {
    static func file(_ path: String, _ text: String) -> SourceText { SourceText(path: path, text: text) }

    @Test(
        "an import that is not allowed is found, in whatever form it is written",
        arguments: [
            "import Storage", "  import Storage", "public import Storage", "@testable import Storage",
            "@preconcurrency internal import Storage", "import struct Storage.Database", "import Glibc; import Storage",
            "import Storage // why not", "/* a */ import Storage", "#if DEBUG\nimport Storage\n#endif",
            "import `Storage`",
            "import\tStorage", "@_spi(Inner) import Storage", "let a = \"//\"\nimport Storage",
            "/* \n */\r\nimport Storage",
        ])
    func foundImport(_ text: String) {
        let line =
            text.split(omittingEmptySubsequences: false) { $0.isNewline }.firstIndex { $0.contains("Storage") } ?? 0
        let found = Rules.imports(Self.file("Supervisor/New.swift", text))
        #expect(found == ["Supervisor/New.swift:\(line + 1): Supervisor must not import Storage"])
    }

    @Test(
        "what only looks like an import is none",
        arguments: [
            "// import Storage", "/// import Storage", "/* import Storage */", "/* /* */ import Storage */",
            "let text = \"import Storage\"", "let text = \"\"\"\n    import Storage\n    \"\"\"", "importStorage()",
            "let text = #\"\\\" import Storage \"#", "let text = \"\\\"\\nimport Storage\"",
            "#if canImport(Storage)\n#endif",
            "let important = Storage", "import Glibc", "import DaemonKit",
        ])
    func noImport(_ text: String) {
        #expect(Rules.imports(Self.file("Supervisor/New.swift", text)) == [])
    }

    @Test(
        "the rules of the documents are seen to be broken",
        arguments: [
            ("OllamaLBProxy", "Storage"), ("OllamaLBProxy", "HTTPFront"), ("OllamaLBProxy", "API"),
            ("API", "OllamaLBProxy"),
            ("SCIM", "Archiver"), ("Supervisor", "NIOHTTP1"), ("Supervisor", "Egress"), ("API", "CCurl"),
            ("API", "GRDB"),
            ("Identity", "GRDB"), ("DaemonKit", "Storage"), ("Link", "DaemonKit"), ("Contracts", "Link"),
            ("Frames", "Contracts"), ("Reactor", "NIOCore"), ("HTTPFront", "API"), ("Egress", "Storage"),
            ("martlet", "OllamaStub"), ("Storage", "Foundation"), ("DaemonKit", "Supervisor"),
        ])
    func rules(_ module: String, _ imported: String) {
        #expect(Rules.imports(Self.file("\(module)/New.swift", "import \(imported)\n")).count == 1)
    }

    @Test("a module without an entry is found, and so is one without a row in the documents")
    func unknown() {
        #expect(Rules.imports(Self.file("Novelty/New.swift", "")).count == 1)
        let text =
            "# A\n\n## Modules\n\n| module | what |\n|---|---|\n| `One`, `Two` | `no` |\n| `Three` | x |\n\n## B\n| `C` | |"
        #expect(SourceTree.documentedModules(in: text) == ["One", "Two", "Three"])
    }

    @Test("a file that is too long is found, unless it is generated")
    func length() {
        let lines = String(repeating: "\n", count: 401)
        #expect(Rules.length(Self.file("API/Long.swift", lines)) == ["API/Long.swift: 401 lines"])
        #expect(Rules.length(Self.file("API/Long.swift", String(lines.dropLast()))) == [])
        #expect(Rules.length(Self.file("Contracts/Generated/Long.swift", lines)) == [])
    }

    @Test(
        "a trap is found in code, also in a string's interpolation, and not in words",
        arguments: [
            ("let a = try! b()", 1), ("let a = b as! C", 1), ("fatalError(\"no\")", 1),
            ("print(\"\\(try! a(\")\"))\")", 1),
            ("print(\"\"\"\n  \\(a as! B)\n  \"\"\")", 1), ("print(#\"\\#(a as! B)\"#)", 1),
            ("a ? try! b : c as! D", 2),
            ("// try! harder", 0), ("print(\"try! as! fatalError(\")", 0), ("print(#\"\\(a as! B)\"#)", 0),
            ("let a = try? b() as? C", 0), ("print(\"\\(a(\"as!\"))\")", 0), ("let alias = a != b", 0),
        ])
    func traps(_ text: String, _ count: Int) {
        #expect(Rules.traps(Self.file("API/New.swift", text)).count == count)
        #expect(Rules.traps(Self.file("Contracts/Generated/New.swift", text)) == [])
    }

    @Test("@unchecked Sendable without a reason near it is found")
    func unchecked() {
        let declaration = "final class A: @unchecked Sendable {}\n"
        let reason = "/// `@unchecked Sendable`: only the loop's thread touches it.\n"
        func count(_ text: String) -> Int { Rules.unchecked(Self.file("API/New.swift", text)).count }
        #expect(count(declaration) == 1 && count("/// A class.\n" + declaration) == 1)
        #expect(count("// @unchecked Sendable\n" + declaration) == 1, "the words alone are no reason")
        #expect(count(reason + declaration) == 0)
        #expect(count("final class A: @unchecked Sendable {}  // Sendable: a Mutex guards all of it") == 0)
        #expect(count(reason + String(repeating: "\n", count: 6) + declaration) == 1)
        #expect(count("// a word about @unchecked Sendable and nothing else") == 0)
    }

    @Test("a read of the environment is found outside of its places, and of other names inside")
    func environment() {
        func count(_ path: String, _ text: String) -> Int { Rules.environment(Self.file(path, text)).count }
        for text in [
            "let a = getenv(\"A\")", "let a = secure_getenv(\"A\")", "ProcessInfo.processInfo.environment[\"A\"]",
            "var pointer = environ", "print(\"\\(getenv(name))\")",
        ] {
            #expect(count("API/New.swift", text) == 1 && count("DaemonKit/DaemonRunner.swift", text) == 1)
        }
        #expect(count("DaemonKit/DaemonRunner.swift", "getenv(\"MARTLET_LOG_FORMAT\")") == 0)
        #expect(count("API/New.swift", "getenv(\"MARTLET_LOG_FORMAT\")") == 1)
        #expect(count("API/New.swift", "// getenv(\"A\")\nlet environment = \"environ getenv(x)\"") == 0)
    }
}
