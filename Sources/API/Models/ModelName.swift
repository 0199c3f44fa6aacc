/// Names of models that Ollama takes for one.
enum ModelName {
    /// The name as it is, and its other spelling where it has one: `llama3` is `llama3:latest`.
    static func spellings(_ name: String) -> [String] {
        if name.hasSuffix(":latest") { return [name, String(name.dropLast(7))] }
        let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return last.contains(":") ? [name] : [name, name + ":latest"]
    }
}
