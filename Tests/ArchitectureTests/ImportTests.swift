import Testing

@Suite struct ImportTests {
    @Test("every file imports only what its module may")
    func imports() throws {
        let files = try SourceTree.files()
        #expect(files.count > 100)
        #expect(files.flatMap(Rules.imports) == [])
    }

    @Test("every folder of Sources has an entry, and every entry a folder")
    func complete() throws {
        #expect(try SourceTree.modules() == AllowedImports.table.keys.sorted())
    }

    @Test("every folder of Sources has a row in docs/ARCHITECTURE.md, and every row a folder")
    func documented() throws {
        let documented = SourceTree.documentedModules(in: try SourceTree.text("docs/ARCHITECTURE.md"))
        #expect(documented.count == Set(documented).count)
        #expect(documented.sorted() == (try SourceTree.modules()))
    }

    @Test("imports run one way, from a layer to one below it", arguments: AllowedImports.table.keys.sorted())
    func oneWay(_ module: String) throws {
        let entry = try #require(AllowedImports.table[module])
        for imported in entry.own {
            let other = try #require(AllowedImports.table[imported], "\(imported) is no module of this package")
            #expect(other.layer < entry.layer, "\(module) → \(imported)")
        }
        #expect(entry.others.isDisjoint(with: AllowedImports.table.keys))
    }

    @Test("the order of the layers is that of the documents")
    func layers() {
        func layer(_ module: String) -> Int { AllowedImports.table[module]?.layer ?? -1 }
        let order: [[String]] = [
            ["martlet"], AllowedImports.daemons.sorted() + ["Supervisor"],
            ["Storage", "Egress", "Identity", "HTTPFront"],
            ["DaemonKit"], ["Link", "Systemd"], ["Contracts"], ["Frames"], ["CLinux"],
        ]
        for (upper, lower) in zip(order, order.dropFirst()) {
            #expect(upper.allSatisfy { one in lower.allSatisfy { layer(one) > layer($0) } }, "\(upper) → \(lower)")
        }
        #expect(layer("Reactor") < layer("Contracts") && layer("CCurl") == 0)
    }

    @Test("no daemon comes to another daemon or to the supervisor, nor the supervisor to a daemon")
    func daemons() {
        let processes = AllowedImports.daemons.union(["Supervisor"])
        for process in processes {
            #expect(AllowedImports.reach(of: process).intersection(processes) == [process])
        }
    }

    @Test("the supervisor comes to no HTTP, no database and no network client")
    func supervisor() {
        let reach = AllowedImports.reach(of: "Supervisor")
        #expect(
            reach.isDisjoint(with: [
                "HTTPFront", "NIOHTTP1", "Storage", "GRDB", "Egress", "CCurl", "Identity", "JWTKit",
            ]))
    }

    @Test("ollama-lb-proxy comes to no database and serves no HTTP")
    func ollamaLBProxy() {
        let reach = AllowedImports.reach(of: "OllamaLBProxy")
        #expect(reach.isDisjoint(with: ["Storage", "GRDB", "CPostgres", "Identity", "HTTPFront", "NIOHTTP1"]))
    }

    @Test("only api serves HTTP; what it asks for itself goes through Egress")
    func api() {
        for daemon in AllowedImports.daemons where daemon != "API" {
            #expect(!AllowedImports.reach(of: daemon).contains("HTTPFront"))
        }
        // It asks OAuth providers and tool servers; Ollama servers are the proxy's.
        #expect(AllowedImports.table["API"]?.own.isDisjoint(with: ["CCurl", "OllamaLBProxy"]) == true)
    }

    @Test(
        "a library has one module that may import it",
        arguments: [
            ("CCurl", ["Egress"]), ("GRDB", ["Storage"]), ("CPostgres", ["Storage"]), ("CCrypt", ["Identity"]),
            ("CHiredis", ["Redis"]),
            ("JWTKit", ["Identity"]),
            ("CSystemd", ["Systemd"]), ("Egress", ["API", "Identity", "OllamaLBProxy", "SnapshotCollector"]),
            ("Crypto", ["API", "Identity", "OllamaStub", "Redis"]),
            ("ArgumentParser", ["martlet", "ollama-stub"]), ("OllamaStub", ["ollama-stub"]),
        ])
    func owners(_ library: String, _ expected: [String]) {
        let importers = AllowedImports.table.filter { $1.own.union($1.others).contains(library) }.keys.sorted()
        #expect(importers == expected)
    }
}
