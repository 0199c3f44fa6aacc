import Contracts

/// What the server says of itself (RFC 7644, section 4; RFC 7643, sections 5 to 7). Public.
enum Discovery {
    static let listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    private static let core = "urn:ietf:params:scim:schemas:core:2.0:"

    static func list(_ resources: [JSONValue], total: Int? = nil, startIndex: Int = 1) -> JSONValue {
        .object([
            "schemas": .array([.string(listSchema)]), "totalResults": .integer(Int64(total ?? resources.count)),
            "startIndex": .integer(Int64(startIndex)), "itemsPerPage": .integer(Int64(resources.count)),
            "Resources": .array(resources),
        ])
    }

    static func serviceProviderConfig(_ base: String) -> JSONValue {
        func supported(_ more: [String: JSONValue] = [:], _ flag: Bool = true) -> JSONValue {
            .object(more.merging(["supported": .bool(flag)]) { $1 })
        }
        return .object([
            "schemas": .array([.string("\(core)ServiceProviderConfig")]),
            "patch": supported(),
            "bulk": supported([
                "maxOperations": .integer(Int64(Bulk.operationLimit)),
                "maxPayloadSize": .integer(Int64(Bulk.sizeLimit)),
            ]),
            "filter": supported(["maxResults": .integer(Int64(ListQuery.maximumCount))]),
            "changePassword": supported([:], false), "sort": supported(), "etag": supported(),
            "authenticationSchemes": .array([
                .object([
                    "type": .string("oauthbearertoken"), "name": .string("Bearer token"),
                    "description": .string("Authorization: Bearer, with a token of this service"),
                    "specUri": .string("https://www.rfc-editor.org/info/rfc6750"), "primary": .bool(true),
                ])
            ]),
            "meta": .object([
                "resourceType": .string("ServiceProviderConfig"),
                "location": .string("\(base)/ServiceProviderConfig"),
            ]),
        ])
    }

    static func resourceType(_ type: ResourceType, _ base: String) -> JSONValue {
        .object([
            "schemas": .array([.string("\(core)ResourceType")]), "id": .string(type.name), "name": .string(type.name),
            "description": .string(type.summary), "endpoint": .string(type.endpoint),
            "schema": .string(type.schema.id),
            "schemaExtensions": .array(
                type.extensions.map { .object(["schema": .string($0.id), "required": .bool(false)]) }),
            "meta": .object([
                "resourceType": .string("ResourceType"), "location": .string("\(base)/ResourceTypes/\(type.name)"),
            ]),
        ])
    }

    static let schemas: [SchemaDefinition] = ResourceType.all.flatMap { [$0.schema] + $0.extensions }

    static func schema(_ schema: SchemaDefinition, _ base: String) -> JSONValue {
        .object([
            "schemas": .array([.string("\(core)Schema")]), "id": .string(schema.id), "name": .string(schema.name),
            "description": .string(schema.summary), "attributes": .array(schema.attributes.map(attribute)),
            "meta": .object([
                "resourceType": .string("Schema"), "location": .string("\(base)/Schemas/\(schema.id)"),
            ]),
        ])
    }

    private static func attribute(_ attribute: SchemaAttribute) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(attribute.name), "type": .string(attribute.kind.rawValue),
            "description": .string(attribute.summary), "multiValued": .bool(attribute.isMultiValued),
            "required": .bool(attribute.isRequired), "mutability": .string(attribute.mutability.rawValue),
            "returned": .string(attribute.returned.rawValue),
        ]
        if attribute.kind != .complex {
            members["caseExact"] = .bool(attribute.isCaseExact)
            members["uniqueness"] = .string(attribute.uniqueness.rawValue)
        }
        if !attribute.canonicalValues.isEmpty {
            members["canonicalValues"] = .array(attribute.canonicalValues.map(JSONValue.string))
        }
        if !attribute.referenceTypes.isEmpty {
            members["referenceTypes"] = .array(attribute.referenceTypes.map(JSONValue.string))
        }
        if !attribute.subAttributes.isEmpty {
            members["subAttributes"] = .array(attribute.subAttributes.map(self.attribute))
        }
        return .object(members)
    }
}
