import Storage

/// How the value of an attribute is written in SQL.
enum ValueSource {
    /// `isFolded`: the text is in lower case, and is compared with one that is.
    case text(String, isFolded: Bool)
    /// A condition; never NULL.
    case condition(String)
    /// A condition that is NULL where there is no value.
    case flag(String)
    /// Epoch milliseconds.
    case time(String)

    /// For ORDER BY and IS NULL.
    var expression: String {
        switch self {
        case .text(let sql, _), .flag(let sql), .time(let sql): sql
        case .condition(let sql): "CASE WHEN \(sql) THEN 1 ELSE 0 END"
        }
    }
}

/// The rows of a multi-valued attribute: a FROM clause without its keyword, and how a sub-attribute is read of it.
struct ElementSource {
    var from: String
    /// nil: there is no such value to compare.
    var value: (SchemaAttribute) -> ValueSource?
}

extension ResourceTable {
    /// A JSON member of `document`, as text. Dialect point.
    static func json(_ document: String, _ names: [String], _ dialect: SQLDialect) -> String {
        let quoted = names.map { "\"\($0)\"" }
        return switch dialect {
        case .sqlite: "json_extract(\(document), '$.\(quoted.joined(separator: "."))')"
        case .postgresql: "(\(document) #>> '{\(quoted.joined(separator: ","))}')"
        }
    }

    /// Of `json`: whether it is true; NULL where there is none.
    private static func flag(_ json: String, _ dialect: SQLDialect) -> String {
        dialect == .sqlite ? "(\(json) = 1)" : "(\(json) = 'true')"
    }

    private static func source(
        _ attribute: SchemaAttribute, _ names: [String], _ dialect: SQLDialect, exact: String, folded: String
    ) -> ValueSource {
        guard attribute.kind != .boolean else { return .flag(flag(json(folded, names, dialect), dialect)) }
        return attribute.isCaseExact
            ? .text(json(exact, names, dialect), isFolded: false) : .text(json(folded, names, dialect), isFolded: true)
    }

    /// An attribute with one value; nil: it cannot be compared.
    func value(_ path: AttributePath, _ dialect: SQLDialect) -> ValueSource? {
        if path.extension == nil {
            switch (isUser, path.attribute.name, path.sub?.name) {
            case (_, "id", nil): return .text("r.id", isFolded: false)
            case (_, "externalId", nil): return .text("s.external_id", isFolded: false)
            case (_, "meta", "created"): return .time("coalesce(s.created_at, r.created_at * 1000)")
            case (_, "meta", "lastModified"): return .time("coalesce(s.updated_at, r.updated_at * 1000)")
            case (_, "meta", "resourceType"): return .text("'\(type.name)'", isFolded: false)
            case (_, "meta", _): return nil
            case (true, "userName", nil): return .text("coalesce(s.user_name_key, lower(r.email))", isFolded: true)
            case (true, "active", nil): return .condition(Self.active)
            case (true, "password", _): return nil
            case (false, "displayName", nil):
                return .text("CASE WHEN s.name = r.name THEN s.name_key ELSE lower(r.name) END", isFolded: true)
            case (false, _, _): return nil
            default: break
            }
        }
        guard path.leaf.kind != .complex else { return nil }
        let names = [path.extension, path.attribute.name, path.sub?.name].compactMap { $0 }
        return Self.source(
            path.leaf, names, dialect, exact: Self.document(folded: false, dialect),
            folded: Self.document(folded: true, dialect))
    }

    /// The values of an attribute that has several, as rows.
    func elements(_ path: AttributePath, _ dialect: SQLDialect) -> ElementSource? {
        guard path.extension == nil else { return nil }
        switch (isUser, path.attribute.name) {
        case (true, "groups"):
            return Self.memberships(
                "group_member m JOIN \"group\" o ON o.id = m.group_id WHERE m.user_id = r.id", "m.group_id", "direct")
        case (false, "members"):
            return Self.memberships(
                "group_member m JOIN \"user\" o ON o.id = m.user_id WHERE m.group_id = r.id", "m.user_id", "user")
        case (_, "schemas"), (false, _): return nil
        default: return Self.documented(path, dialect)
        }
    }

    private static func memberships(_ from: String, _ id: String, _ type: String) -> ElementSource {
        ElementSource(from: from) { sub in
            switch sub.name {
            case "value": .text(id, isFolded: false)
            case "display": .text("lower(o.name)", isFolded: true)
            case "type": .text("'\(type)'", isFolded: true)
            default: nil
            }
        }
    }

    /// Dialect point: how a JSON array becomes rows. Text of certificates is compared exactly, so both documents matter.
    private static func documented(_ path: AttributePath, _ dialect: SQLDialect) -> ElementSource {
        let name = path.attribute.name
        let isExact = path.attribute.sub("value")?.isCaseExact == true
        let document = document(folded: !isExact, dialect)
        let from =
            switch dialect {
            case .sqlite: "json_each(\(document), '$.\"\(name)\"') e WHERE 1 = 1"
            case .postgresql: "jsonb_array_elements(\(document) -> '\(name)') AS e(value) WHERE 1 = 1"
            }
        return ElementSource(from: from) { sub in
            let value = json("e.value", [sub.name], dialect)
            if sub.kind == .boolean { return .flag(flag(value, dialect)) }
            if isExact {
                return sub.isCaseExact ? .text(value, isFolded: false) : .text("lower(\(value))", isFolded: true)
            }
            return .text(value, isFolded: true)
        }
    }
}
