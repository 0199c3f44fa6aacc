import FoundationEssentials
import OllamaStub
import Storage

/// Two servers, people of each kind, and models that not everybody may use: "shared:1b" is everybody's, "una:1b" is
/// una's by a grant, "secret:1b" administrators' only. The first server has all of them, the second "shared:1b" alone.
struct Fleet {
    let first: OllamaStub
    let second: OllamaStub
    let people: People

    var martlet: Martlet { people.martlet }
    var admin: String { people.admin }
    var user: String { people.user }
    var other: String { people.other }

    static func start(_ settings: [String: String] = [:]) async throws -> Fleet {
        let names = ["shared:1b", "una:1b", "secret:1b"]
        let first = try await OllamaStub.start(script: .init(models: names.map { .init(name: $0) }))
        let second = try await OllamaStub.start(script: .init(models: [.init(name: "shared:1b")]))
        let urls = "\(first.url);\(second.url)"
        let people = try await People.start(file: settings.merging(["OLLAMA_BASE_URLS": urls]) { $1 })
        let fleet = Fleet(first: first, second: second, people: people)
        try await fleet.row("shared:1b", grants: ["*"])
        try await fleet.row("una:1b", grants: [people.id("una")])
        return fleet
    }

    /// Puts a model into the database, with grants to read it.
    func row(_ id: String, base: String? = nil, params: String = "{}", grants: [String]) async throws {
        let database = try Database.open(path: martlet.data + "/webui.db")
        let record = ModelRecord(
            id: id, userID: people.id("ada"), baseModelID: base, name: id, meta: "{}", params: params, now: 1)
        let granted = grants.enumerated().map { index, who in
            AccessGrant(
                id: "\(id)-\(index)", principalType: .user, principalID: who, permission: .read, createdAt: 1)
        }
        try await database.write { session in
            try ModelTable.insert(record, in: session)
            try AccessGrantTable.replace(.model, id: id, with: granted, in: session)
        }
        try await database.close()
    }

    func stop() async {
        await martlet.stop()
        await first.stop()
        await second.stop()
    }
}
