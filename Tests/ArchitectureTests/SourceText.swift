/// One Swift file: where it is, and what is in it.
struct SourceText: Sendable {
    /// Below Sources: "Link/Session.swift". Its first part is the module.
    let path: String
    let lines: [String]
    /// The same lines without comments and without what strings say.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.split(text)
        code = Self.split(CodeScanner.code(of: text))
    }

    var module: String { String(path.prefix { $0 != "/" }) }
    var isGenerated: Bool { path.split(separator: "/").contains("Generated") }

    /// The modules that the file imports, with the numbers of the lines, counted from 1.
    var imports: [(line: Int, module: String)] {
        code.enumerated().flatMap { index, line in
            line.split(separator: ";").compactMap(Self.importedModule).map { (index + 1, $0) }
        }
    }

    /// `@preconcurrency public import struct Module.Name` → Module.
    private static func importedModule(_ statement: Substring) -> String? {
        let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "var", "let", "actor"]
        var words = statement.split { $0 == " " || $0 == "\t" }[...]
        words = words.drop { $0.hasPrefix("@") || modifiers.contains($0) }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
        return words.first.map { $0.filter { $0 != "`" } }?.split(separator: ".").first.map(String.init)
    }

    private static func split(_ text: String) -> [String] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
