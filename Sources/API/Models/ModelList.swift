import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import NIOCore
import Storage

/// `GET /api/models`: what the caller may ask, from all upstreams, with what the rows say of it, and the custom models.
struct ModelList: Sendable {
    let access: ModelAccess

    private struct Item {
        var id: String
        var name: String
        var json: String
    }

    /// JSON of each model, in the order of MODEL_ORDER_LIST and then of their names, where that is set.
    func entries(for principal: Principal, refresh: Bool) async throws(HTTPError) -> [String] {
        try await items(for: principal, refresh: refresh).map(\.json)
    }

    /// One of them.
    func entry(_ id: String, for principal: Principal) async throws(HTTPError) -> String {
        guard let item = try await items(for: principal, refresh: false).first(where: { $0.id == id }) else {
            throw ModelAccess.notFound
        }
        return item.json
    }

    private func items(for principal: Principal, refresh: Bool) async throws(HTTPError) -> [Item] {
        let settings = access.board.settings
        let isKept = settings.flag("ENABLE_BASE_MODELS_CACHE") && !refresh
        let models = await access.catalogue.all(refresh: refresh, isKept: isKept)
        let userID = principal.userID
        let isUnrestricted = access.isUnrestricted(principal)
        let rows = try await access.read { session in
            Rows(
                records: try ModelTable.allLight(in: session), grants: try AccessGrantTable.all(.model, in: session),
                readable: isUnrestricted ? nil : try ModelTable.readableIDs(userID: userID, in: session))
        }
        let items = Self.base(models, rows) + Self.custom(models, rows)
        return Self.ordered(items, settings.json("MODEL_ORDER_LIST"))
    }

    /// As the upstreams have them (`GET /api/models/base`).
    func base() async -> [String] {
        await access.catalogue.all().map { JSONValue.object($0.document).encoded }
    }

    private struct Rows: Sendable {
        var records: [ModelRecord]
        var grants: [String: [AccessGrant]]
        /// Nil: all.
        var readable: Set<String>?

        func isVisible(_ record: ModelRecord) -> Bool { readable?.contains(record.id) ?? true }

        /// Without the prompt and the picture.
        func info(_ record: ModelRecord) -> String {
            var light = record
            if light.meta.contains("\"profile_image_url\""), let meta = ModelList.members(of: light.meta) {
                var writer = JSONWriter()
                for member in meta.list where member.name != "profile_image_url" {
                    writer.add(member.name, member.value)
                }
                light.meta = String(buffer: writer.finish())
            }
            return light.json(grants[record.id] ?? [], hasParams: false)
        }
    }

    private static func members(of json: String) -> JSONSlices? {
        (try? JSONSlice(document: ByteBuffer(string: json)))?.members
    }

    private static func base(_ models: [CatalogueModel], _ rows: Rows) -> [Item] {
        let byID = Dictionary(
            rows.records.filter { $0.baseModelID == nil }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return models.compactMap { model in
            if model.document["pipeline"]?["type"]?.text == "filter" { return nil }
            let spellings = model.owner == .ollama ? ModelName.spellings(model.id) : [model.id]
            guard let record = spellings.lazy.compactMap({ byID[$0] }).first else {
                return rows.readable == nil ? item(model, nil, rows) : nil
            }
            guard record.isActive, rows.isVisible(record) else { return nil }
            return item(model, record, rows)
        }
    }

    private static func item(_ model: CatalogueModel, _ record: ModelRecord?, _ rows: Rows) -> Item {
        var writer = JSONWriter(capacity: 1024)
        let name = record?.name ?? model.document["name"]?.text ?? model.id
        for (key, value) in model.document.sorted(by: { $0.key < $1.key }) where key != "name" && key != "tags" {
            writer.add(key, value)
        }
        writer.add("name", name)
        if let record { writer.add("info", json: rows.info(record)) }
        let own = (model.document["tags"]?.elements ?? []).compactMap { $0["name"]?.text ?? $0.text }
        finish(&writer, own + (record.map { ModelTags.names(meta: $0.meta) } ?? []))
        return Item(id: model.id, name: name, json: String(buffer: writer.finish()))
    }

    private static func custom(_ models: [CatalogueModel], _ rows: Rows) -> [Item] {
        let byID = Dictionary(models.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return rows.records.compactMap { record in
            guard let baseID = record.baseModelID, record.isActive, byID[record.id] == nil, rows.isVisible(record)
            else { return nil }
            let base = ModelName.spellings(baseID).lazy.compactMap { byID[$0] }.first
            var writer = JSONWriter(capacity: 1024)
            writer.add("id", record.id)
            writer.add("name", record.name)
            writer.add("object", "model")
            writer.add("created", json: "\(record.createdAt)")
            writer.add("owned_by", base?.document["owned_by"] ?? .string("openai"))
            writer.add("connection_type", base?.document["connection_type"] ?? .null)
            writer.add("preset", json: "true")
            writer.add("info", json: rows.info(record))
            finish(&writer, ModelTags.names(meta: record.meta))
            return Item(id: record.id, name: record.name, json: String(buffer: writer.finish()))
        }
    }

    /// - Parameter tags: may have some twice.
    private static func finish(_ writer: inout JSONWriter, _ tags: [String]) {
        writer.add("actions", json: "[]")
        writer.add("filters", json: "[]")
        var seen: Set<String> = []
        let unique = tags.filter { seen.insert($0).inserted }
        writer.add("tags", json: JSONText.array(unique.map { "{\"name\":\(JSONText.quoted($0))}" }))
    }

    private static func ordered(_ items: [Item], _ order: JSONValue) -> [Item] {
        let wanted = (order.elements ?? []).compactMap(\.text)
        guard !wanted.isEmpty else { return items }
        let places = Dictionary(wanted.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return items.sorted { left, right in
            (places[left.id] ?? .max, left.name, left.id) < (places[right.id] ?? .max, right.name, right.id)
        }
    }
}
