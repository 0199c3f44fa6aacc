/// Arguments of a statement as libpq takes them: an array of C strings, NULL for NULL.
struct PostgreSQLArguments {
    private var bytes: [CChar] = []
    /// Where each begins; nil for NULL.
    private var starts: [Int?] = []

    /// - Throws: `StorageError.Reason.invalidValue` for a text with a NUL, which C strings cannot hold.
    init(_ values: [SQLValue]) throws(StorageError) {
        starts.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .null: starts.append(nil)
            case .integer(let integer): append(String(integer))
            case .real(let real): append(String(real))
            case .text(let text):
                try SQLValue.checkText(text.utf8)
                append(text)
            }
        }
    }

    var count: Int { starts.count }

    private mutating func append(_ text: String) {
        starts.append(bytes.count)
        bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }

    /// The pointers are valid inside `body` only.
    func withPointers<Value>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value) -> Value {
        bytes.withUnsafeBufferPointer { buffer in
            let pointers = starts.map { start in start.flatMap { start in buffer.baseAddress.map { $0 + start } } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
