import Contracts
import Storage

/// Groups as SCIM resources.
enum Groups {
    private static let members = AttributePath(
        attribute: SchemaDefinition.group.attributes.named("members") ?? SchemaAttribute("members", ""))

    /// The groups with these ids as whole resources, in this order; those that are gone are left out.
    /// Members that the projection leaves out are not read.
    static func resources(
        _ ids: [String], _ projection: Projection, base: String, in session: any SQLSession
    ) throws -> [JSONValue] {
        let groups = Dictionary(
            try SCIMGroupTable.find(ids: ids, in: session).map { ($0.id, $0) }
        ) { first, _ in first }
        var members: [String: [JSONValue]] = [:]
        if projection.includes("members") {
            let withNames = projection.requests("members", "display")
            for (groupID, userID, name) in try SCIMGroupTable.members(groupIDs: ids, in: session) {
                var member: [String: JSONValue] = [
                    "value": .string(userID), "$ref": .string("\(base)/Users/\(PercentEncoding.encoded(userID))"),
                    "type": .string("User"),
                ]
                if withNames { member["display"] = .string(name) }
                members[groupID, default: []].append(.object(member))
            }
        }
        let counts = try SCIMGroupTable.memberCounts(groupIDs: ids, in: session)
        return ids.compactMap { id in
            groups[id].map { resource($0, members[id] ?? [], count: counts[id] ?? 0, base) }
        }
    }

    private static func resource(
        _ group: SCIMGroup, _ members: [JSONValue], count: Int64, _ base: String
    ) -> JSONValue {
        var result: [String: JSONValue] = [
            "schemas": .array([.string(ResourceType.group.schema.id)]), "id": .string(group.id),
            "displayName": .string(group.name),
            "meta": Version.meta(
                .group, id: group.id, base: base, created: group.createdAt, modified: group.updatedAt,
                version: version(group, count: count)),
        ]
        result["externalId"] = group.externalID.map(JSONValue.string)
        if !members.isEmpty { result["members"] = .array(members) }
        return .object(result)
    }

    /// Without the members themselves: who asks for groups alone does not have them read.
    private static func version(_ group: SCIMGroup, count: Int64) -> String {
        Version.of(
            .array([
                .string(group.id), .string(group.name), .integer(group.updatedAt), .integer(group.groupUpdatedAt),
                .integer(count), .string(group.externalID ?? ""),
            ]))
    }

    // MARK: Changes; each is part of one transaction

    static func create(
        _ document: ResourceDocument, id: String?, _ context: inout WriteContext
    ) throws -> String {
        try document.checkRequired(.group)
        let name = try name(document)
        if let owner = try SCIMGroupTable.owner(name: name, key: name.lowercased(), in: context.session) {
            let group = try SCIMGroupTable.find(ids: [owner], in: context.session).first
            guard let group, !group.isProvisioned, context.rules.adopts else { throw taken(name) }
            try store(document, of: group, &context)
            return owner
        }
        let id = id ?? WriteContext.newID()
        let owner = try UserTable.firstAdministratorID(in: context.session)
        try GroupTable.insert(
            Group(id: id, userID: owner, name: name, description: "", now: context.seconds), in: context.session)
        let group = SCIMGroup(
            id: id, name: name, groupUpdatedAt: context.seconds, isProvisioned: true, externalID: nil,
            createdAt: context.now, updatedAt: context.now - 1)
        try write(document, group, &context)
        try context.note("created", userID: nil, email: nil, "group \(name)")
        return id
    }

    static func update(
        _ id: String, _ context: inout WriteContext, _ change: (ResourceDocument) throws -> ResourceDocument
    ) throws {
        let group = try writable(id, context)
        let old = try document(group, context)
        let new = try change(old)
        guard new != old || !group.isProvisioned else { return }
        try store(new, of: group, &context)
    }

    static func delete(_ id: String, _ context: inout WriteContext) throws {
        let group = try writable(id, context)
        context.changed(try GroupTable.memberIDs(groupID: id, in: context.session))
        try SCIMGroupTable.forget(id: id, in: context.session)
        try GroupTable.delete(id: id, in: context.session)
        try context.note("deleted", userID: nil, email: nil, "group \(group.name)")
    }

    // MARK: Pieces

    /// - Throws: 404; 403 for a group that belongs to the application alone.
    static func writable(_ id: String, _ context: WriteContext) throws -> SCIMGroup {
        guard let group = try SCIMGroupTable.find(ids: [id], in: context.session).first else {
            throw SCIMError.notFound("Group \(id)")
        }
        guard group.isProvisioned || context.rules.adopts else {
            throw SCIMError(403, nil, "This group was not provisioned; SCIM_ADOPT=true lets clients take it over.")
        }
        return group
    }

    private static func document(_ group: SCIMGroup, _ context: WriteContext) throws -> ResourceDocument {
        let ids = try GroupTable.memberIDs(groupID: group.id, in: context.session)
        var document = ResourceDocument(["displayName": .string(group.name)])
        document["externalId"] = group.externalID.map(JSONValue.string)
        if !ids.isEmpty { document[members] = .array(ids.map { .object(["value": .string($0)]) }) }
        return document
    }

    private static func name(_ document: ResourceDocument) throws(SCIMError) -> String {
        let name = document.text("displayName") ?? ""
        guard name.utf8.count <= 1024 else { throw .invalid(.invalidValue, "displayName is too long.") }
        return name
    }

    private static func taken(_ name: String) -> SCIMError {
        SCIMError(409, .uniqueness, "There is a group with this displayName: \(name).")
    }

    private static func store(
        _ document: ResourceDocument, of group: SCIMGroup, _ context: inout WriteContext
    ) throws {
        try document.checkRequired(.group)
        let name = try name(document)
        if name != group.name {
            let owner = try SCIMGroupTable.owner(name: name, key: name.lowercased(), in: context.session)
            guard owner ?? group.id == group.id else { throw taken(name) }
        }
        try write(document, group, &context)
        let what = group.isProvisioned ? "changed" : "adopted"
        try context.note(what, userID: nil, email: nil, "group \(name), \(context.request.verb)")
    }

    private static func write(
        _ document: ResourceDocument, _ group: SCIMGroup, _ context: inout WriteContext
    ) throws {
        var group = group
        group.name = try name(document)
        group.externalID = document.text("externalId")
        group.updatedAt = max(context.now, group.updatedAt + 1)
        try writeMembers(document, group.id, &context)
        try SCIMGroupTable.rename(id: group.id, to: group.name, at: context.seconds, in: context.session)
        try SCIMGroupTable.save(group, key: group.name.lowercased(), in: context.session)
    }

    private static func writeMembers(
        _ document: ResourceDocument, _ id: String, _ context: inout WriteContext
    ) throws {
        let old = Set(try GroupTable.memberIDs(groupID: id, in: context.session))
        var new: [String] = []
        var seen: Set<String> = []
        for member in document[members]?.elements ?? [] {
            if let value = member["value"]?.text, seen.insert(value).inserted { new.append(value) }
        }
        let added = new.filter { !old.contains($0) }
        let removed = old.subtracting(seen).sorted()
        if let unknown = try SCIMGroupTable.unknownUser(added, in: context.session) {
            throw SCIMError.invalid(.invalidValue, "There is no user \(unknown.prefix(64)) to be a member.")
        }
        try SCIMGroupTable.remove(removed, from: id, in: context.session)
        for userID in added {
            try GroupTable.addMember(
                id: WriteContext.newID(), groupID: id, userID: userID, at: context.seconds, in: context.session)
        }
        context.changed(added + removed)
    }
}
