import Contracts
import DaemonKit
import Glibc

/// Reads the configuration from all its places and decides each setting. Touches nothing.
///
/// Precedence: command line > environment > the file of `--config` > default; a setting that an administrator saved
/// (the `config` table) goes before environment and file, unless it is not allowed, or ENABLE_PERSISTENT_CONFIG is false.
/// What lies at `oauth.…` counts only if it was saved since the start, unless ENABLE_OAUTH_PERSISTENT_CONFIG is true.
public struct ConfigurationLoader: Sendable {
    /// What was wrong: one line a problem, each naming key, value, source and what is allowed.
    public struct Invalid: Error, CustomStringConvertible {
        public var problems: [String]
        public var description: String { problems.joined(separator: "\n") }
    }

    public var file: String?
    public var commandLine: [String: String]
    public var environment: [String: String]

    public init(file: String?, commandLine: [String: String], environment: [String: String]) {
        self.file = file
        self.commandLine = commandLine
        self.environment = environment
    }

    /// - Parameters:
    ///   - saved: the document of the `config` table.
    ///   - recent: places of it that were written since the service started.
    ///   - ignored: told of each saved value that is not allowed, and so does not count: what was imported or restored
    ///     must not keep the server from starting.
    /// - Throws: `Invalid`. Saved values beyond `Settings.savedLimit` are ignored too.
    public func load(
        saved: JSONValue = .object([:]), recent: Set<String> = [], ignored: (_ problem: String) -> Void = { _ in }
    ) throws -> Settings {
        let fromFile = try file.map { try Self.parse(file: $0) } ?? [:]
        var problems: [String] = []
        var values: [String: Settings.Value] = [:]
        var room = Settings.savedLimit
        let usesSaved = isOn("ENABLE_PERSISTENT_CONFIG", fromFile)
        let usesSavedOAuth = isOn("ENABLE_OAUTH_PERSISTENT_CONFIG", fromFile)
        for definition in SettingDefinition.all {
            let place = definition.persistedAt ?? ""
            let counts = usesSaved && (usesSavedOAuth || !place.hasPrefix("oauth.") || recent.contains(place))
            if commandLine[definition.key] == nil, counts, let found = Self.saved(definition, saved) {
                if found.value.utf8.count > room {
                    ignored("\(definition.key) (from \(found.source)) is too long")
                } else if let value = definition.kind.normalised(found.value) {
                    values[definition.key] = Settings.Value(value: value, source: found.source)
                    room -= found.value.utf8.count
                    continue
                } else {
                    ignored(Self.problem(definition, found))
                }
            }
            guard let found = given(definition.key, fromFile) else { continue }
            if let value = definition.kind.normalised(found.value) {
                values[definition.key] = Settings.Value(value: value, source: found.source)
            } else {
                problems.append(Self.problem(definition, found))
            }
        }
        let given = values.values.reduce(0) { $0 + ($1.source == "database" ? 0 : $1.value.utf8.count) }
        if given > Settings.givenLimit { problems.append("the settings are longer than \(Settings.givenLimit) bytes") }
        guard problems.isEmpty else { throw Invalid(problems: problems) }
        return Settings(values: values)
    }

    private static func problem(_ definition: SettingDefinition, _ found: Settings.Value) -> String {
        let shown = definition.isSecret ? "(secret)" : "\"\(found.value)\""
        return "\(definition.key) = \(shown) (from \(found.source)) is not allowed; allowed: \(definition.kind.allowed)"
    }

    private static func saved(_ definition: SettingDefinition, _ document: JSONValue) -> Settings.Value? {
        guard let place = definition.persistedAt, let value = document.value(at: place) else { return nil }
        return definition.kind.text(saved: value).map { .init(value: $0, source: "database") }
    }

    private func isOn(_ key: String, _ fromFile: [String: String]) -> Bool {
        let value = given(key, fromFile)?.value ?? SettingDefinition.named(key)?.fallback ?? ""
        return SettingKind.boolean.normalised(value) == "true"
    }

    /// What command line, environment or file say.
    private func given(_ key: String, _ fromFile: [String: String]) -> Settings.Value? {
        guard let definition = SettingDefinition.named(key) else { return nil }
        let names = [definition.key] + definition.aliases
        if let value = commandLine[key] { return .init(value: value, source: "command line") }
        for name in names {
            if let value = environment[name] { return .init(value: value, source: "environment \(name)") }
        }
        for name in names {
            if let value = fromFile[name] { return .init(value: value, source: "file \(file ?? "")") }
        }
        return nil
    }

    /// Reads the format of systemd's EnvironmentFile: `KEY=value`, quotes, `#` and `;` comments.
    static func parse(file: String) throws -> [String: String] {
        let limit = 1 << 20
        let bytes = try read(file, limit: limit)
        guard bytes.count <= limit, let text = String(validating: bytes, as: UTF8.self) else {
            throw Invalid(problems: ["\(file): not UTF-8 text of at most 1 MiB"])
        }
        return try parse(text: text, file: file)
    }

    /// The file, or as much of it as shows that it is longer than the limit.
    private static func read(_ file: String, limit: Int) throws(Invalid) -> [UInt8] {
        let fd = open(file, O_RDONLY | O_CLOEXEC)
        defer { if fd >= 0 { close(fd) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = fd < 0 ? -1 : Glibc.read(fd, &buffer, buffer.count)
            guard count >= 0 else {
                let why = String(cString: strerror(errno))
                throw Invalid(problems: ["cannot read the configuration file \(file): \(why)"])
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    static func parse(text: String, file: String) throws -> [String: String] {
        var values: [String: String] = [:]
        var problems: [String] = []
        // CR LF is one Character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, raw) in lines.enumerated() {
            let line = raw.trimmingPrefix { $0.isWhitespace }
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                problems.append("\(file), line \(index + 1): not KEY=value")
                continue
            }
            let key = line[..<equals].filter { !$0.isWhitespace }
            values[String(key)] = unquoted(String(line[line.index(after: equals)...]))
        }
        guard problems.isEmpty else { throw Invalid(problems: problems) }
        return values
    }

    private static func unquoted(_ text: String) -> String {
        var value = Substring(text)
        while value.last?.isWhitespace == true { value.removeLast() }
        while value.first?.isWhitespace == true { value.removeFirst() }
        guard value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote else {
            return String(value)
        }
        return String(value.dropFirst().dropLast())
    }
}
