/// An entry that a search has found.
public struct LDAPEntry: Sendable, Equatable {
    /// As the directory wrote it (RFC 4514).
    public var dn: String
    /// In the directory's order; one element a name as it was sent, options included ("cn;lang-de").
    public var attributes: [Attribute]

    public struct Attribute: Sendable, Equatable {
        public var name: String
        public var values: [[UInt8]]

        public init(name: String, values: [[UInt8]]) {
            self.name = name
            self.values = values
        }
    }

    public init(dn: String, attributes: [Attribute] = []) {
        self.dn = dn
        self.attributes = attributes
    }

    /// The values that are UTF-8 text, those of the bare name before those with options. Names have no case.
    public func texts(_ name: String) -> [String] {
        let wanted = name.lowercased()
        let bare = attributes.filter { $0.name.lowercased() == wanted }
        let withOptions = attributes.filter { $0.name.lowercased().hasPrefix(wanted + ";") }
        return (bare + withOptions).flatMap(\.values).compactMap { String(validating: $0, as: UTF8.self) }
    }
}
