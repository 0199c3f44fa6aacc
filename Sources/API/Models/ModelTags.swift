import NIOCore

/// `[{"name": "…"}, …]`, as models have their tags.
enum ModelTags {
    static func names(meta: String) -> [String] {
        guard let tags = (try? JSONSlice(document: ByteBuffer(string: meta)))?.members?["tags"]?.elements else {
            return []
        }
        return tags.compactMap { $0.members?["name"]?.text }
    }
}
