import Contracts

/// The models of one connection, as they are listed.
struct OpenAIModelList: Sendable, Equatable {
    struct Model: Sendable, Equatable {
        /// With the connection's prefix.
        var id: String
        /// Its entry of the merged list, as JSON.
        var text: [UInt8]
        /// Can be asked for, but is not listed: OpenAI's models that do not chat.
        var isHidden: Bool
        /// Of a Pipelines server, which wants to know who asks.
        var isPipeline: Bool
    }

    var models: [Model] = []
    /// The server's own answer, or what stands for it.
    var document: [UInt8] = Array(#"{"object":"list","data":[]}"#.utf8)

    init() {}

    /// From an allow list, without asking the server.
    init(allowed connection: OpenAIConnection) {
        let entries = connection.modelIDs.map { id in
            var entry = JSONMembers()
            for name in ["id", "name"] { entry.set(name, text: id) }
            entry.set("owned_by", text: "openai")
            entry.set("openai", json: "{\"id\":\(JSONText.quoted(id))}")
            entry.set("urlIdx", json: String(connection.index))
            return entry
        }
        models = entries.compactMap { Self.model($0, connection) }
        let list = JSONMembers.array(entries.map { $0.encoded[...] })
        document = Array(#"{"object":"list","data":"#.utf8) + list + [UInt8(ascii: "}")]
    }

    /// From a server's answer: `{"data": [model, …]}`, or the array itself.
    /// - Throws: for what is neither. Elements that are no models are left out.
    init(answer: [UInt8], _ connection: OpenAIConnection) throws(JSONScanner.Malformed) {
        let text: JSONMembers.Text
        if answer.first(where: { ![0x20, 0x0a, 0x0d, 0x09].contains($0) }) == UInt8(ascii: "[") {
            text = answer[...]
            document = Array(#"{"object":"list","data":"#.utf8) + answer + [UInt8(ascii: "}")]
        } else {
            guard let data = try JSONMembers(answer)["data"] else { throw JSONScanner.Malformed() }
            text = data
            document = answer
        }
        guard String(validating: text, as: UTF8.self) != nil else { throw JSONScanner.Malformed() }
        models = try JSONMembers.elements(of: text).compactMap { element in
            (try? JSONMembers(element)).flatMap { Self.model($0, connection) }
        }
    }

    private static func model(_ given: JSONMembers, _ connection: OpenAIConnection) -> Model? {
        var inner = given
        if inner.isNull("name") { inner["name"] = nil }
        guard let own = inner.text("id") ?? inner.text("name"), !own.isEmpty, own.utf8.count <= longestID else {
            return nil
        }
        let id = connection.listed(own)
        if !connection.prefix.isEmpty { inner.set("id", text: id) }
        if let tags = connection.tags { inner.set("tags", json: tags.encoded) }
        inner.set("connection_type", text: connection.connectionType)
        var outer = inner
        outer.set("id", text: id)
        if outer.text("name") == nil { outer.set("name", text: id) }
        outer.set("owned_by", text: "openai")
        outer["openai"] = inner.encoded[...]
        if let provider = connection.provider { outer.set("provider", text: provider) }
        outer.set("urlIdx", json: String(connection.index))
        return Model(
            id: id, text: outer.encoded, isHidden: connection.isOpenAI && !isChatModel(own),
            isPipeline: given["pipeline"]?.first == UInt8(ascii: "{") || given.isTrue("pipeline"))
    }

    private static let longestID = 1024

    private static func isChatModel(_ id: String) -> Bool {
        !["babbage", "dall-e", "davinci", "embedding", "tts", "whisper"].contains { id.contains($0) }
    }

    /// `{"data":[…]}` of all lists: of models with one id the first connection's.
    static func merged(_ lists: [OpenAIModelList]) -> [UInt8] {
        var seen: Set<String> = []
        let texts = lists.flatMap { list in
            list.models.filter { !$0.isHidden && seen.insert($0.id).inserted }.map { $0.text[...] }
        }
        return Array(#"{"data":"#.utf8) + JSONMembers.array(texts) + [UInt8(ascii: "}")]
    }
}
