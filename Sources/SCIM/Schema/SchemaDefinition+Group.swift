extension SchemaDefinition {
    /// RFC 7643, section 4.2. Groups hold accounts only.
    static let group = SchemaDefinition(
        id: "urn:ietf:params:scim:schemas:core:2.0:Group", name: "Group", summary: "Group of accounts",
        attributes: [
            SchemaAttribute("displayName", "The group's name.") {
                $0.isRequired = true
                $0.uniqueness = .server
            },
            SchemaAttribute("members", .complex, "The accounts in the group.") {
                $0.isMultiValued = true
                $0.subAttributes = [
                    SchemaAttribute("value", "The account's id.") {
                        $0.isCaseExact = true
                        $0.mutability = .immutable
                    },
                    SchemaAttribute("$ref", .reference, "The account's address.") {
                        $0.referenceTypes = ["User"]
                        $0.mutability = .immutable
                    },
                    SchemaAttribute("type", "Always User.") {
                        $0.canonicalValues = ["User"]
                        $0.mutability = .immutable
                    },
                    SchemaAttribute("display", "The account's name.") {
                        $0.mutability = .readOnly
                        $0.returned = .request
                    },
                ]
            },
        ])
}
