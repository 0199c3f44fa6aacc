import Egress

/// `name=value&…` as forms and queries carry it: everything but unreserved characters is percent-encoded, so that it
/// fits both (RFC 3986, section 2.3; spaces are `%20`).
enum FormEncoding {
    static func encode(_ pairs: [(String, String)]) -> String {
        pairs.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
    }

    /// A URL with more in its query.
    static func adding(_ pairs: [(String, String)], to url: String) -> String {
        // A fragment would swallow them.
        let base = url.prefix { $0 != "#" }
        let mark = !base.contains("?") ? "?" : base.hasSuffix("?") || base.hasSuffix("&") ? "" : "&"
        return base + mark + encode(pairs)
    }
}
