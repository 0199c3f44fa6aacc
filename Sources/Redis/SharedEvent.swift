import FoundationEssentials

/// What a host tells the others.
public enum SharedEvent: Sendable, Equatable {
    /// Settings were saved; their names in the `config` table.
    case settingsChanged([String])
    /// What is remembered of this account does not hold any more: its role, its keys, or itself.
    case accountChanged(userID: String)
    /// A session has ended before its time.
    case sessionRevoked(jti: String)
    /// Something was told while this host could not hear it, or the other could not tell it: anything may have changed.
    case anything
}

/// An event on the wire: a JSON object `{"from", "type", "keys"?, "id"?}`.
struct SharedMessage: Codable {
    static let longest = 64 << 10

    /// Who tells it: a name that each `SharedState` makes up, so that it knows its own.
    var from: String
    var type: String
    var keys: [String]?
    var id: String?

    init(_ event: SharedEvent, from: String) {
        self.from = from
        switch event {
        case .settingsChanged(let keys): (type, self.keys) = ("settings", keys)
        case .accountChanged(let id): (type, self.id) = ("account", id)
        case .sessionRevoked(let jti): (type, id) = ("session", jti)
        case .anything: type = "anything"
        }
    }

    /// Nil for what this version does not know.
    var event: SharedEvent? {
        switch type {
        case "settings": keys.map { .settingsChanged($0) }
        case "account": id.map { .accountChanged(userID: $0) }
        case "session": id.map { .sessionRevoked(jti: $0) }
        case "anything": .anything
        default: nil
        }
    }

    /// A message that would be too long says "anything".
    func encoded() -> [UInt8] {
        if let data = try? JSONEncoder().encode(self), data.count <= Self.longest { return Array(data) }
        return type == "anything" ? [] : SharedMessage(.anything, from: from).encoded()
    }

    init?(encoded bytes: [UInt8]) {
        guard bytes.count <= Self.longest,
            let message = try? JSONDecoder().decode(SharedMessage.self, from: Data(bytes))
        else { return nil }
        self = message
    }
}
