import Contracts

/// An answer that tells of an error (RFC 7644, section 3.12).
struct SCIMError: Error, Equatable {
    /// Table 9 of RFC 7644.
    enum Kind: String {
        case invalidFilter, tooMany, uniqueness, mutability, invalidSyntax, invalidPath, noTarget, invalidValue
        case invalidVers, sensitive
    }

    static let schema = "urn:ietf:params:scim:api:messages:2.0:Error"

    var status: Int
    var kind: Kind?
    /// For people.
    var detail: String

    init(_ status: Int, _ kind: Kind? = nil, _ detail: String) {
        self.status = status
        self.kind = kind
        self.detail = detail
    }

    static func invalid(_ kind: Kind, _ detail: String) -> SCIMError { SCIMError(400, kind, detail) }
    static func notFound(_ what: String) -> SCIMError { SCIMError(404, nil, "\(what) is not here.") }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "schemas": .array([.string(Self.schema)]), "status": .string(String(status)), "detail": .string(detail),
        ]
        members["scimType"] = kind.map { .string($0.rawValue) }
        return .object(members)
    }
}
