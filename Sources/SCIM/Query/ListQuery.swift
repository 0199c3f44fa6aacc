import Storage

/// One page of resources (RFC 7644, section 3.4.2).
struct ListQuery {
    static let maximumCount = 200
    static let defaultCount = 100

    var filter: Filter?
    var sortBy: AttributePath?
    var isDescending = false
    /// From 1.
    var startIndex = 1
    var count = ListQuery.defaultCount

    /// How many resources match, and the ids of the page.
    func run(_ table: ResourceTable, in session: any SQLSession) throws -> (total: Int, ids: [String]) {
        let (condition, arguments) = try FilterCompiler.compile(filter, table, session.dialect)
        let counted =
            filter == nil
            ? "SELECT count(*) FROM \"\(table.isUser ? "user" : "group")\""
            : "SELECT count(*) FROM \(table.from) WHERE \(condition)"
        let total = try session.rowsOnce(counted, arguments) { Int(try $0.integer(0)) }.first ?? 0
        guard count > 0, startIndex <= total else { return (total, []) }
        let ids = try session.rowsOnce(
            """
            SELECT r.id FROM \(table.from) WHERE \(condition)
            ORDER BY \(try order(table, session.dialect))r.created_at, r.id LIMIT ? OFFSET ?
            """, arguments + [.integer(Int64(count)), .integer(Int64(startIndex - 1))]
        ) { try $0.text(0) }
        return (total, ids)
    }

    /// Resources without a value come last, and first in descending order (RFC 7644, section 3.4.2.3).
    private func order(_ table: ResourceTable, _ dialect: SQLDialect) throws(SCIMError) -> String {
        guard let sortBy else { return "" }
        guard let expression = Self.expression(sortBy, table, dialect) else {
            throw .invalid(.invalidPath, "Resources cannot be sorted by \(sortBy.text).")
        }
        let direction = isDescending ? "DESC" : "ASC"
        return "CASE WHEN \(expression) IS NULL THEN 1 ELSE 0 END \(direction), \(expression) \(direction), "
    }

    /// Of several values the primary one counts, else the first.
    private static func expression(
        _ path: AttributePath, _ table: ResourceTable, _ dialect: SQLDialect
    ) -> String? {
        guard path.attribute.isMultiValued else { return table.value(path, dialect)?.expression }
        guard let elements = table.elements(path, dialect),
            let sub = path.sub ?? path.attribute.sub("value"), let value = elements.value(sub)?.expression
        else { return nil }
        let primary = path.attribute.sub("primary").flatMap { elements.value($0)?.expression }
        let order = primary.map { " ORDER BY CASE WHEN \($0) THEN 0 ELSE 1 END" } ?? ""
        return "(SELECT \(value) FROM \(elements.from)\(order) LIMIT 1)"
    }
}
