import Contracts
import Link
import Reactor

extension ModelCatalogue {
    /// The models of all Ollama servers (`ollama.tags`).
    static func ollama(_ client: LinkClient, now: @escaping @Sendable () -> Int64) -> Source {
        { @Sendable in
            let reply = try await client.call(Methods.tags, OllamaListRequest(), timeout: .seconds(30))
            let models = try JSONValue(json: reply.json)["models"]?.elements ?? []
            return models.compactMap { model(from: $0, now: now()) }
        }
    }

    private static func model(from tag: JSONValue, now: Int64) -> CatalogueModel? {
        guard let id = tag["model"]?.text ?? tag["name"]?.text else { return nil }
        return CatalogueModel(
            id: id, owner: .ollama,
            document: [
                "id": .string(id), "name": tag["name"] ?? .string(id), "object": .string("model"),
                "created": .integer(now), "owned_by": .string("ollama"), "ollama": tag,
                "connection_type": tag["connection_type"] ?? .string("local"), "tags": tag["tags"] ?? .array([]),
            ])
    }
}
