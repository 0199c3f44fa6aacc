/// One attribute of a schema and its characteristics (RFC 7643, sections 2.2 and 7).
struct SchemaAttribute: Sendable, Hashable {
    enum Kind: String, Sendable { case string, boolean, decimal, integer, dateTime, binary, reference, complex }
    enum Mutability: String, Sendable { case readOnly, readWrite, immutable, writeOnly }
    enum Returned: String, Sendable { case always, never, `default`, request }
    enum Uniqueness: String, Sendable { case none, server, global }

    var name: String
    var kind: Kind
    var summary: String
    var isMultiValued = false
    var isRequired = false
    var isCaseExact = false
    var mutability = Mutability.readWrite
    var returned = Returned.default
    var uniqueness = Uniqueness.none
    var canonicalValues: [String] = []
    var referenceTypes: [String] = []
    var subAttributes: [SchemaAttribute] = []

    init(
        _ name: String, _ kind: Kind = .string, _ summary: String, _ change: (inout SchemaAttribute) -> Void = { _ in }
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        isCaseExact = kind == .reference || kind == .binary
        change(&self)
    }

    /// Names are compared without regard to case (RFC 7643, section 2.1).
    func sub(_ name: some StringProtocol) -> SchemaAttribute? { subAttributes.named(name) }

    static func == (left: SchemaAttribute, right: SchemaAttribute) -> Bool { left.name == right.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The usual form of a multi-valued attribute (RFC 7643, section 2.4).
    static func plural(
        _ name: String, _ summary: String, types: [String] = [], value: SchemaAttribute? = nil
    ) -> SchemaAttribute {
        SchemaAttribute(name, .complex, summary) {
            $0.isMultiValued = true
            $0.subAttributes = [
                value ?? SchemaAttribute("value", "The value itself."),
                SchemaAttribute("display", "A name for people."),
                SchemaAttribute("type", "What it is for.") { $0.canonicalValues = types },
                SchemaAttribute("primary", .boolean, "Whether it is the preferred one; true at most once."),
            ]
        }
    }

    init(_ name: String, _ summary: String, _ change: (inout SchemaAttribute) -> Void = { _ in }) {
        self.init(name, .string, summary, change)
    }
}

extension [SchemaAttribute] {
    func named(_ name: some StringProtocol) -> SchemaAttribute? {
        first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }
    }
}

/// A schema: its URN and attributes.
struct SchemaDefinition: Sendable {
    var id: String
    var name: String
    var summary: String
    var attributes: [SchemaAttribute]
}
