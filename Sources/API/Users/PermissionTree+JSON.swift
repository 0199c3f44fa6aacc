import FoundationEssentials
import Identity

extension PermissionTree {
    /// As Open WebUI tells rights: `{section: {name: true}}`.
    var json: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
