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

    /// Scheme, host in lower case, and port: what must be equal for the same origin (RFC 6454).
    public var origin: String {
        let host = (authority.split(separator: "@").last ?? "").lowercased()
        let afterBracket = host.firstIndex(of: "]").map { host[$0...] } ?? host[...]
        if afterBracket.contains(":") { return "\(scheme)://\(host)" }
        return "\(scheme)://\(host):\(scheme == "https" ? 443 : 80)"
    }

    /// The URL that `reference` stands for here (RFC 3986, section 5.2); nil unless that is http or https.
    public func resolving(_ reference: String) -> String? {
        let reference = String(reference.prefix { $0 != "#" })
        let end = reference.firstIndex { "/?".contains($0) } ?? reference.endIndex
        if reference[..<end].contains(":") { return URLParts(reference) == nil ? nil : reference }
        if reference.hasPrefix("//") { return URLParts("\(scheme):\(reference)").map { _ in "\(scheme):\(reference)" } }
        let mark = reference.firstIndex(of: "?") ?? reference.endIndex
        var target = String(reference[..<mark])
        if target.isEmpty {
            target = path
        } else if !target.hasPrefix("/") {
            let directory = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            target = "\(directory)/\(target)"
        }
        var search = reference[mark...]
        if reference.isEmpty, let query { search = "?\(query)" }
        let url = "\(scheme)://\(authority)\(Self.withoutDots(target))\(search)"
        return URLParts(url) == nil ? nil : url
    }

    /// RFC 3986, section 5.2.4.
    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if segment == ".." { _ = kept.popLast() }
            if segment != "." && segment != ".." { kept.append(segment) } else if isLast { kept.append("") }
        }
        return path.isEmpty ? "" : "/" + kept.joined(separator: "/")
    }
}
