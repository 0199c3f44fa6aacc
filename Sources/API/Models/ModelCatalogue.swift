import Contracts
import HTTPFront
import Link
import Logging
import NIOHTTP1
import Synchronization

/// A model that an upstream has.
struct CatalogueModel: Sendable {
    var id: String
    var owner: ResolvedModel.Owner
    /// Its entry of `GET /api/models`, without what rows and functions add.
    var document: [String: JSONValue]
}

/// What the upstreams have, by id: asked of ollama-lb-proxy, and remembered for a moment so that a request seldom waits
/// for it. One question at a time, whoever wants to know.
final class ModelCatalogue: Sendable {
    /// One kind of upstream. An upstream that fails has no models; the others' stay.
    typealias Source = @Sendable () async throws -> [CatalogueModel]

    struct Snapshot: Sendable {
        var models: [CatalogueModel] = []
        var byID: [String: CatalogueModel] = [:]
        var time: ContinuousClock.Instant?
    }

    private struct State {
        var snapshot = Snapshot()
        var fetch: Task<Snapshot, Never>?
    }

    private let sources: [Source]
    private let logger: Logger
    private let state = Mutex(State())
    /// How long it is taken as it is, and how long while a newer one is fetched.
    private let fresh: Duration
    private let usable: Duration

    init(
        sources: [Source], fresh: Duration = .seconds(2), usable: Duration = .seconds(60), logger: Logger
    ) {
        self.sources = sources
        self.fresh = fresh
        self.usable = usable
        self.logger = logger
    }

    /// The model of this name; asked for anew when it is not known.
    func find(_ id: String) async -> CatalogueModel? {
        let snapshot = state.withLock { $0.snapshot }
        if let time = snapshot.time, let model = Self.find(id, snapshot) {
            let age = ContinuousClock.now - time
            if age < fresh { return model }
            if age < usable {
                _ = fetch()
                return model
            }
        }
        if let time = snapshot.time, ContinuousClock.now - time < .milliseconds(200) { return nil }
        return Self.find(id, await fetch().value)
    }

    /// All models.
    /// - Parameters:
    ///   - refresh: do not take what is remembered.
    ///   - isKept: what is remembered will do, whatever its age.
    func all(refresh: Bool = false, isKept: Bool = false) async -> [CatalogueModel] {
        let snapshot = state.withLock { $0.snapshot }
        if !refresh, let time = snapshot.time, isKept || ContinuousClock.now - time < fresh { return snapshot.models }
        return await fetch().value.models
    }

    /// Whether an upstream has a model of this name.
    func isKnown(_ id: String) async -> Bool { await find(id) != nil }

    private static func find(_ id: String, _ snapshot: Snapshot) -> CatalogueModel? {
        for spelling in ModelName.spellings(id) {
            guard let model = snapshot.byID[spelling] else { continue }
            if spelling == id || model.owner == .ollama { return model }
        }
        return nil
    }

    private func fetch() -> Task<Snapshot, Never> {
        state.withLock { state in
            if let fetch = state.fetch { return fetch }
            let task = Task {
                let snapshot = await ask()
                self.state.withLock { state in
                    state.snapshot = snapshot
                    state.fetch = nil
                }
                return snapshot
            }
            state.fetch = task
            return task
        }
    }

    private func ask() async -> Snapshot {
        let (sources, logger) = (sources, logger)
        let lists = await withTaskGroup(of: (Int, [CatalogueModel]).self) { group in
            for (index, source) in sources.enumerated() {
                group.addTask {
                    do {
                        return (index, try await source())
                    } catch {
                        logger.debug("an upstream's models are not known", metadata: ["error": "\(error)"])
                        return (index, [])
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var snapshot = Snapshot(time: ContinuousClock.now)
        for index in sources.indices {
            for model in lists[index] ?? [] where snapshot.byID[model.id] == nil {
                snapshot.byID[model.id] = model
                snapshot.models.append(model)
            }
        }
        return snapshot
    }
}
