/// A kind of resource (RFC 7643, section 6): its endpoint, its schema and extensions.
struct ResourceType: Sendable {
    var name: String
    /// Below the base address, with a slash before it.
    var endpoint: String
    var summary: String
    var schema: SchemaDefinition
    var extensions: [SchemaDefinition]

    static let user = ResourceType(
        name: "User", endpoint: "/Users", summary: "Accounts", schema: .user, extensions: [.enterpriseUser])
    static let group = ResourceType(
        name: "Group", endpoint: "/Groups", summary: "Groups of accounts", schema: .group, extensions: [])
    static let all = [user, group]

    /// What every resource has (RFC 7643, section 3.1).
    static let common: [SchemaAttribute] = [
        SchemaAttribute("schemas", .reference, "The schemas that the resource has values of.") {
            $0.isMultiValued = true
            $0.returned = .always
        },
        SchemaAttribute("id", "Given by this server.") {
            $0.mutability = .readOnly
            $0.returned = .always
            $0.isCaseExact = true
            $0.uniqueness = .server
        },
        SchemaAttribute("externalId", "Given by the provisioning client.") { $0.isCaseExact = true },
        SchemaAttribute("meta", .complex, "About the resource.") {
            $0.mutability = .readOnly
            $0.subAttributes = [
                SchemaAttribute("resourceType", "Its kind.") {
                    $0.isCaseExact = true
                    $0.mutability = .readOnly
                },
                SchemaAttribute("created", .dateTime, "When it was made.") { $0.mutability = .readOnly },
                SchemaAttribute("lastModified", .dateTime, "When it was changed.") { $0.mutability = .readOnly },
                SchemaAttribute("location", .reference, "Its address.") { $0.mutability = .readOnly },
                SchemaAttribute("version", "Its ETag.") {
                    $0.isCaseExact = true
                    $0.mutability = .readOnly
                },
            ]
        },
    ]

    var attributes: [SchemaAttribute] { Self.common + schema.attributes }

    func attribute(_ name: some StringProtocol) -> SchemaAttribute? {
        Self.common.named(name) ?? schema.attributes.named(name)
    }

    /// Of an extension's URN, in whatever case.
    func `extension`(_ id: some StringProtocol) -> SchemaDefinition? {
        extensions.first { $0.id.lowercased() == id.lowercased() }
    }
}
