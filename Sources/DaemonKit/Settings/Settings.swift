import Contracts

/// The settings of a process, valid and complete: what the supervisor decided and told it.
public struct Settings: Sendable {
    public struct Value: Sendable, Equatable {
        public var value: String
        /// "command line", "environment", "file FILE", "database" or "default".
        public var source: String

        public init(value: String, source: String) {
            self.value = value
            self.source = source
        }
    }

    public private(set) var values: [String: Value]

    /// What is not in `values` has its default.
    public init(values: [String: Value] = [:]) {
        var all: [String: Value] = [:]
        for definition in SettingDefinition.all {
            all[definition.key] = values[definition.key] ?? Value(value: definition.fallback, source: "default")
        }
        self.values = all
    }

    public init(_ message: ControlSettings) {
        var values: [String: Value] = [:]
        for setting in message.settings { values[setting.key] = Value(value: setting.value, source: setting.source) }
        self.init(values: values)
    }

    /// For the control channel (whole), or for people (`masked`).
    public func message(masked: Bool) -> ControlSettings {
        var message = ControlSettings()
        message.settings = SettingDefinition.all.map { definition in
            var setting = ControlSetting()
            let value = values[definition.key]
            setting.key = definition.key
            setting.value = value?.value ?? definition.fallback
            setting.source = value?.source ?? "default"
            setting.fallback = definition.fallback
            setting.secret = definition.isSecret
            if masked, definition.isSecret, !setting.value.isEmpty { setting.value = "(set)" }
            return setting
        }
        return message
    }

    public func text(_ key: String) -> String { values[key]?.value ?? "" }
    public func flag(_ key: String) -> Bool { text(key) == "true" }
    public func integer(_ key: String) -> Int { Int(text(key)) ?? 0 }
    public func number(_ key: String) -> Double { Double(text(key)) ?? 0 }
    public func duration(_ key: String) -> Duration { Duration(text: text(key)) ?? .zero }
    /// The value as it is, or would be, saved in the `config` table.
    public func json(_ key: String) -> JSONValue {
        SettingDefinition.named(key)?.kind.json(text(key)) ?? .null
    }
    /// The parts of a list that is separated by `;`.
    public func list(_ key: String) -> [String] { text(key).split(separator: ";").map(String.init) }

    /// Keys whose values differ.
    public func changes(from other: Settings) -> [String] {
        SettingDefinition.all.map(\.key).filter { values[$0]?.value != other.values[$0]?.value }
    }
}
