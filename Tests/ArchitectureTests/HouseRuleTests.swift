import Testing

@Suite struct HouseRuleTests {
    @Test("no file has more than 400 lines")
    func length() throws {
        #expect(try SourceTree.files().flatMap(Rules.length) == [])
    }

    @Test("nothing traps on purpose: no try!, no as!, no fatalError")
    func traps() throws {
        #expect(try SourceTree.files().flatMap(Rules.traps) == [])
    }

    @Test("@unchecked Sendable comes with its reason")
    func unchecked() throws {
        #expect(try SourceTree.files().flatMap(Rules.unchecked) == [])
    }

    @Test("the environment is read in the listed places only: no daemon reads it for itself")
    func environment() throws {
        #expect(try SourceTree.files().flatMap(Rules.environment) == [])
    }

    @Test("the places that may read the environment exist and do")
    func readers() throws {
        let files = try SourceTree.files()
        for path in Rules.environmentReaders.keys {
            let file = try #require(files.first { $0.path == path }, "\(path)")
            #expect(file.code.contains { $0.contains("getenv(") || $0.contains("environ") }, "\(path)")
        }
        let kinds = Set(Rules.environmentReaders.keys.map { $0.prefix { $0 != "/" } })
        #expect(kinds == ["DaemonKit", "Systemd", "Supervisor", "martlet"])
    }
}
