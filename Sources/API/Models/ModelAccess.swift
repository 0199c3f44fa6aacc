import Contracts
import HTTPFront
import Identity
import Logging
import Storage

/// Who may use which model. Every route that reaches a model asks here.
///
/// Rules (Open WebUI's): an inactive model is there for nobody; an administrator may use all others
/// (BYPASS_ADMIN_ACCESS_CONTROL), and everybody may with BYPASS_MODEL_ACCESS_CONTROL; else a model is its owner's and
/// of those with a grant, and one without a row is nobody's but an administrator's. What a caller may not use answers
/// as what is not there. Who may use a custom model may use its base model through it.
///
/// Rights are read at each call, so that a revoked grant holds at once.
struct ModelAccess: Sendable {
    let database: Database
    let board: SettingsBoard
    let catalogue: ModelCatalogue
    let logger: Logger

    static let notFound = HTTPError(.notFound, "Model not found")
    /// Custom models on custom models; more is a loop.
    private static let depthLimit = 5

    /// A model that `principal` may use.
    ///
    /// - Parameter owner: who serves the base model, where the route says so (`/ollama/…`); nil: the catalogue is asked.
    /// - Throws: 404 `Model not found` for what is absent, inactive or not the caller's; 503 without a database.
    func resolve(
        _ id: String, for principal: Principal, owner: ResolvedModel.Owner? = nil
    ) async throws(HTTPError) -> ResolvedModel {
        // No database takes it.
        guard !id.isEmpty, id.utf8.count <= 1024, !id.utf8.contains(0) else { throw Self.notFound }
        let isUnrestricted = isUnrestricted(principal)
        let userID = principal.userID
        let rows = try await read { session in try Self.rows(id, userID, isUnrestricted, in: session) }
        guard let rows else { throw Self.notFound }
        var model = try Self.merged(id, rows)
        if let owner {
            model.owner = owner
        } else {
            guard let found = await catalogue.find(model.upstreamID) else { throw Self.notFound }
            model.owner = found.owner
            model.upstreamID = found.id
        }
        return model
    }

    /// Those of `ids` that `principal` may use: one query, whatever their number.
    func visible(_ ids: some Sequence<String> & Sendable, for principal: Principal) async throws(HTTPError) -> Set<
        String
    > {
        if isUnrestricted(principal) { return Set(ids) }
        let userID = principal.userID
        let readable = try await read { session in try ModelTable.readableIDs(userID: userID, in: session) }
        return Set(ids.filter { id in ModelName.spellings(id).contains(where: readable.contains) })
    }

    /// May use and change everything, whatever the rows say.
    func isUnrestricted(_ principal: Principal) -> Bool {
        let settings = board.settings
        if settings.flag("BYPASS_MODEL_ACCESS_CONTROL") { return principal.role != .pending }
        return principal.role == .admin && settings.flag("BYPASS_ADMIN_ACCESS_CONTROL")
    }

    // MARK: Rows

    /// The rows from `id` down to the base model; empty: `id` has none. Nil: not for this caller.
    private static func rows(
        _ id: String, _ userID: String, _ isUnrestricted: Bool, in session: some SQLSession
    ) throws -> [ModelRecord]? {
        var rows: [ModelRecord] = []
        var next = id
        while rows.count < depthLimit {
            guard let (record, rights) = try find(next, userID, in: session) else {
                return rows.isEmpty && !isUnrestricted ? nil : rows
            }
            // The base model itself comes with the custom one; a custom model in between does not.
            let isReached = !rows.isEmpty && record.baseModelID == nil
            guard record.isActive, isUnrestricted || isReached || rights.mayRead else { return nil }
            if isReached { return rows }
            rows.append(record)
            guard let base = record.baseModelID else { return rows }
            next = base
        }
        return nil
    }

    /// `llama3` and `llama3:latest` are one model to Ollama; the spelling that was asked for counts first.
    private static func find(
        _ id: String, _ userID: String, in session: some SQLSession
    ) throws -> (record: ModelRecord, rights: ModelRights)? {
        for spelling in ModelName.spellings(id) {
            if let found = try ModelTable.find(id: spelling, for: userID, in: session) { return found }
        }
        return nil
    }

    private static func merged(_ id: String, _ rows: [ModelRecord]) throws(HTTPError) -> ResolvedModel {
        // A row about a base model may be spelt otherwise than it was asked for.
        let upstream = rows.last?.baseModelID ?? id
        var chain = rows.filter { $0.baseModelID != nil }.map(\.id)
        chain.append(upstream)
        var model = ResolvedModel(
            id: id, upstreamID: upstream, owner: .ollama, chain: chain, name: rows.first?.name,
            meta: rows.first?.meta)
        for row in rows.reversed() where row.params != "{}" {
            guard case .object(var params)? = try? JSONValue(json: row.params.utf8) else { continue }
            if let system = params.removeValue(forKey: "system")?.text, !system.isEmpty { model.system = system }
            model.params.merge(params) { $1 }
        }
        return model
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(HTTPError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw APIError(of: error, "models could not be read", logger).httpError
        }
    }
}
