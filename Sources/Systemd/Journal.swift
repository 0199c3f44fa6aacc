import CSystemd
import Glibc

/// The journal's native protocol: one entry, many fields (sd_journal_sendv(3)).
public enum Journal {
    /// True when stderr is the journal's own stream, so that entries with fields may replace it.
    public static func isStandardError() -> Bool {
        guard let value = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return String(cString: value) == "\(status.st_dev):\(status.st_ino)"
    }

    /// Sends one entry. Field names are upper case, digits and underscores; values any text.
    public static func send(_ fields: [(name: String, value: String)]) {
        var storage: [[UInt8]] = fields.map { Array("\($0.name)=\($0.value)".utf8) }
        var vectors: [iovec] = []
        vectors.reserveCapacity(storage.count)
        // Each array's own memory is stable while `storage` is not touched.
        storage.withUnsafeMutableBufferPointer { arrays in
            withPointers(arrays, 0, &vectors) { vectors in
                _ = vectors.withUnsafeBufferPointer { sd_journal_sendv($0.baseAddress, CInt($0.count)) }
            }
        }
    }

    private static func withPointers(
        _ arrays: UnsafeMutableBufferPointer<[UInt8]>, _ index: Int, _ vectors: inout [iovec],
        _ body: (inout [iovec]) -> Void
    ) {
        guard index < arrays.count else { return body(&vectors) }
        arrays[index].withUnsafeMutableBytes { bytes in
            vectors.append(iovec(iov_base: bytes.baseAddress, iov_len: bytes.count))
            withPointers(arrays, index + 1, &vectors, body)
        }
    }
}
