import Contracts
import FoundationEssentials
import Storage

/// Accounts as SCIM resources: what is read of them.
enum Users {
    /// Role and `auth.active` both let it in.
    static func isActive(_ user: SCIMUser) -> Bool { user.user.role != "pending" && !user.isDeactivated }

    /// All attributes but `id`, `meta`, `schemas`, `groups`; `active` as it is now.
    static func document(_ user: SCIMUser) -> ResourceDocument {
        var document: ResourceDocument
        if let provisioned = user.provisioned {
            document = ResourceDocument((try? JSONReader.read(provisioned.document))?.members ?? [:])
            // Whoever has removed the attribute does not find it again.
            guard document["active"] != nil else { return document }
        } else {
            document = ResourceDocument([
                "userName": .string(user.user.email), "displayName": .string(user.user.name),
                "name": .object(["formatted": .string(user.user.name)]),
                "emails": .array([.object(["value": .string(user.user.email), "primary": .bool(true)])]),
            ])
            document["externalId"] = legacyExternalID(user.legacy).map(JSONValue.string)
        }
        document["active"] = .bool(isActive(user))
        return document
    }

    /// Of Open WebUI's `{"provider": {"external_id": …}}`.
    private static func legacyExternalID(_ json: String?) -> String? {
        guard let json, case .object(let providers)? = try? JSONReader.read(json) else { return nil }
        return providers.sorted { $0.key < $1.key }.lazy.compactMap { $0.value["external_id"]?.text }.first
    }

    // MARK: Answers

    /// The accounts with these ids as whole resources, in this order; those that are gone are left out.
    static func resources(
        _ ids: [String], _ projection: Projection, base: String, in session: any SQLSession
    ) throws -> [JSONValue] {
        let users = Dictionary(
            try SCIMUserTable.find(ids: ids, in: session).map { ($0.user.id, $0) }
        ) { first, _ in first }
        var groups: [String: [JSONValue]] = [:]
        for (userID, groupID, name) in try SCIMUserTable.groups(userIDs: ids, in: session) {
            groups[userID, default: []].append(
                .object([
                    "value": .string(groupID), "$ref": .string("\(base)/Groups/\(PercentEncoding.encoded(groupID))"),
                    "display": .string(name), "type": .string("direct"),
                ]))
        }
        let documents = users.mapValues(document)
        let wantsNames = projection.requests("manager", "displayName", of: SchemaDefinition.enterpriseUser.id)
        let managers = wantsNames ? Set(documents.values.compactMap { $0[managerPath]?["value"]?.text }) : []
        let names = managers.isEmpty ? [:] : try SCIMUserTable.names(ids: managers.sorted(), in: session)
        return ids.compactMap { id in
            guard let user = users[id], var document = documents[id] else { return nil }
            let memberships = groups[id] ?? []
            // Of what is the same for every client, whatever it asks for and however it calls this server.
            let version = Version.of(
                .array([
                    .object(document.members), .string(id), .array(memberships.compactMap { $0["value"] }),
                ]))
            complete(&document, names, base)
            return resource(user, document, memberships, version, base)
        }
    }

    static let managerPath = AttributePath(
        extension: SchemaDefinition.enterpriseUser.id,
        attribute: SchemaDefinition.enterpriseUser.attributes.named("manager") ?? SchemaAttribute("manager", ""))

    /// Address and name of the manager.
    private static func complete(_ document: inout ResourceDocument, _ names: [String: String], _ base: String) {
        guard var manager = document[managerPath], let id = manager["value"]?.text else { return }
        manager[member: "$ref"] = .string("\(base)/Users/\(PercentEncoding.encoded(id))")
        if let name = names[id] { manager[member: "displayName"] = .string(name) }
        document[managerPath] = manager
    }

    private static func resource(
        _ user: SCIMUser, _ document: ResourceDocument, _ groups: [JSONValue], _ version: String, _ base: String
    ) -> JSONValue {
        var members = document.members
        if !groups.isEmpty { members["groups"] = .array(groups) }
        members["id"] = .string(user.user.id)
        let extensions = ResourceType.user.extensions.map(\.id).filter { members[$0] != nil }
        members["schemas"] = .array(([ResourceType.user.schema.id] + extensions).map(JSONValue.string))
        members["meta"] = Version.meta(
            .user, id: user.user.id, base: base, created: user.provisioned?.createdAt ?? user.user.createdAt * 1000,
            modified: user.provisioned?.updatedAt ?? user.user.updatedAt * 1000, version: version)
        return .object(members)
    }
}

/// ETags and `meta`.
enum Version {
    /// Weak: representations that mean the same have the same (RFC 7644, section 3.14). FNV-1a of the text.
    static func of(_ value: JSONValue) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in value.jsonText.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "W/\"\(String(hash, radix: 16))\""
    }

    static func meta(
        _ type: ResourceType, id: String, base: String, created: Int64, modified: Int64, version: String
    ) -> JSONValue {
        .object([
            "resourceType": .string(type.name), "created": .string(DateTime.text(created)),
            "lastModified": .string(DateTime.text(modified)), "version": .string(version),
            "location": .string("\(base)\(type.endpoint)/\(PercentEncoding.encoded(id))"),
        ])
    }

    /// RFC 9110, section 13.1: a list of ETags, or `*`; compared weakly.
    static func matches(_ header: String, _ version: String) -> Bool {
        let wanted = version.drop { $0 != "\"" }
        return header.split(separator: ",").contains { tag in
            let tag = tag.filter { $0 != " " }
            return tag == "*" || tag.drop { $0 != "\"" } == wanted || tag == wanted.dropFirst().dropLast()
        }
    }
}
