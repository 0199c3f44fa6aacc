/// An absolute URL taken apart, as far as joining and naming upstreams needs. No decoding, no normalising.
public struct URLParts: Sendable, Hashable {
    /// `http` or `https`, lower case.
    public var scheme: String
    /// Host, port and credentials, as written.
    public var authority: String
    /// Empty, or starting with a slash.
    public var path: String
    /// Without the question mark.
    public var query: String?

    /// Nil unless `text` is an http or https URL with a host, in printable ASCII. A fragment is dropped.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), let mark = text.firstRange(of: "://") else { return nil }
        scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        var rest = text[mark.upperBound...]
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        if let question = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: question)...])
            rest = rest[..<question]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        authority = String(rest[..<slash])
        path = String(rest[slash...])
        guard let host = authority.split(separator: "@", omittingEmptySubsequences: false).last, !host.isEmpty,
            host.first != ":"
        else { return nil }
    }

    /// This base with `reference` (a path, perhaps with a query) after its own path, with exactly one slash between.
    /// The base's query is dropped.
    public func joining(_ reference: String) -> String {
        let base = path.hasSuffix("/") ? path.dropLast() : path[...]
        return scheme + "://" + authority + base + (reference.hasPrefix("/") ? "" : "/") + reference
    }
}
