import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import NIOCore
import Storage

/// What is sent to make or change a model (ModelForm of Open WebUI). `meta` and `params` stay the text that was sent.
struct ModelForm: Sendable {
    var id: String
    var baseModelID: String?
    var name: String
    var meta: String
    var params: String
    var isActive: Bool
    /// Nil: they stay as they are.
    var grants: [AccessGrantForm]?

    /// - Parameter id: of the path; nil: the form has it.
    /// - Throws: 422 for what is no such form.
    init(_ body: ByteBuffer, id: String? = nil) throws(HTTPError) {
        var form = try Validation(body)
        let ownID = id == nil ? form.text("id") : form.optionalText("id") ?? ""
        self.id = id ?? ownID
        baseModelID = form.optionalText("base_model_id")
        name = form.text("name")
        for part in ["meta", "params"] { Self.needObject(part, &form) }
        isActive = form.optionalFlag("is_active") ?? true
        grants = AccessGrantForm.list(&form)
        try form.check()
        guard let members = (try? JSONSlice(document: body))?.members, let meta = members["meta"],
            let params = members["params"]
        else { throw Validation.invalidJSON(at: 0) }
        self.meta = Self.completed(meta)
        self.params = String(buffer: params.bytes)
    }

    /// One of an import. Nil: it has no id, so that nobody could find it.
    /// - Parameter old: what is there already; its values stay where the entry has none.
    init?(_ entry: JSONSlice, over old: ModelRecord?) {
        guard let members = entry.members, let id = members["id"]?.text,
            let name = members["name"]?.text ?? old?.name
        else { return nil }
        self.id = id
        self.name = name
        baseModelID = members["base_model_id"].map(\.text) ?? old?.baseModelID
        meta = Self.completed(members["meta"].flatMap { $0.isObject ? $0 : nil })
        params = members["params"].flatMap { $0.isObject ? String(buffer: $0.bytes) : nil } ?? "{}"
        isActive = members["is_active"].map(\.isTrue) ?? old?.isActive ?? true
        grants = members["access_grants"]?.value.flatMap(AccessGrantForm.list)
    }

    private static func needObject(_ name: String, _ form: inout Validation) {
        guard let value = form.document[name] else { return form.missing(name) }
        if !value.isObject {
            form.problem(name, type: "model_attributes_type", "Input should be a valid dictionary or object")
        }
    }

    /// Members that Open WebUI's readers expect.
    private static func completed(_ meta: JSONSlice?) -> String {
        let members = meta?.members
        var writer = JSONWriter()
        if members?["profile_image_url"] == nil { writer.add("profile_image_url", "/static/favicon.png") }
        for name in ["description", "capabilities"] where members?[name] == nil { writer.add(name, json: "null") }
        for member in members?.list ?? [] { writer.add(member.name, member.value) }
        return String(buffer: writer.finish())
    }

    /// As a new row.
    func record(userID: String, now: Int64) -> ModelRecord {
        ModelRecord(
            id: id, userID: userID, baseModelID: baseModelID, name: name, meta: meta, params: params,
            isActive: isActive, now: now)
    }

    /// Over an old row, which keeps its owner.
    func record(over old: ModelRecord, now: Int64) -> ModelRecord {
        var record = record(userID: old.userID, now: now)
        record.createdAt = old.createdAt
        return record
    }

    /// Nil, or what is wrong with the texts.
    var problem: APIError? {
        if id.isEmpty || id.unicodeScalars.count > 256 { return ModelService.idTooLong }
        // In JSON too: PostgreSQL cannot look into a document with one.
        if [id, name, baseModelID ?? ""].contains(where: { $0.utf8.contains(0) })
            || [meta, params].contains(where: { $0.contains("\\u0000") })
        {
            return APIError(status: 400, detail: "A NUL character is not allowed.")
        }
        if name.utf8.count > 1024 || (baseModelID?.utf8.count ?? 0) > 1024 {
            return APIError(status: 400, detail: "The name is too long.")
        }
        return nil
    }
}

/// A grant as it is sent. What is no grant is passed over, as in Open WebUI.
struct AccessGrantForm: Sendable, Hashable {
    var principalType: AccessGrant.PrincipalType
    var principalID: String
    var permission: AccessGrant.Permission

    static let limit = 1000

    static func list(_ form: inout Validation) -> [AccessGrantForm]? {
        guard let value = form.document["access_grants"], value != .null else { return nil }
        guard let grants = list(value) else {
            form.problem("access_grants", type: "list_type", "Input should be a valid list")
            return nil
        }
        if grants.count > limit {
            form.problem("access_grants", type: "too_long", "List should have at most \(limit) items")
        }
        return grants
    }

    /// Each once. Nil: it is no list.
    static func list(_ value: JSONValue) -> [AccessGrantForm]? {
        guard let elements = value.elements else { return nil }
        var seen: Set<AccessGrantForm> = []
        return elements.compactMap { element in
            guard let type = element["principal_type"]?.text.flatMap(AccessGrant.PrincipalType.init),
                let permission = element["permission"]?.text.flatMap(AccessGrant.Permission.init),
                let id = element["principal_id"]?.text, !id.isEmpty, id.utf8.count <= 255, !id.utf8.contains(0)
            else { return nil }
            let grant = AccessGrantForm(principalType: type, principalID: id, permission: permission)
            return seen.insert(grant).inserted ? grant : nil
        }
    }

    var isPublic: Bool { principalType == .user && principalID == AccessGrant.everybody }

    func grant(now: Int64) -> AccessGrant {
        AccessGrant(
            id: UUID().uuidString.lowercased(), principalType: principalType, principalID: principalID,
            permission: permission, createdAt: now)
    }
}
