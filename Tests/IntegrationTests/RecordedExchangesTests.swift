import FoundationEssentials
import Testing

/// What clients of Open WebUI 0.8.3 read in the answers of these resources, they read in Martlet's: the status and every
/// key, with a value of its JSON type. Where not: `KnownDifference`.
@Suite("Recorded exchanges")
struct RecordedExchangesTests {
    /// As the recorded server was set up.
    private static let settings = [
        "OLLAMA_BASE_URLS": "", "USER_PERMISSIONS": #"{"features":{"api_keys":false}}"#,
    ]

    @Test("accounts, users, groups and settings answer as they were recorded")
    func identity() async throws {
        try await replay(RecordedCase.read(RecordedCase.kept))
    }

    @Test(
        "the recordings themselves, where they are at hand, hold too",
        .enabled(if: FileManager.default.fileExists(atPath: RecordedCase.recordings)))
    func recordings() async throws {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let distilled = directory + "/cases.json"
        let distiller = try ChildProcess(
            "/usr/bin/env", ["python3", RecordedCase.distiller, RecordedCase.recordings, distilled],
            output: directory + "/log")
        #expect(await distiller.end(within: .seconds(30)) == 0)
        try await replay(RecordedCase.read(distilled))
        let (now, kept) = try (String(contentsOfFile: distilled, encoding: .utf8), RecordedCase.kept)
        let isUpToDate = try now == String(contentsOfFile: kept, encoding: .utf8)
        #expect(isUpToDate, "make the kept cases anew with \(RecordedCase.distiller)")
    }

    private func replay(_ cases: [RecordedCase]) async throws {
        #expect(cases.count > 100)
        let martlet = try await Martlet.start(file: Self.settings)
        var replay = Replay(martlet)
        try await replay.run(cases)
        for failure in replay.failures { Issue.record("\(failure)") }
        await martlet.stop()
    }

    @Test("each known difference is of use, and says why")
    func differencesAreOfUse() throws {
        let cases = try [
            RecordedCase.kept, RecordedCase.keptOfOllama, RecordedCase.keptOfOpenAI, RecordedCase.keptOfModels,
        ].flatMap(RecordedCase.read)
        for known in KnownDifference.all {
            #expect(cases.contains { known.applies(to: $0) }, "\(known.method) \(known.path)")
            #expect(!known.reason.isEmpty)
        }
    }
}
