import FoundationEssentials

/// The checkout that this test was built from.
enum SourceTree {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    /// Names of the folders below Sources, C targets included.
    static func modules() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/Sources").filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Every Swift file below Sources, read once for all tests.
    static func files() throws -> [SourceText] { try loaded.get() }

    private static let loaded = Result {
        try paths(below: "").map { SourceText(path: $0, text: try text("Sources/" + $0)) }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    private static func paths(below folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/Sources/\(folder)").sorted().flatMap { name in
            let path = folder.isEmpty ? name : folder + "/" + name
            if name.hasPrefix(".") { return [String]() }
            var isDirectory = false
            _ = FileManager.default.fileExists(atPath: "\(root)/Sources/\(path)", isDirectory: &isDirectory)
            if isDirectory { return try paths(below: path) }
            return name.hasSuffix(".swift") ? [path] : []
        }
    }

    /// The modules that the table of docs/ARCHITECTURE.md names: the first column of "## Modules".
    static func documentedModules(in text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let section = lines.drop { $0 != "## Modules" }.dropFirst().prefix { !$0.hasPrefix("## ") }
        return section.filter { $0.hasPrefix("| `") }.flatMap { row -> [String] in
            let cell = row.split(separator: "|", omittingEmptySubsequences: true).first ?? ""
            return cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }
}
