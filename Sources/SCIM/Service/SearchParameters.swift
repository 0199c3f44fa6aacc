import Contracts

/// What a query or a search request (RFC 7644, section 3.4.3) asks for, before it is known of which type.
struct SearchParameters: Sendable {
    static let schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

    var filter: String?
    var sortBy: String?
    var sortOrder: String?
    var startIndex: Int?
    var count: Int?
    var attributes: [String]?
    var excludedAttributes: [String]?

    /// - Throws: 400 `invalidValue` for numbers that are none.
    init(_ query: [String: String]) throws(SCIMError) {
        filter = query["filter"]
        sortBy = query["sortBy"]
        sortOrder = query["sortOrder"]
        startIndex = try Self.number("startIndex", query["startIndex"])
        count = try Self.number("count", query["count"])
        attributes = Projection.names(query["attributes"])
        excludedAttributes = Projection.names(query["excludedAttributes"])
    }

    private static func number(_ name: String, _ text: String?) throws(SCIMError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text) else { throw .invalid(.invalidValue, "\(name) is no whole number.") }
        return number
    }

    /// - Throws: 400 `invalidSyntax` or `invalidValue`.
    init(body: JSONValue) throws(SCIMError) {
        guard case .object(let members) = body else { throw .invalid(.invalidSyntax, "The body is no JSON object.") }
        if let schemas = members["schemas"]?.elements {
            guard schemas.contains(where: { $0.text?.lowercased() == Self.schema.lowercased() }) else {
                throw .invalid(.invalidSyntax, "The schemas of a search are \(Self.schema).")
            }
        }
        filter = try Self.text("filter", members)
        sortBy = try Self.text("sortBy", members)
        sortOrder = try Self.text("sortOrder", members)
        startIndex = try Self.number("startIndex", members)
        count = try Self.number("count", members)
        attributes = try Self.names("attributes", members)
        excludedAttributes = try Self.names("excludedAttributes", members)
    }

    private static func text(_ name: String, _ members: [String: JSONValue]) throws(SCIMError) -> String? {
        guard let value = members[name], value != .null else { return nil }
        guard let text = value.text else { throw .invalid(.invalidValue, "\(name) is no text.") }
        return text
    }

    private static func number(_ name: String, _ members: [String: JSONValue]) throws(SCIMError) -> Int? {
        guard let value = members[name], value != .null else { return nil }
        guard case .integer(let number) = value else { throw .invalid(.invalidValue, "\(name) is no whole number.") }
        return Int(number)
    }

    private static func names(_ name: String, _ members: [String: JSONValue]) throws(SCIMError) -> [String]? {
        guard let value = members[name], value != .null else { return nil }
        guard let elements = value.elements, elements.allSatisfy({ $0.text != nil }) else {
            throw .invalid(.invalidValue, "\(name) is no list of texts.")
        }
        return elements.compactMap(\.text)
    }

    /// - Throws: 400 `invalidFilter`, `invalidPath` or `invalidValue`.
    func query(_ type: ResourceType) throws(SCIMError) -> ListQuery {
        var query = ListQuery()
        if let filter { query.filter = try FilterParser.parse(filter, type) }
        if let sortBy {
            query.sortBy = AttributePath.resolve(sortBy, in: type)
            guard query.sortBy != nil else {
                throw .invalid(.invalidPath, "\(type.name) has no attribute \(sortBy.prefix(256)).")
            }
        }
        switch sortOrder?.lowercased() {
        case nil, "ascending": break
        case "descending": query.isDescending = true
        default: throw .invalid(.invalidValue, "sortOrder is ascending or descending.")
        }
        // Below 1 counts as 1, a negative count as 0 (RFC 7644, section 3.4.2.4).
        query.startIndex = max(1, startIndex ?? 1)
        query.count = min(ListQuery.maximumCount, max(0, count ?? ListQuery.defaultCount))
        return query
    }

    func projection(_ type: ResourceType) -> Projection {
        Projection(attributes: attributes, excludedAttributes: excludedAttributes, type)
    }
}
