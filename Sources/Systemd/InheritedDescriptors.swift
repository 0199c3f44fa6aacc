import CSystemd
import Glibc

/// Descriptors that the service manager passes: sockets of a `.socket` unit and those left in its store.
public enum InheritedDescriptors {
    public struct Item: Sendable, Equatable {
        public var descriptor: CInt
        public var name: String
    }

    /// All of them, with their names (sd_listen_fds_with_names(3)); empty without a manager. The environment variables
    /// are removed, so that no child mistakes them for its own.
    public static func take() -> [Item] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count > 0 else { return [] }
        defer { free(names) }
        return (0..<Int(count)).map { index in
            var name = ""
            if let text = names?[index] {
                name = String(cString: text)
                free(text)
            }
            return Item(descriptor: CInt(index) + 3, name: name)
        }
    }
}
