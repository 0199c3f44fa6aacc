import Contracts

/// One operation of a PATCH (RFC 7644, section 3.5.2).
struct PatchOperation: Sendable {
    enum Kind: String { case add, replace, remove }

    static let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    /// More operations in one request are refused.
    static let limit = 1_000

    var kind: Kind
    var path: String?
    var value: JSONValue?

    /// - Throws: 400 `invalidSyntax`.
    static func list(_ body: JSONValue) throws(SCIMError) -> [PatchOperation] {
        guard case .object(let members) = body else { throw .invalid(.invalidSyntax, "The body is no JSON object.") }
        if let schemas = members["schemas"]?.elements {
            guard schemas.contains(where: { $0.text?.lowercased() == schema.lowercased() }) else {
                throw .invalid(.invalidSyntax, "The schemas of a PATCH are \(schema).")
            }
        }
        let found = members.first { $0.key.lowercased() == "operations" }?.value.elements
        guard let found, !found.isEmpty, found.count <= limit else {
            throw .invalid(.invalidSyntax, "Operations is no list of 1 to \(limit).")
        }
        var operations: [PatchOperation] = []
        for operation in found { operations.append(try PatchOperation(operation)) }
        return operations
    }

    private init(_ operation: JSONValue) throws(SCIMError) {
        guard case .object(let members) = operation else {
            throw .invalid(.invalidSyntax, "An operation is no JSON object.")
        }
        let named = Dictionary(members.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        guard let kind = named["op"]?.text.flatMap({ Kind(rawValue: $0.lowercased()) }) else {
            throw .invalid(.invalidSyntax, "The op of an operation is add, replace or remove.")
        }
        self.kind = kind
        switch named["path"] {
        case nil, .null: path = nil
        case .string(let text): path = text
        default: throw .invalid(.invalidPath, "The path of an operation is a text.")
        }
        value = named["value"]
    }
}
