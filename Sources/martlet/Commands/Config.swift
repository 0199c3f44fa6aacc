import ArgumentParser
import Contracts
import DaemonKit
import FoundationEssentials
import Glibc
import Link
import Supervisor

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print every setting, its value, where it came from, and its default.",
        discussion: "Asks the running supervisor; where none runs, it shows what `martlet serve` would use.")

    @Option(help: "File with settings, as for `martlet serve`; used where no supervisor runs.")
    var config: String?
    @Flag(help: "Print one JSON object, for programs.")
    var json = false
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        let json = json
        let loader = ConfigurationLoader(
            file: config.map(Directories.absolute), commandLine: [:], environment: ServePlan.environment())
        ControlCommand.run(location) { client in
            let settings: ControlSettings
            do {
                settings = try await client.call(Methods.settings, ControlSettingsRequest(), timeout: .seconds(10))
            } catch let error as LinkError where error.code == .unavailable {
                do {
                    let local = try loader.load()
                    let saved = try await SupervisorStorage.chosen(by: local).savedSettings(
                        Directories.data(nil, configured: local.text("DATA_DIR")))
                    settings = try loader.load(saved: saved).message(masked: true)
                } catch {
                    complain("\(error)")
                    return ExitStatus.configuration
                }
                if !json { print("(no supervisor runs: this is what `martlet serve` would use)\n") }
            }
            print(json ? try Self.json(settings) : Self.table(settings))
            return 0
        }
    }

    private static func table(_ settings: ControlSettings) -> String {
        TextTable.render(
            ["SETTING", "VALUE", "SOURCE", "DEFAULT", ""],
            settings.settings.map { setting in
                [
                    setting.key, cell(setting.value), setting.source, cell(setting.fallback),
                    SettingDefinition.named(setting.key)?.summary ?? "",
                ]
            })
    }

    /// A value on one line, and not the whole of a long one; `--json` has it.
    private static func cell(_ value: String) -> String {
        let limit = 60
        let line = String(value.prefix(limit + 1)).map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return line.count > limit ? String(line.prefix(limit - 1)) + "…" : String(line)
    }

    private struct Entry: Encodable {
        var value: String
        var source: String
        var `default`: String
    }

    private static func json(_ settings: ControlSettings) throws -> String {
        let entries = settings.settings.map {
            ($0.key, Entry(value: $0.value, source: $0.source, default: $0.fallback))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Dictionary(uniqueKeysWithValues: entries)), as: UTF8.self)
    }
}
