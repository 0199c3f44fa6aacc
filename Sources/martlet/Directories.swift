import Glibc

/// Where the sockets and the data are when nobody says so.
enum Directories {
    /// `--runtime-dir` > RUNTIME_DIRECTORY (systemd) > $XDG_RUNTIME_DIR/martlet > /run/martlet.
    static func runtime(_ option: String?) -> String {
        if let option { return absolute(option) }
        if let directory = environment("RUNTIME_DIRECTORY") { return firstOf(directory) }
        if let directory = environment("XDG_RUNTIME_DIR") { return directory + "/martlet" }
        return "/run/martlet"
    }

    /// The same for a command that looks for a running supervisor: the system's service counts too.
    static func runtimeOfSupervisor(_ option: String?) -> String {
        let first = runtime(option)
        if option != nil || access(first + "/control.sock", F_OK) == 0 { return first }
        return access("/run/martlet/control.sock", F_OK) == 0 ? "/run/martlet" : first
    }

    /// `--data-dir` > DATA_DIR > STATE_DIRECTORY (systemd) > $XDG_DATA_HOME/martlet > ~/.local/share/martlet.
    static func data(_ option: String?, configured: String) -> String {
        if let option { return absolute(option) }
        if !configured.isEmpty { return absolute(configured) }
        if let directory = environment("STATE_DIRECTORY") { return firstOf(directory) }
        if let directory = environment("XDG_DATA_HOME") { return directory + "/martlet" }
        return (environment("HOME") ?? "") + "/.local/share/martlet"
    }

    /// Makes a directory and those above it; false and errno when it cannot.
    static func make(_ path: String, mode: mode_t) -> Bool {
        if mkdir(path, mode) == 0 || errno == EEXIST { return isDirectory(path) }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return false }
        guard make(String(path[..<slash]), mode: 0o755) else { return false }
        return mkdir(path, mode) == 0 || errno == EEXIST
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// systemd separates several directories by colons.
    private static func firstOf(_ list: String) -> String { String(list.prefix { $0 != ":" }) }
}
