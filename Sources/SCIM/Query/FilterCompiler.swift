import Storage

/// Translates a filter to a condition of SQL. Every condition is true or false, never NULL, so that `not` holds.
struct FilterCompiler {
    private let table: ResourceTable
    private let dialect: SQLDialect
    /// In the order of their placeholders.
    private(set) var arguments: [SQLValue] = []

    private init(_ table: ResourceTable, _ dialect: SQLDialect) {
        self.table = table
        self.dialect = dialect
    }

    /// - Throws: 400 `invalidFilter` for attributes that cannot be searched.
    static func compile(
        _ filter: Filter?, _ table: ResourceTable, _ dialect: SQLDialect
    ) throws(SCIMError) -> (condition: String, arguments: [SQLValue]) {
        guard let filter else { return ("1 = 1", []) }
        var compiler = FilterCompiler(table, dialect)
        let condition = try compiler.condition(filter, nil)
        return (condition, compiler.arguments)
    }

    /// - Parameter element: the rows whose sub-attributes the paths mean; nil: the resource.
    private mutating func condition(_ filter: Filter, _ element: ElementSource?) throws(SCIMError) -> String {
        switch filter {
        case .all(let parts): return try joined(parts, " AND ", element)
        case .any(let parts): return try joined(parts, " OR ", element)
        case .not(let part): return "NOT \(try condition(part, element))"
        case .element(let path, let inner): return try self.element(path, inner)
        case .present(let path): return try present(path, element)
        case .compare(let path, let comparison, let literal): return try compare(path, comparison, literal, element)
        }
    }

    private mutating func joined(
        _ parts: [Filter], _ separator: String, _ element: ElementSource?
    ) throws(SCIMError) -> String {
        var conditions: [String] = []
        for part in parts { conditions.append(try condition(part, element)) }
        return "(\(conditions.joined(separator: separator)))"
    }

    private func unsearchable(_ path: AttributePath) -> SCIMError {
        .invalid(.invalidFilter, "\(path.text) cannot be searched.")
    }

    // MARK: Values of a list

    private mutating func element(_ path: AttributePath, _ inner: Filter) throws(SCIMError) -> String {
        guard path.attribute.isMultiValued else { return try condition(inner, nil) }
        guard let source = table.elements(path, dialect) else { throw unsearchable(path) }
        var prefix = ""
        if let text = Self.equalValue(inner), let lookup = table.lookup(path, text) {
            // The index finds the few resources whose lists are then looked at.
            prefix = "\(lookup.sql) AND "
            arguments += lookup.arguments
        }
        return "(\(prefix)EXISTS (SELECT 1 FROM \(source.from) AND \(try condition(inner, source))))"
    }

    /// The text that `value` must equal for the filter to match at all.
    private static func equalValue(_ filter: Filter) -> String? {
        switch filter {
        case .compare(let path, .eq, .string(let text)) where path.sub?.name == "value": text
        case .all(let parts): parts.lazy.compactMap(equalValue).first
        default: nil
        }
    }

    private mutating func present(_ path: AttributePath, _ element: ElementSource?) throws(SCIMError) -> String {
        if let element { return "(\(try value(path, element).expression) IS NOT NULL)" }
        if path.attribute.name == "schemas" || path.attribute.name == "meta" { return "(1 = 1)" }
        if path.attribute.isMultiValued {
            guard let source = table.elements(path, dialect) else { throw unsearchable(path) }
            let sub = try path.sub == nil ? "1 = 1" : "\(value(path, source).expression) IS NOT NULL"
            return "EXISTS (SELECT 1 FROM \(source.from) AND \(sub))"
        }
        guard path.leaf.kind != .complex else {
            let parts = path.attribute.subAttributes.compactMap { table.value(path.with($0), dialect)?.expression }
            return "(coalesce(\(parts.joined(separator: ", "))) IS NOT NULL)"
        }
        return "(\(try value(path, nil).expression) IS NOT NULL)"
    }

    private func value(_ path: AttributePath, _ element: ElementSource?) throws(SCIMError) -> ValueSource {
        let source = if let element { element.value(path.leaf) } else { table.value(path, dialect) }
        guard let source else { throw unsearchable(path) }
        return source
    }

    // MARK: Comparisons

    private mutating func compare(
        _ path: AttributePath, _ comparison: Filter.Operator, _ literal: Filter.Literal, _ element: ElementSource?
    ) throws(SCIMError) -> String {
        if literal == .null {
            let isPresent = try present(path, element)
            return comparison == .eq ? "NOT \(isPresent)" : isPresent
        }
        if element == nil, case .string(let text) = literal {
            if path.attribute.name == "schemas" { return try schemas(comparison, text, path) }
            if comparison == .eq || comparison == .ne && !path.attribute.isMultiValued,
                let lookup = table.lookup(path, text)
            {
                arguments += lookup.arguments
                return comparison == .eq ? "(\(lookup.sql))" : "NOT (\(lookup.sql))"
            }
        }
        if element == nil, path.attribute.isMultiValued {
            guard let source = table.elements(path, dialect) else { throw unsearchable(path) }
            guard let sub = path.sub ?? path.attribute.sub("value") else { throw unsearchable(path) }
            let inner = try compare(path.with(sub), comparison, literal, source)
            return "EXISTS (SELECT 1 FROM \(source.from) AND \(inner))"
        }
        return try compare(try value(path, element), comparison, literal)
    }

    private mutating func schemas(
        _ comparison: Filter.Operator, _ text: String, _ path: AttributePath
    ) throws(SCIMError) -> String {
        guard comparison == .eq || comparison == .ne else { throw unsearchable(path) }
        var has = text.lowercased() == table.type.schema.id.lowercased() ? "(1 = 1)" : "(1 = 0)"
        if let schema = table.type.extension(text) {
            let values = schema.attributes.flatMap { attribute in
                let path = AttributePath(extension: schema.id, attribute: attribute)
                return attribute.subAttributes.isEmpty ? [path] : attribute.subAttributes.map(path.with)
            }
            let parts = values.compactMap { table.value($0, dialect)?.expression }
            has = "(coalesce(\(parts.joined(separator: ", "))) IS NOT NULL)"
        }
        return comparison == .eq ? has : "NOT \(has)"
    }

    private mutating func compare(
        _ source: ValueSource, _ comparison: Filter.Operator, _ literal: Filter.Literal
    ) throws(SCIMError) -> String {
        switch (source, literal) {
        case (.condition(let sql), .boolean(let flag)): return flag == (comparison == .eq) ? sql : "NOT \(sql)"
        case (.flag(let sql), .boolean(let flag)):
            let isEqual = flag ? "coalesce(\(sql), 1 = 0)" : "coalesce(NOT \(sql), 1 = 0)"
            return comparison == .eq ? isEqual : "NOT \(isEqual)"
        case (.time(let sql), .string(let text)):
            arguments.append(.integer(DateTime.milliseconds(text) ?? 0))
            return "(\(sql) \(Self.symbol(comparison)) ?)"
        case (.text(let sql, let isFolded), .string(let text)):
            let text = isFolded ? text.lowercased() : text
            arguments.append(.text(text))
            return comparison == .ne
                ? "(\(sql) IS NULL OR \(sql) <> ?)" : "(\(sql) IS NOT NULL AND \(match(sql, comparison)))"
        default: throw .invalid(.invalidFilter, "The attribute and the value are of different types.")
        }
    }

    private static func symbol(_ comparison: Filter.Operator) -> String {
        switch comparison {
        case .ne: "<>"
        case .gt: ">"
        case .ge: ">="
        case .lt: "<"
        case .le: "<="
        case .eq, .co, .sw, .ew: "="
        }
    }

    /// Dialect point: parts of texts, and an order by bytes.
    private mutating func match(_ sql: String, _ comparison: Filter.Operator) -> String {
        let isSQLite = dialect == .sqlite
        switch comparison {
        case .eq, .ne: return "\(sql) \(Self.symbol(comparison)) ?"
        case .gt, .ge, .lt, .le:
            return "\(sql) \(isSQLite ? "" : "COLLATE \"C\" ")\(Self.symbol(comparison)) ?"
        case .co: return isSQLite ? "instr(\(sql), ?) > 0" : "strpos(\(sql), ?) > 0"
        case .sw, .ew:
            arguments.append(arguments[arguments.count - 1])
            let isStart = comparison == .sw
            if isSQLite {
                return isStart
                    ? "substr(\(sql), 1, length(?)) = ?"
                    : "substr(\(sql), max(1, length(\(sql)) - length(?) + 1)) = ?"
            }
            return "\(isStart ? "left" : "right")(\(sql), length(CAST(? AS text))) = ?"
        }
    }
}
