import Contracts

extension Settings {
    /// Bytes of all values together that are saved. With what else is given, all must fit one frame of the control channel.
    public static let savedLimit = 512 << 10
    /// Bytes of all values together from the command line, the environment and the file.
    public static let givenLimit = 256 << 10

    /// Bytes that count towards `savedLimit`.
    /// - Parameter document: of the `config` table. What is no setting of Martlet's does not count.
    public static func savedSize(_ document: JSONValue) -> Int {
        SettingDefinition.all.reduce(0) { sum, definition in
            guard let value = definition.persistedAt.flatMap(document.value(at:)) else { return sum }
            return sum + (definition.kind.text(saved: value)?.utf8.count ?? 0)
        }
    }
}
