import Contracts

/// What a setting may be.
public enum SettingKind: Sendable, Equatable {
    case text
    /// As `text`, but saved as null when it is empty.
    case nullableText
    /// As `text`, but spaces around it count.
    case verbatim
    /// A regular expression.
    case pattern
    case boolean
    case integer(ClosedRange<Int>)
    /// The same, or nothing, which is saved as null.
    case optionalInteger(ClosedRange<Int>)
    /// Any number.
    case number(ClosedRange<Double>)
    /// A number with a unit: ms, s, m, h, d, w.
    case duration(ClosedRange<Duration>)
    case choice([String])
    /// `http(s)://host[:port][/path]`, separated by `;`.
    case urls
    /// Addresses as in `urls`, which other lists refer to by position: none is left out, and an empty one is OpenAI's.
    case endpoints
    /// Texts, separated by `;`, each at the position of what it belongs to: empty ones count. At least one, unless it is
    /// `[]`; a JSON array where a text has `;` in it.
    case positionalTexts
    /// `-1`, `0`, or numbers with units that add up.
    case expiry
    /// `postgresql://user@host/name`, or nothing.
    case databaseURL
    /// A `RedisURL`, or nothing.
    case redisURL
    /// A JSON object, or nothing.
    case object
    /// A JSON array.
    case list
    /// Texts, separated so; saved as a JSON array.
    case texts(Character)
    /// A JSON array, saved as its text.
    case listText
    /// Texts: a JSON array, or separated by commas or whatever else another setting says; saved as a JSON array.
    case names
    /// IP addresses and networks, separated by commas; `unix` for local programs on a socket.
    case addresses

    /// What is allowed, for an error message.
    public var allowed: String {
        switch self {
        case .text, .nullableText, .verbatim: "any text"
        case .pattern: "a regular expression"
        case .boolean: "true or false"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .optionalInteger(let range): "nothing, or \(Self.integer(range).allowed)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            "a duration such as 500ms, 30s, 5m or 4w, from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let choices): choices.joined(separator: ", ")
        case .urls, .endpoints: "http:// or https:// addresses, separated by ;"
        case .positionalTexts: "texts, separated by ; or as a JSON array"
        case .databaseURL: "nothing (the embedded database in DATA_DIR), or postgresql://user:password@host/name"
        case .redisURL:
            "nothing (no Redis), or redis://user:password@host:port/database or unix:///path?db=number; "
                + "rediss:// is not possible (hiredis 0.14 has no TLS)"
        case .object: "a JSON object"
        case .list, .listText: "a JSON array"
        case .names: "texts, separated or as a JSON array"
        case .texts(let separator): "texts, separated by \(separator)"
        case .addresses: "IP addresses or networks such as 10.0.0.0/8, or unix, separated by commas"
        case .expiry: "-1 or 0 (never), or a number with a unit: ms, s, m, h, d, w"
        }
    }
}

/// When a change of a setting holds.
public enum SettingEffect: Sendable, Equatable {
    /// At once, in every process.
    case live
    /// After these daemons were handed over, which `martlet reload` does.
    case handOver([DaemonName])
    /// At the next start of the service.
    case restart
}

/// One setting: its name (Open WebUI's where it has one), what it may be, and what it is for.
public struct SettingDefinition: Sendable {
    public var key: String
    public var fallback: String
    public var kind: SettingKind
    public var summary: String
    public var isSecret = false
    /// Its place in the `config` table, for the settings that Open WebUI keeps there: "ui.enable_signup".
    public var persistedAt: String?
    public var effect: SettingEffect = .live
    /// Other names that are read too.
    public var aliases: [String] = []

    init(
        _ key: String, _ fallback: String, _ kind: SettingKind, _ summary: String, isSecret: Bool = false,
        persistedAt: String? = nil, effect: SettingEffect = .live, aliases: [String] = []
    ) {
        self.key = key
        self.fallback = fallback
        self.kind = kind
        self.summary = summary
        self.isSecret = isSecret
        self.persistedAt = persistedAt
        self.effect = effect
        self.aliases = aliases
    }
}
