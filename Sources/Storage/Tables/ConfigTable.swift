/// Queries on `config`: one JSON document with the settings that an administrator saved.
///
/// The document passes through as bytes: keys of Open WebUI that Martlet does not know stay as they are.
public enum ConfigTable {
    /// The JSON of the latest row; nil if nothing was ever saved.
    public static func latest(in session: some SQLSession) throws -> [UInt8]? {
        try session.first("SELECT data FROM config ORDER BY id DESC LIMIT 1", []) { Array(try $0.text(0).utf8) }
    }

    /// Replaces the whole document.
    /// - Throws: `StorageError.Reason.invalidValue` if `data` is not JSON.
    public static func save(_ data: [UInt8], in session: some SQLSession) throws {
        guard let text = String(validating: data, as: UTF8.self), try isValid(text, in: session) else {
            throw StorageError.invalidValue("The settings are not JSON.")
        }
        let changed = try session.run(
            """
            UPDATE config SET data = ?, updated_at = CURRENT_TIMESTAMP
            WHERE id = (SELECT max(id) FROM config)
            """, [.text(text)])
        if changed == 0 {
            try session.run("INSERT INTO config (data, version) VALUES (?, 0)", [.text(text)])
        }
    }

    /// Sets one key and leaves the rest of the document as it is.
    /// - Parameters:
    ///   - key: dotted, as Open WebUI writes it: `ui.enable_signup`. Missing parents are made.
    ///   - json: the new value, as JSON.
    /// - Throws: `StorageError.Reason.invalidValue` for another form of key, a value that is not JSON, or a parent
    ///   that is there but is no object.
    public static func patch(_ key: String, json: String, in session: some SQLSession) throws {
        let names = key.split(separator: ".", omittingEmptySubsequences: false)
        guard names.allSatisfy(isName), try isValid(json, in: session) else {
            throw StorageError.invalidValue("A setting needs a dotted name and a JSON value.")
        }
        if try latest(in: session) == nil {
            try session.run("INSERT INTO config (data, version) VALUES ('{}', 0)", [])
        }
        let isStored =
            switch session.dialect {
            case .sqlite: try setSQLite(names, json, in: session)
            case .postgresql: try setPostgreSQL(names, json, in: session)
            }
        guard isStored else { throw StorageError.invalidValue("The setting \(key) has no place in the document.") }
    }

    private static func isName(_ name: Substring) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func isValid(_ json: String, in session: some SQLSession) throws -> Bool {
        let sql =
            switch session.dialect {
            case .sqlite: "SELECT json_valid(?)"
            // Throws for what is no JSON, as `invalidValue`.
            case .postgresql: "SELECT CAST(? AS json) IS NOT NULL"
            }
        return try session.first(sql, [.text(json)]) { try $0.integer(0) } == 1
    }
}
