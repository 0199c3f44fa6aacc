/// Ollama's model names: without a tag, "latest" is meant.
enum ModelName {
    static func normalised(_ name: String) -> String {
        let last = name.lastIndex(of: "/").map { name[name.index(after: $0)...] } ?? name[...]
        return last.contains(":") ? name : name + ":latest"
    }
}
