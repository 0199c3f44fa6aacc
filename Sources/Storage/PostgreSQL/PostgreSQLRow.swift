import CPostgres

/// The first row of a result of libpq. Booleans read as 1 and 0, as SQLite keeps them.
struct PostgreSQLRow: SQLRow {
    let result: OpaquePointer

    /// The type id of `boolean` in every PostgreSQL.
    private static let boolean: Oid = 16

    func text(_ index: Int) throws -> String {
        guard let text = try optionalText(index) else { throw Self.unexpected("text", at: index) }
        return text
    }

    func optionalText(_ index: Int) throws -> String? {
        guard let bytes = try value(index) else { return nil }
        if let flag = boolean(bytes, at: index) { return flag ? "1" : "0" }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.unexpected("text", at: index) }
        return text
    }

    func integer(_ index: Int) throws -> Int64 {
        guard let integer = try optionalInteger(index) else { throw Self.unexpected("an integer", at: index) }
        return integer
    }

    func optionalInteger(_ index: Int) throws -> Int64? {
        guard let bytes = try value(index) else { return nil }
        if let flag = boolean(bytes, at: index) { return flag ? 1 : 0 }
        let text = String(decoding: bytes, as: UTF8.self)
        if let integer = Int64(text) { return integer }
        return Double(text).flatMap { Int64(exactly: $0.rounded(.towardZero)) }
    }

    func optionalReal(_ index: Int) throws -> Double? {
        guard let bytes = try value(index) else { return nil }
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    func utf8(_ index: Int) throws -> UnsafeBufferPointer<UInt8>? {
        guard let bytes = try value(index) else { return nil }
        if let flag = boolean(bytes, at: index) { return Self.digit(flag ? "1" : "0") }
        return bytes.bindMemory(to: UInt8.self)
    }

    private static func digit(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Nil for NULL.
    func value(_ index: Int) throws(StorageError) -> UnsafeRawBufferPointer? {
        let column = Int32(clamping: index)
        guard index >= 0, column < martlet_pq_nfields(result) else { throw Self.unexpected("a column", at: index) }
        guard martlet_pq_getisnull(result, 0, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: martlet_pq_getvalue(result, 0, column), count: Int(martlet_pq_getlength(result, 0, column)))
    }

    private func boolean(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool? {
        guard martlet_pq_ftype(result, Int32(clamping: index)) == Self.boolean else { return nil }
        return bytes.first == UInt8(ascii: "t")
    }

    private static func unexpected(_ type: String, at index: Int) -> StorageError {
        .invalidValue("Column \(index) of a row is not \(type).")
    }
}
