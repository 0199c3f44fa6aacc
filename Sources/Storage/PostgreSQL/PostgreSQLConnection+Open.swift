import CPostgres
import Glibc

extension PostgreSQLConnection {
    /// libpq's settings that the URL may override.
    private static let defaults = [
        ("application_name", "martlet"), ("sslmode", "prefer"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
        ("keepalives_count", "3"), ("tcp_user_timeout", "15000"),
    ]

    /// Connects within `limits.connect`; only the look-up of the host name is beyond our control.
    static func connect(_ url: PostgreSQLURL, limits: PostgreSQLLimits) throws(StorageError) -> OpaquePointer {
        let deadline = ContinuousClock.now + limits.connect
        // The URL goes in as the database's name; what follows it wins over it.
        let settings = defaults + [("dbname", url.text), ("client_encoding", "UTF8")]
        guard let handle = start(settings) else { throw .unreachable(url.description, message: "") }
        guard finish(handle, until: deadline) else {
            // Copied before the handle is freed.
            let message = martlet_pq_error_message(handle).map { String(cString: $0) } ?? ""
            martlet_pq_finish(handle)
            throw .unreachable(url.description, message: message)
        }
        return handle
    }

    private static func start(_ settings: [(String, String)]) -> OpaquePointer? {
        let keywords = settings.map { $0.0 }
        let values = settings.map { $0.1 }
        return withCStrings(keywords) { keywords in
            withCStrings(values) { martlet_pq_connect_start_params(keywords, $0, 1) }
        }
    }

    /// Whether it is connected in time.
    private static func finish(_ handle: OpaquePointer, until deadline: ContinuousClock.Instant) -> Bool {
        // As if the last poll had said so, says libpq's manual.
        var state = PGRES_POLLING_WRITING
        while martlet_pq_status(handle) != CONNECTION_BAD {
            switch state {
            case PGRES_POLLING_OK: return true
            case PGRES_POLLING_READING:
                guard wait(martlet_pq_socket(handle), for: POLLIN, until: deadline) else { return false }
            case PGRES_POLLING_WRITING:
                guard wait(martlet_pq_socket(handle), for: POLLOUT, until: deadline) else { return false }
            default: return false
            }
            state = martlet_pq_connect_poll(handle)
        }
        return false
    }

    /// A NULL-terminated array of C strings, valid inside `body` only.
    private static func withCStrings<Value>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        let bytes = texts.map { Array($0.utf8CString) }
        let joined = Array(bytes.joined())
        return joined.withUnsafeBufferPointer { buffer in
            var pointers: [UnsafePointer<CChar>?] = []
            var start = 0
            for text in bytes {
                pointers.append(buffer.baseAddress.map { $0 + start })
                start += text.count
            }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
