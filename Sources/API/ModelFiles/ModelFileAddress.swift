import DaemonKit
import Egress

/// Where model files may be downloaded from: Hugging Face and GitHub unless an operator says otherwise.
struct ModelFileAddress {
    let url: String
    /// The last part of the path.
    let name: String

    /// - Parameter allowed: beginnings of addresses: scheme, host, port, and a path up to a slash.
    /// - Returns: nil for an address that is none, or not allowed.
    init?(_ text: String, allowed: [String]) {
        guard let url = URLParts(text), !url.authority.contains("@") else { return nil }
        let isAllowed = allowed.contains { entry in
            guard let start = URLParts(entry) else { return false }
            let path = start.path.hasSuffix("/") ? start.path : start.path + "/"
            return start.origin == url.origin && url.path.hasPrefix(path)
        }
        // What a server makes of dots in the path is not known.
        let segments = url.path.split(separator: "/")
        guard isAllowed, let name = segments.last, !segments.contains(where: Self.leadsUp) else { return nil }
        self.url = text
        self.name = String(name)
    }

    private static func leadsUp(_ segment: Substring) -> Bool {
        ["..", ".", "%2e%2e", "%2e", ".%2e", "%2e."].contains(segment.lowercased())
    }
}

/// The name of the model that a file becomes.
enum ModelFileName {
    /// The file's name without directories, as a client may show it.
    static func base(_ name: String) -> String {
        let base = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        return String(base.filter { !$0.isNewline && $0 != "\0" }.prefix(200))
    }

    /// Without its extension, of the characters that Ollama takes; "" where nothing is left.
    static func model(_ name: String) -> String {
        let base = base(name)
        let stem = base.lastIndex(of: ".").map { base[..<$0] } ?? base[...]
        let mapped = stem.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (Character(scalar).isLetter || Character(scalar).isNumber)
            return isPlain || "._-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
        }
        let trimmed = mapped.drop { "._-".contains($0) }
        return String(String(trimmed).prefix(80))
    }
}
