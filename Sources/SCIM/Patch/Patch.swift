import Contracts

/// Applies the operations of a PATCH to a document, all or none.
struct Patch {
    private let type: ResourceType
    private(set) var document: ResourceDocument

    private init(_ document: ResourceDocument, _ type: ResourceType) {
        self.document = document
        self.type = type
    }

    /// - Throws: 400 with the `scimType` that says why.
    static func apply(
        _ operations: [PatchOperation], to document: ResourceDocument, _ type: ResourceType
    ) throws(SCIMError) -> ResourceDocument {
        var patch = Patch(document, type)
        for operation in operations { try patch.apply(operation) }
        return patch.document
    }

    private mutating func apply(_ operation: PatchOperation) throws(SCIMError) {
        if let text = operation.path {
            let path = try PatchPath.parse(text, type)
            if path.leaf?.mutability == .readOnly || path.attribute?.attribute.mutability == .readOnly {
                throw .invalid(.mutability, "\(text) is only read.")
            }
            return try apply(operation.kind, path, operation.value)
        }
        guard operation.kind != .remove else { throw .invalid(.noTarget, "A remove needs a path.") }
        guard case .object(let members) = operation.value else {
            throw .invalid(.invalidValue, "Without a path the value is an object.")
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let path = try PatchPath.parse(name, type)
            // What comes along in a whole resource is not what is to be changed.
            if path.leaf?.mutability == .readOnly || path.leaf?.name == "schemas" { continue }
            try apply(operation.kind, path, value)
        }
    }

    private mutating func apply(
        _ kind: PatchOperation.Kind, _ path: PatchPath, _ value: JSONValue?
    ) throws(SCIMError) {
        switch path {
        case .extension(let id): try applyExtension(kind, id, value)
        case .elements(let path, let filter, let sub): try applyElements(kind, path, filter, sub, value)
        case .attribute(let path) where kind == .remove: try remove(path, value)
        case .attribute(let path):
            guard let value else { throw .invalid(.invalidValue, "An operation on \(path.text) has no value.") }
            try set(kind, path, value)
        }
    }

    private mutating func applyExtension(
        _ kind: PatchOperation.Kind, _ id: String, _ value: JSONValue?
    ) throws(SCIMError) {
        if kind == .remove {
            document[id] = nil
            return
        }
        guard case .object(let members) = value else { throw .invalid(.invalidValue, "\(id) is not an object.") }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where name.lowercased() != "schemas" {
            guard let path = AttributePath.resolve("\(id):\(name)", in: type) else {
                throw .invalid(.invalidPath, "\(id) has no \(name.prefix(256)).")
            }
            try set(kind, path, value)
        }
    }

    // MARK: Removing

    private mutating func remove(_ path: AttributePath, _ value: JSONValue?) throws(SCIMError) {
        guard !path.leaf.isRequired || path.sub != nil else {
            throw .invalid(.mutability, "\(path.text) is required.")
        }
        let elements = document[path.parent]?.elements
        if let sub = path.sub, let elements {
            return keep(path, elements.compactMap { Self.without(sub, $0) })
        }
        if path.sub == nil, let elements, let value, value != .null {
            // Not in RFC 7644, but what Microsoft Entra ID sends: the values to remove.
            let unwanted = Set(try AttributeValue.normalised(value, path.attribute)?.elements?.map(Self.key) ?? [])
            return keep(path, elements.filter { !unwanted.contains(Self.key($0)) })
        }
        document[path] = nil
    }

    private static func without(_ sub: SchemaAttribute, _ element: JSONValue) -> JSONValue? {
        var element = element
        element[member: sub.name] = nil
        return element == .object([:]) ? nil : element
    }

    private mutating func keep(_ path: AttributePath, _ elements: [JSONValue]) {
        document[path.parent] = elements.isEmpty ? nil : .array(elements)
    }

    /// What tells one value of an attribute from another.
    private static func key(_ element: JSONValue) -> String {
        element["value"]?.text.map { $0 + "\u{0}" + (element["type"]?.text ?? "") } ?? element.jsonText
    }

    // MARK: Setting

    private mutating func set(
        _ kind: PatchOperation.Kind, _ path: AttributePath, _ value: JSONValue
    ) throws(SCIMError) {
        guard path.leaf.mutability != .readOnly, path.attribute.mutability != .readOnly else { return }
        let normalised = try AttributeValue.normalised(value, path.leaf)
        if path.sub == nil, path.attribute.kind == .complex, !path.attribute.isMultiValued,
            case .object(let members) = value
        {
            return try merge(members, normalised, into: path)
        }
        guard path.leaf.mutability != .writeOnly else { return }
        guard let normalised else {
            if kind == .replace { try remove(path, nil) }
            return
        }
        if path.attribute.isMultiValued { return try setValues(kind, path, normalised) }
        document[path] = normalised
    }

    /// Sub-attributes that are not named stay (RFC 7644, sections 3.5.2.1 and 3.5.2.3); null takes one away.
    private mutating func merge(
        _ members: [String: JSONValue], _ normalised: JSONValue?, into path: AttributePath
    ) throws(SCIMError) {
        for (name, value) in members where value == .null {
            if let sub = path.attribute.sub(name) { document[path.with(sub)] = nil }
        }
        for (name, value) in normalised?.members ?? [:] {
            if let sub = path.attribute.sub(name) { document[path.with(sub)] = value }
        }
    }

    private mutating func setValues(
        _ kind: PatchOperation.Kind, _ path: AttributePath, _ value: JSONValue
    ) throws(SCIMError) {
        let old = document[path.parent]?.elements ?? []
        if let sub = path.sub {
            // Of all values: no filter says which.
            var elements = old.isEmpty ? [JSONValue.object([:])] : old
            for index in elements.indices { elements[index][member: sub.name] = value }
            return try store(elements, path, changed: Set(elements.indices))
        }
        let new = value.elements ?? [value]
        guard kind == .add else { return keep(path, new) }
        var elements = old
        var places = Dictionary(old.enumerated().map { (Self.key($1), $0) }) { first, _ in first }
        var changed: Set<Int> = []
        for element in new {
            if let place = places[Self.key(element)] {
                let merged = elements[place].merging(element)
                if merged != elements[place] { changed.insert(place) }
                elements[place] = merged
            } else {
                places[Self.key(element)] = elements.count
                changed.insert(elements.count)
                elements.append(element)
            }
        }
        try store(elements, path, changed: changed)
    }

    /// A new primary value takes that from the old one (RFC 7644, section 3.5.2).
    private mutating func store(
        _ elements: [JSONValue], _ path: AttributePath, changed: Set<Int>
    ) throws(SCIMError) {
        var elements = elements
        let primaries = elements.indices.filter { elements[$0]["primary"] == .bool(true) }
        if primaries.count > 1 {
            let new = primaries.filter(changed.contains)
            guard new.count == 1 else {
                throw .invalid(.invalidValue, "\(path.attribute.name) has more than one primary value.")
            }
            for index in primaries where index != new[0] { elements[index][member: "primary"] = .bool(false) }
        }
        keep(path, elements)
    }

    // MARK: Values that match a filter

    private mutating func applyElements(
        _ kind: PatchOperation.Kind, _ path: AttributePath, _ filter: Filter, _ sub: SchemaAttribute?,
        _ value: JSONValue?
    ) throws(SCIMError) {
        var elements = document[path]?.elements ?? []
        let matches = elements.indices.filter { ElementMatch.matches(elements[$0], filter) }
        if kind == .remove {
            for index in matches.reversed() {
                let rest = sub.flatMap { Self.without($0, elements[index]) }
                if let rest { elements[index] = rest } else { elements.remove(at: index) }
            }
            return keep(path, elements)
        }
        guard let value else { throw .invalid(.invalidValue, "An operation on \(path.text) has no value.") }
        let part = try Self.part(value, path, sub)
        if matches.isEmpty {
            guard kind == .add else { throw .invalid(.noTarget, "No value of \(path.text) matches.") }
            elements.append(.object(ElementMatch.implied(by: filter).merging(part) { $1 }))
            return try store(elements, path, changed: [elements.count - 1])
        }
        for index in matches {
            if kind == .replace, sub == nil { elements[index] = .object([:]) }
            if let sub, part.isEmpty { elements[index][member: sub.name] = nil }
            elements[index] = elements[index].merging(.object(part))
        }
        try store(elements, path, changed: Set(matches))
    }

    private static func part(
        _ value: JSONValue, _ path: AttributePath, _ sub: SchemaAttribute?
    ) throws(SCIMError) -> [String: JSONValue] {
        if let sub {
            return try AttributeValue.normalised(value, sub).map { [sub.name: $0] } ?? [:]
        }
        let values = try AttributeValue.normalised(value, path.attribute)?.elements ?? []
        guard values.count == 1, case .object(let members)? = values.first else {
            throw .invalid(.invalidValue, "An operation on one value of \(path.text) has one value.")
        }
        return members
    }
}
