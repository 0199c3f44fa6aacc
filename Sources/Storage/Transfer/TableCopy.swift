import GRDB

/// One table on its way from SQLite into PostgreSQL, in memory for one row or a mebibyte of them.
struct TableCopy {
    /// Text that is gathered before it is sent.
    private static let batchSize = 1 << 20
    /// PostgreSQL takes no longer line.
    private static let longestRow = 1_000_000_000

    let table: String
    /// Those that both have.
    let columns: [PostgreSQLCatalog.Column]
    /// The references that can be followed in the source.
    let foreignKeys: [PostgreSQLCatalog.ForeignKey]
    /// By table: ids of rows that were left out, as the source has them.
    private(set) var absent: [String: Set<String>]
    private(set) var sent: Int64 = 0
    private var text = CopyText()

    init(
        table: String, columns: [PostgreSQLCatalog.Column], foreignKeys: [PostgreSQLCatalog.ForeignKey],
        absent: [String: Set<String>]
    ) {
        (self.table, self.columns, self.foreignKeys, self.absent) = (table, columns, foreignKeys, absent)
    }

    /// - Parameter each: called after each row, sent or not.
    mutating func run(
        from source: GRDB.Database, tables: TransferTables, to connection: PostgreSQLConnection,
        _ notes: inout TransferNotes, _ each: () throws -> Void
    ) throws {
        let names = columns.map(\.name.quotedName)
        // An answer more for each reference: whether it leads nowhere.
        let dangling = foreignKeys.map { key in
            tables[key.parent] == nil ? "\(key.column.quotedName) IS NOT NULL" : Self.dangling(key)
        }
        let sql = "SELECT \((names + dangling).joined(separator: ", ")) FROM \(table.quotedName) AS child"
        let rows = try RowStatement(sql, source)
        try connection.failing { () throws(PostgreSQLFailure) in
            try connection.beginCopy("COPY \(table.quotedName) (\(names.joined(separator: ", "))) FROM STDIN")
        }
        while try rows.step() {
            if append(rows, &notes) { sent += 1 }
            if text.mark >= Self.batchSize { try send(connection) }
            try each()
        }
        try send(connection)
        let taken = try connection.failing { () throws(PostgreSQLFailure) in try connection.endCopy() }
        guard taken == sent else {
            throw StorageError(.other, "Of \(sent) rows of \(table), \(taken) arrived.", advice: "Try again.")
        }
    }

    private static func dangling(_ key: PostgreSQLCatalog.ForeignKey) -> String {
        """
        \(key.column.quotedName) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \(key.parent.quotedName) AS parent \
        WHERE parent.\(key.parentColumn.quotedName) = child.\(key.column.quotedName))
        """
    }

    private mutating func send(_ connection: PostgreSQLConnection) throws {
        try text.bytes.withUnsafeBytes { bytes in
            try connection.failing { () throws(PostgreSQLFailure) in try connection.put(bytes) }
        }
        text.clear()
    }

    /// False: the row was left out.
    private mutating func append(_ row: borrowing RowStatement, _ notes: inout TransferNotes) -> Bool {
        if let (column, reason) = reference(row) { return leaveOut(row, column, reason, &notes) }
        let mark = text.mark
        var changes: [(column: String, reason: String)] = []
        for (index, column) in columns.enumerated() {
            let value = PostgreSQLValue(row.cell(index), for: column)
            if let change = value.change {
                if column.isKey {
                    text.takeBack(to: mark)
                    return leaveOut(row, column.name, change, &notes)
                }
                changes.append((column.name, change))
            }
            text.append(value)
        }
        text.endRow()
        guard text.mark - mark < Self.longestRow else {
            text.takeBack(to: mark)
            return leaveOut(row, nil, "longer than 1 GB", &notes)
        }
        for (column, reason) in changes {
            notes.add(.changed, table: table, column: column, reason, key: key(row))
        }
        return true
    }

    /// The column that refers to a row that is not there, which PostgreSQL would have deleted together with that.
    private func reference(_ row: borrowing RowStatement) -> (column: String, reason: String)? {
        for (index, key) in foreignKeys.enumerated() {
            if case .integer(1) = row.cell(columns.count + index) {
                return (key.column, "refers to nothing in \(key.parent)")
            }
            guard let missing = absent[key.parent], let place = place(key.column) else { continue }
            if missing.contains(Self.text(row.cell(place))) {
                return (key.column, "refers to a row of \(key.parent) that is left out")
            }
        }
        return nil
    }

    private mutating func leaveOut(
        _ row: borrowing RowStatement, _ column: String?, _ reason: String, _ notes: inout TransferNotes
    ) -> Bool {
        notes.add(.leftOut, table: table, column: column, reason, key: key(row))
        if let place = place("id") { absent[table, default: []].insert(Self.text(row.cell(place))) }
        return false
    }

    private func place(_ column: String) -> Int? { columns.firstIndex { $0.name == column } }

    /// The row's id, for people.
    private func key(_ row: borrowing RowStatement) -> String {
        let text = Self.text(row.cell(place("id") ?? 0))
        let shown = text.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7F ? "�" : String($0) }
        return shown.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
    }

    private static func text(_ cell: RowStatement.Cell) -> String {
        switch cell {
        case .null: "NULL"
        case .integer(let integer): String(integer)
        case .real(let double): "\(double)"
        case .text(let bytes), .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension PostgreSQLConnection {
    /// Makes of the failure what callers outside know.
    func failing<Value>(_ body: () throws(PostgreSQLFailure) -> Value) throws(StorageError) -> Value {
        do throws(PostgreSQLFailure) { return try body() } catch { throw error.error }
    }
}
