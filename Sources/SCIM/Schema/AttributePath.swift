/// An attribute, or a sub-attribute, of a resource type: `userName`, `name.familyName`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value` (RFC 7644, section 3.10).
struct AttributePath: Sendable, Hashable {
    /// The URN of the extension that the attribute is of; nil: the resource's own schema, or common.
    var `extension`: String?
    var attribute: SchemaAttribute
    var sub: SchemaAttribute?

    /// The attribute whose values are meant.
    var leaf: SchemaAttribute { sub ?? attribute }
    /// Without the sub-attribute.
    var parent: AttributePath { AttributePath(extension: `extension`, attribute: attribute) }

    func with(_ sub: SchemaAttribute?) -> AttributePath {
        AttributePath(extension: `extension`, attribute: attribute, sub: sub)
    }

    var text: String {
        (`extension`.map { $0 + ":" } ?? "") + attribute.name + (sub.map { "." + $0.name } ?? "")
    }

    enum Target: Sendable, Equatable {
        case attribute(AttributePath)
        /// A whole extension, by its URN.
        case `extension`(SchemaDefinition)

        static func == (left: Target, right: Target) -> Bool {
            switch (left, right) {
            case (.attribute(let one), .attribute(let other)): one == other
            case (.extension(let one), .extension(let other)): one.id == other.id
            default: false
            }
        }
    }

    /// What the text names; nil when it names nothing of the type.
    static func target(_ text: some StringProtocol, in type: ResourceType) -> Target? {
        guard text.utf8.count >= 4, text.prefix(4).lowercased() == "urn:" else {
            return path(text, nil, type.attributes).map(Target.attribute)
        }
        let folded = text.lowercased()
        if let whole = type.extension(text) { return .extension(whole) }
        for schema in [type.schema] + type.extensions where folded.hasPrefix(schema.id.lowercased() + ":") {
            let rest = text.dropFirst(schema.id.count + 1)
            let isOwn = schema.id == type.schema.id
            return path(rest, isOwn ? nil : schema.id, isOwn ? type.attributes : schema.attributes)
                .map(Target.attribute)
        }
        return nil
    }

    static func resolve(_ text: some StringProtocol, in type: ResourceType) -> AttributePath? {
        if case .attribute(let path) = target(text, in: type) { path } else { nil }
    }

    private static func path(
        _ text: some StringProtocol, _ schema: String?, _ attributes: [SchemaAttribute]
    ) -> AttributePath? {
        let names = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard let first = names.first, names.count <= 2, let attribute = attributes.named(first) else { return nil }
        guard names.count == 2 else { return AttributePath(extension: schema, attribute: attribute) }
        guard let sub = attribute.sub(names[1]) else { return nil }
        return AttributePath(extension: schema, attribute: attribute, sub: sub)
    }
}
