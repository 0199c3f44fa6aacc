import Contracts
import HTTPFront
import Link
import NIOCore
import Synchronization

/// The models of all servers with OpenAI's API: asked of ollama-lb-proxy, sent and decoded only when they have changed.
final class OpenAIModels: Sendable {
    struct Model: Sendable {
        /// With its connection's prefix.
        var id: String
        /// As JSON.
        var text: ArraySlice<UInt8>
        var members: [String: JSONValue]
        /// Place of its connection in OPENAI_API_BASE_URLS.
        var connection: Int
    }

    struct Snapshot: Sendable {
        var revision: UInt64 = 0
        var models: [Model] = []
        var byID: [String: Int] = [:]
    }

    private let client: LinkClient
    private let state = Mutex(Snapshot())
    static let limit = 64 << 20

    init(client: LinkClient) { self.client = client }

    /// - Parameter refresh: every server is asked now, and waited for.
    func list(refresh: Bool = false, requestID: String = "") async throws -> Snapshot {
        let known = state.withLock { $0 }
        var request = OpenAIModelsRequest()
        request.refresh = refresh
        request.knownRevision = known.revision
        let answer = try await OllamaCall.collect(
            request, on: client, call: CallHeader(requestID: requestID, userID: "", role: ""), limit: Self.limit)
        guard answer.status == 200 else { return known }
        let revision = answer.headers.first { $0.name == "etag" }.flatMap { UInt64($0.value) } ?? 0
        let snapshot = try await Self.decoded(answer.body, revision)
        state.withLock { $0 = snapshot }
        return snapshot
    }

    /// One server's own answer to the question for its models.
    func document(of connection: UInt32, requestID: String) async throws -> ByteBuffer {
        var request = OpenAIModelsRequest()
        request.connectionIndex = connection
        return try await OllamaCall.collect(
            request, on: client, call: CallHeader(requestID: requestID, userID: "", role: ""), limit: Self.limit
        ).body
    }

    /// Not where somebody waits on a loop: some lists have megabytes.
    @concurrent
    private static func decoded(_ body: ByteBuffer, _ revision: UInt64) async throws -> Snapshot {
        var snapshot = Snapshot(revision: revision)
        guard let data = try JSONMembers(body.readableBytesView)["data"] else { return snapshot }
        for text in try JSONMembers.elements(of: data) {
            guard case .object(let members) = try JSONValue(json: text), let id = members["id"]?.text,
                case .integer(let connection)? = members["urlIdx"]
            else { continue }
            snapshot.byID[id] = snapshot.models.count
            snapshot.models.append(Model(id: id, text: text, members: members, connection: Int(connection)))
        }
        return snapshot
    }
}

extension ModelCatalogue {
    /// The models of all servers with OpenAI's API (`openai.models`).
    static func openAI(_ models: OpenAIModels) -> Source {
        { @Sendable in
            try await models.list().models.map { model in
                CatalogueModel(id: model.id, owner: .openAI(connection: model.connection), document: model.members)
            }
        }
    }
}
