import Contracts

/// What a client has stored of a resource: the attributes of the schemas, without `id`, `meta`, `schemas` and what is
/// only read. Extensions are members named by their URN.
struct ResourceDocument: Sendable, Equatable {
    var members: [String: JSONValue] = [:]

    init(_ members: [String: JSONValue] = [:]) { self.members = members }

    /// From the body of a POST or PUT.
    /// - Throws: 400 `invalidSyntax` or `invalidValue`.
    init(_ body: JSONValue, _ type: ResourceType) throws(SCIMError) {
        guard case .object(let input) = body else { throw .invalid(.invalidSyntax, "The body is no JSON object.") }
        for (name, value) in input.sorted(by: { $0.key < $1.key }) {
            switch AttributePath.target(name, in: type) {
            case .extension(let schema):
                guard case .object(let values) = value else {
                    if value == .null { continue }
                    throw .invalid(.invalidValue, "\(schema.id) is not an object.")
                }
                for (name, value) in values {
                    guard let attribute = schema.attributes.named(name) else { continue }
                    let path = AttributePath(extension: schema.id, attribute: attribute)
                    if let value = try AttributeValue.normalised(value, attribute) { self[path] = value }
                }
            case .attribute(let path) where path.attribute.name != "schemas":
                if let value = try AttributeValue.normalised(value, path.leaf) { self[path] = value }
            case .attribute, nil: continue
            }
        }
    }

    /// The value of an attribute, or of a sub-attribute of one with a single value.
    subscript(path: AttributePath) -> JSONValue? {
        get {
            let container = path.extension.map { members[$0]?.members ?? [:] } ?? members
            let value = container[path.attribute.name]
            return path.sub.map { value?[$0.name] } ?? value
        }
        set {
            var container = path.extension.map { members[$0]?.members ?? [:] } ?? members
            if let sub = path.sub {
                var value = container[path.attribute.name]?.members ?? [:]
                value[sub.name] = newValue
                container[path.attribute.name] = value.isEmpty ? nil : .object(value)
            } else {
                container[path.attribute.name] = newValue
            }
            guard let id = path.extension else {
                members = container
                return
            }
            members[id] = container.isEmpty ? nil : .object(container)
        }
    }

    subscript(name: String) -> JSONValue? {
        get { members[name] }
        set { members[name] = newValue }
    }

    func text(_ name: String) -> String? { members[name]?.text }

    /// - Throws: 400 `invalidValue` when something that must be there is not.
    func checkRequired(_ type: ResourceType) throws(SCIMError) {
        for attribute in type.schema.attributes where attribute.isRequired {
            guard let text = text(attribute.name), !text.allSatisfy(\.isWhitespace) else {
                throw .invalid(.invalidValue, "\(attribute.name) is required.")
            }
        }
    }
}
