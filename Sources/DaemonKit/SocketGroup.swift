import Glibc

/// The group that may use the Unix sockets.
public enum SocketGroup {
    /// The named group; for an empty name "martlet" where it exists, else the group of this process.
    /// nil: a named group does not exist.
    public static func resolve(_ name: String) -> gid_t? {
        // The highest number means "no change" to chown(2).
        if let id = gid_t(name), id != gid_t.max { return id }
        if let entry = getgrnam(name.isEmpty ? "martlet" : name) { return entry.pointee.gr_gid }
        return name.isEmpty ? getegid() : nil
    }
}
