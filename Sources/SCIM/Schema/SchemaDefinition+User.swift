extension SchemaDefinition {
    /// RFC 7643, section 4.1.
    static let user = SchemaDefinition(
        id: "urn:ietf:params:scim:schemas:core:2.0:User", name: "User", summary: "User account",
        attributes: singular + [
            .plural(
                "emails", "E-mail addresses; the primary one, else the first of type work, is the account's.",
                types: ["work", "home", "other"]),
            .plural(
                "phoneNumbers", "Telephone numbers.", types: ["work", "home", "mobile", "fax", "pager", "other"]),
            .plural(
                "ims", "Instant messaging addresses.",
                types: ["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
            .plural("photos", "Addresses of images.", types: ["photo", "thumbnail"], value: image),
            addresses, groups,
            .plural("entitlements", "Entitlements; stored and returned."),
            .plural("roles", "Roles; stored and returned. They do not change what the account may do here."),
            .plural(
                "x509Certificates", "Certificates, DER in Base64.",
                value: SchemaAttribute("value", .binary, "The certificate.")),
        ])

    private static let singular: [SchemaAttribute] = [
        SchemaAttribute("userName", "The name by which the provisioning client knows the account.") {
            $0.isRequired = true
            $0.uniqueness = .server
        },
        SchemaAttribute("name", .complex, "The parts of the person's name.") {
            $0.subAttributes = [
                SchemaAttribute("formatted", "The whole name."), SchemaAttribute("familyName", "Last name."),
                SchemaAttribute("givenName", "First name."), SchemaAttribute("middleName", "Middle names."),
                SchemaAttribute("honorificPrefix", "Title before the name."),
                SchemaAttribute("honorificSuffix", "What follows the name."),
            ]
        },
        SchemaAttribute("displayName", "The name that others see."),
        SchemaAttribute("nickName", "What the person is called."),
        SchemaAttribute("profileUrl", .reference, "A page about the person.") { $0.referenceTypes = ["external"] },
        SchemaAttribute("title", "Job title."),
        SchemaAttribute("userType", "Relation to the organisation, such as Employee."),
        SchemaAttribute("preferredLanguage", "Preferred languages, as in Accept-Language."),
        SchemaAttribute("locale", "Language tag for dates, numbers and currencies."),
        SchemaAttribute("timezone", "Name in the IANA time zone database."),
        SchemaAttribute("active", .boolean, "Whether the account may be used."),
        SchemaAttribute("password", "Accepted and not kept: passwords are set in the application.") {
            $0.mutability = .writeOnly
            $0.returned = .never
            $0.isCaseExact = true
        },
    ]

    private static let image = SchemaAttribute("value", .reference, "Where the image is.") {
        $0.referenceTypes = ["external"]
    }

    private static let addresses = SchemaAttribute("addresses", .complex, "Postal addresses.") {
        $0.isMultiValued = true
        $0.subAttributes = [
            SchemaAttribute("formatted", "The whole address."), SchemaAttribute("streetAddress", "Street and number."),
            SchemaAttribute("locality", "City."), SchemaAttribute("region", "State or region."),
            SchemaAttribute("postalCode", "Postal code."), SchemaAttribute("country", "Country."),
            SchemaAttribute("type", "What it is for.") { $0.canonicalValues = ["work", "home", "other"] },
            SchemaAttribute("primary", .boolean, "Whether it is the preferred one; true at most once."),
        ]
    }

    private static let groups = SchemaAttribute("groups", .complex, "The groups that the account is in.") {
        $0.isMultiValued = true
        $0.mutability = .readOnly
        $0.subAttributes = [
            SchemaAttribute("value", "The group's id.") {
                $0.isCaseExact = true
                $0.mutability = .readOnly
            },
            SchemaAttribute("$ref", .reference, "The group's address.") {
                $0.referenceTypes = ["Group"]
                $0.mutability = .readOnly
            },
            SchemaAttribute("display", "The group's name.") { $0.mutability = .readOnly },
            SchemaAttribute("type", "Always direct.") {
                $0.canonicalValues = ["direct", "indirect"]
                $0.mutability = .readOnly
            },
        ]
    }

    /// RFC 7643, section 4.3.
    static let enterpriseUser = SchemaDefinition(
        id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", name: "EnterpriseUser",
        summary: "Enterprise user",
        attributes: [
            SchemaAttribute("employeeNumber", "Number of the employee."),
            SchemaAttribute("costCenter", "Cost center."), SchemaAttribute("organization", "Organisation."),
            SchemaAttribute("division", "Division."), SchemaAttribute("department", "Department."),
            SchemaAttribute("manager", .complex, "The person's manager.") {
                $0.subAttributes = [
                    SchemaAttribute("value", "The manager's id.") { $0.isCaseExact = true },
                    SchemaAttribute("$ref", .reference, "The manager's address.") { $0.referenceTypes = ["User"] },
                    SchemaAttribute("displayName", "The manager's name.") {
                        $0.mutability = .readOnly
                        $0.returned = .request
                    },
                ]
            },
        ])
}
