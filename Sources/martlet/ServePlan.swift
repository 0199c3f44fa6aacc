import CLinux
import DaemonKit
import Glibc
import Storage
import Supervisor

/// Everything `martlet serve` must know before it touches anything: settings that are valid, directories that can be
/// used. What is wrong ends the process with 78 (configuration) or 69 (the machine does not let us), and says what to do.
struct ServePlan {
    var options: SupervisorOptions
    var settings: Settings
    var storage: SupervisorStorage

    init(_ command: Serve) throws {
        signal(SIGPIPE, SIG_IGN)
        MartletLogHandler.bootstrap(daemon: "supervisor", format: "auto")
        var commandLine = Self.parse(command.settings)
        commandLine["HOST"] = command.host ?? commandLine["HOST"]
        commandLine["PORT"] = command.port ?? commandLine["PORT"]
        let loader = ConfigurationLoader(
            file: command.config.map(Directories.absolute), commandLine: commandLine, environment: Self.environment())
        do {
            settings = try loader.load()
        } catch {
            Self.fail("\(error)", ExitStatus.configuration)
        }
        let data = Directories.data(command.dataDir, configured: settings.text("DATA_DIR"))
        let runtime = Directories.runtime(command.runtimeDir)
        storage = .chosen(by: settings)
        let lock = command.check ? -1 : Self.prepare(data, runtime, storage)
        do {
            settings = try loader.load(
                saved: SupervisorStorage.savedSettings(settings, dataDirectory: data))
        } catch {
            Self.fail("\(error)", ExitStatus.configuration)
        }
        MartletLogHandler.setFormat(settings.text("LOG_FORMAT"))
        MartletLogHandler.setLevel(settings.text("LOG_LEVEL"))
        let signals: [CInt] = [SIGTERM, SIGINT, SIGHUP]
        martlet_block_signals(signals, CInt(signals.count))
        martlet_tune_malloc()
        options = SupervisorOptions(
            executable: Self.executable(), arguments: CommandLine.arguments, loader: loader, runtimeDirectory: runtime,
            dataDirectory: data, version: BuildVersion.text, dataLock: lock)
    }

    /// - Returns: the descriptor of the data directory's lock, held from now on.
    private static func prepare(_ data: String, _ runtime: String, _ storage: SupervisorStorage) -> CInt {
        for (path, mode, name) in [(data, 0o700, "--data-dir or DATA_DIR"), (runtime, 0o750, "--runtime-dir")] {
            guard Directories.make(path, mode: mode_t(mode)), access(path, W_OK | X_OK) == 0 else {
                let why = String(cString: strerror(errno))
                fail(
                    "cannot write to \(path): \(why). Give another directory with \(name), or make it ours.",
                    ExitStatus.unavailable)
            }
        }
        let longest = "\(runtime)/snapshot-collector.sock"
        guard longest.utf8.count <= 107 else {
            fail(
                "\(longest): a socket's path has 107 bytes at most. Give a shorter --runtime-dir.",
                ExitStatus.configuration)
        }
        do {
            let lock = try DataDirectoryLock(data, .shared)
            try storage.prepare(data)
            return lock.keep()
        } catch {
            fail("\(error)", ExitStatus.unavailable)
        }
    }

    /// Survives a replaced file: the path, not the inode, is what an upgrade starts.
    private static func executable() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return CommandLine.arguments[0] }
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
    }

    static func environment() -> [String: String] {
        var values: [String: String] = [:]
        for definition in SettingDefinition.all {
            for name in [definition.key] + definition.aliases {
                if let value = getenv(name) { values[name] = String(cString: value) }
            }
        }
        return values
    }

    private static func parse(_ pairs: [String]) -> [String: String] {
        var values: [String: String] = [:]
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "="), SettingDefinition.named(String(pair[..<equals])) != nil else {
                fail("--set \(pair): not KEY=value with a key that `martlet config` lists", ExitStatus.configuration)
            }
            values[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        return values
    }

    private static func fail(_ text: String, _ code: Int32) -> Never {
        for line in text.split(separator: "\n") { complain(String(line)) }
        exit(code)
    }
}
