/// What a PostgreSQL database says of its tables: their columns, types and keys.
struct PostgreSQLCatalog {
    struct Column {
        let name: String
        let type: PostgreSQLType
        /// In characters; nil where there is no limit.
        let maximumLength: Int?
        let isNullable: Bool
        /// It is in an index, whose entries have a limit.
        let isIndexed: Bool
        /// It identifies its row, or another one: another value would be another row.
        let isKey: Bool
        /// The sequence that counts it up.
        let sequence: String?
    }

    struct ForeignKey {
        let column: String
        let parent: String
        let parentColumn: String
    }

    /// Ordinary tables of the schema where ours are, without those of extensions.
    let tables: [String: [Column]]
    let foreignKeys: [String: [ForeignKey]]
    /// Bytes that all of them take, without indexes.
    let size: Int64

    init(_ session: PostgreSQLSession) throws {
        var tables: [String: [Column]] = [:]
        for (table, column) in try session.rows(Self.columns, [], Self.column) {
            tables[table, default: []].append(column)
        }
        var keys: [String: [ForeignKey]] = [:]
        let found = try session.rows(Self.keys, []) { row in
            let key = ForeignKey(column: try row.text(1), parent: try row.text(2), parentColumn: try row.text(3))
            return (try row.text(0), key)
        }
        for (table, key) in found { keys[table, default: []].append(key) }
        (self.tables, foreignKeys) = (tables, keys)
        size =
            try session.first("SELECT sum(pg_table_size(c.oid)) \(Self.ours)", []) { try $0.optionalInteger(0) ?? 0 }
            ?? 0
    }

    private static func column(_ row: any SQLRow) throws -> (String, Column) {
        let length = try row.integer(3)
        return (
            try row.text(0),
            Column(
                name: try row.text(1), type: PostgreSQLType(name: try row.text(2)),
                maximumLength: length > 0 ? Int(length) : nil, isNullable: try row.integer(4) == 0,
                isIndexed: try row.integer(5) != 0, isKey: try row.integer(6) != 0, sequence: try row.optionalText(7))
        )
    }

    private static let ours = """
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT EXISTS (
            SELECT 1 FROM pg_depend d
            WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
        """

    private static let columns = """
        SELECT t.relname, a.attname, y.typname,
            CASE WHEN y.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 ELSE 0 END,
            CAST(a.attnotnull AS integer),
            CAST(EXISTS (
                SELECT 1 FROM pg_index i WHERE i.indrelid = t.oid AND a.attnum = ANY (i.indkey)) AS integer),
            CAST(EXISTS (
                SELECT 1 FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique AND a.attnum = ANY (i.indkey))
            OR EXISTS (
                SELECT 1 FROM pg_constraint k
                WHERE k.conrelid = t.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) AS integer),
            pg_get_serial_sequence(quote_ident(t.relname), a.attname)
        FROM (SELECT c.oid, c.relname \(ours)) t
            JOIN pg_attribute a ON a.attrelid = t.oid JOIN pg_type y ON y.oid = a.atttypid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY t.relname, a.attnum
        """

    private static let keys = """
        SELECT t.relname, a.attname, p.relname, b.attname
        FROM (SELECT c.oid, c.relname \(ours)) t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f'
            JOIN pg_class p ON p.oid = k.confrelid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]
            JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = k.confkey[1]
        WHERE array_length(k.conkey, 1) = 1
        ORDER BY t.relname, k.conname
        """
}
