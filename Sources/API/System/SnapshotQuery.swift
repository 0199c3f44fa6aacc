import Contracts
import HTTPFront
import Storage

/// `?limit=&since=&backend_url=` of `/api/v1/system/snapshots`.
struct SnapshotQuery: Sendable, Equatable {
    /// Rows of each backend, 1 to 500.
    var limit = 100
    /// Epoch seconds.
    var since: Int64 = 0
    var backendURL: String?

    /// - Throws: 422 in FastAPI's form.
    init(_ query: QueryParameters) throws(HTTPError) {
        if let text = query["limit"] {
            guard let limit = Int(text) else { throw Validation.query("limit", text) }
            guard (1...500).contains(limit) else {
                throw Self.outOfRange("limit", limit < 1 ? 1 : 500, limit < 1, text)
            }
            self.limit = limit
        }
        if let text = query["since"] {
            guard let since = Int64(text) else { throw Validation.query("since", text) }
            self.since = since
        }
        backendURL = query["backend_url"]
        guard !(backendURL ?? "").utf8.contains(0) else { throw Validation.queryText("backend_url") }
    }

    private static func outOfRange(_ name: String, _ bound: Int, _ isLow: Bool, _ text: String) -> HTTPError {
        Validation.error([
            .init(
                type: isLow ? "greater_than_equal" : "less_than_equal", location: [.name("query"), .name(name)],
                message: "Input should be \(isLow ? "greater" : "less") than or equal to \(bound)",
                input: .string(text),
                context: .object([isLow ? "ge" : "le": .integer(Int64(bound))]))
        ])
    }

    /// The newest rows of each backend, newest first.
    func run(in session: any SQLSession) throws -> [(url: String, rows: [BackendSnapshot])] {
        let urls = try backendURL.map { [$0] } ?? BackendSnapshotTable.backends(since: since, in: session)
        return try urls.map { url in
            (url, try BackendSnapshotTable.latest(backendURL: url, since: since, limit: limit, in: session))
        }
    }

    static func document(_ found: [(url: String, rows: [BackendSnapshot])]) -> JSONValue {
        let backends = found.filter { !$0.rows.isEmpty }.map { ($0.url, JSONValue.array($0.rows.map(\.json))) }
        return .object([
            "backends": .object(Dictionary(backends) { first, _ in first }),
            "count": .integer(Int64(found.reduce(0) { $0 + $1.rows.count })),
        ])
    }
}

extension BackendSnapshot {
    fileprivate var json: JSONValue {
        .object([
            "id": .integer(id), "captured_at": .integer(capturedAt), "backend_url": .string(backendURL),
            "cpu_percent": .rounded(cpuPercent), "ram_percent": .rounded(ramPercent),
            "active_jobs": activeJobs.map(JSONValue.integer) ?? .null,
            "queued_jobs": queuedJobs.map(JSONValue.integer) ?? .null,
            "loaded_models": loadedModels.map(JSONValue.integer) ?? .null, "vram_used_gb": .rounded(vramUsedGB),
            "avg_tokens_per_second": .rounded(tokensPerSecond),
        ])
    }
}

extension JSONValue {
    /// To two places, for people; null where there is none.
    static func rounded(_ number: Double?) -> JSONValue {
        guard let number, number.isFinite else { return .null }
        return .number((number * 100).rounded() / 100)
    }
}
