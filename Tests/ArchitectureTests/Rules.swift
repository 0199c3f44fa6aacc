/// The rules, each a function of one file; what it returns are violations, `path:line: what`.
enum Rules {
    static func imports(_ file: SourceText) -> [String] {
        guard let entry = AllowedImports.table[file.module] else {
            return ["\(file.path): module \(file.module) has no entry in AllowedImports"]
        }
        let allowed = entry.own.union(entry.others).union(AllowedImports.everywhere)
        return file.imports.filter { !allowed.contains($0.module) }.map {
            "\(file.path):\($0.line): \(file.module) must not import \($0.module)"
        }
    }

    static let longest = 400

    static func length(_ file: SourceText) -> [String] {
        guard !file.isGenerated, file.lines.count > longest else { return [] }
        return ["\(file.path): \(file.lines.count) lines"]
    }

    static func traps(_ file: SourceText) -> [String] {
        guard !file.isGenerated else { return [] }
        return find(["try!", "fatalError(", "as!"], in: file)
    }

    /// `@unchecked Sendable` needs a comment that names it, on its line or in the six above.
    static func unchecked(_ file: SourceText) -> [String] {
        guard !file.isGenerated else { return [] }
        return file.code.indices.filter { index in
            guard file.code[index].firstRange(of: "@unchecked Sendable") != nil else { return false }
            return !file.lines[max(0, index - 6)...index].contains(where: givesReason)
        }.map { "\(file.path):\($0 + 1): @unchecked Sendable without a reason" }
    }

    /// More than the words themselves.
    private static func givesReason(_ line: String) -> Bool {
        guard let comment = line.firstRange(of: "//") else { return false }
        let text = line[comment.upperBound...]
        return text.firstRange(of: "Sendable") != nil && words(String(text)).count > 3
    }

    /// Who may read the environment, and what: DaemonRunner before its settings come, systemd's own protocol, and the
    /// supervisor's side, which the settings come from. `*`: the whole of it.
    static let environmentReaders: [String: Set<String>] = [
        "DaemonKit/DaemonRunner.swift": ["\"MARTLET_LOG_FORMAT\""],
        "Systemd/Notifier.swift": ["\"NOTIFY_SOCKET\""],
        "Systemd/Journal.swift": ["\"JOURNAL_STREAM\""],
        "Supervisor/Supervisor+Children.swift": ["\"SWIFT_BACKTRACE\""],
        "Supervisor/UpgradeState.swift": ["environmentKey"],
        "Supervisor/Spawner.swift": ["*"],
        "martlet/ServePlan.swift": ["name"],
        "martlet/Directories.swift": ["name"],
    ]

    static func environment(_ file: SourceText) -> [String] {
        let allowed = environmentReaders[file.path] ?? []
        guard !allowed.contains("*") else { return [] }
        return file.code.indices.flatMap { index -> [String] in
            let line = file.code[index]
            let whole = line.firstRange(of: "ProcessInfo") != nil || words(line).contains("environ")
            let names = line.firstRange(of: "getenv(") == nil ? [] : arguments(of: "getenv(", in: file.lines[index])
            let read = (whole ? ["all"] : []) + names.filter { !allowed.contains($0) }
            return read.map { "\(file.path):\(index + 1): reads \($0) of the environment" }
        }
    }

    // MARK: Pieces

    private static func find(_ texts: [String], in file: SourceText) -> [String] {
        file.code.enumerated().flatMap { index, line in
            texts.filter { line.firstRange(of: $0) != nil }.map { "\(file.path):\(index + 1): \($0)" }
        }
    }

    private static func words(_ line: String) -> [Substring] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    }

    /// What stands between the call's parentheses, as it is written.
    private static func arguments(of call: String, in line: String) -> [String] {
        line.ranges(of: call).map { range in String(line[range.upperBound...].prefix { $0 != ")" }) }
    }
}
