import Contracts

/// Brings values from requests into the form in which they are kept: names as the schema writes them, types checked,
/// nothing unassigned.
///
/// Taken leniently, as identity providers write them: `"True"` for true, one value in place of a list, a plain text for a
/// value with sub-attributes. What no schema knows is left out, and so is what clients may not write.
enum AttributeValue {
    /// Bytes of one text.
    static let textLimit = 65_536

    /// nil: unassigned (RFC 7643, section 2.5), or not the client's to write.
    /// - Throws: 400 `invalidValue`.
    static func normalised(_ value: JSONValue, _ attribute: SchemaAttribute) throws(SCIMError) -> JSONValue? {
        guard value != .null, attribute.mutability != .readOnly, attribute.mutability != .writeOnly else { return nil }
        guard attribute.isMultiValued else { return try single(value, attribute) }
        var elements: [JSONValue] = []
        for element in value.elements ?? [value] {
            if let element = try single(element, attribute) { elements.append(element) }
        }
        let primaries = elements.count { $0["primary"] == .bool(true) }
        guard primaries <= 1 else {
            throw .invalid(.invalidValue, "\(attribute.name) has \(primaries) primary values; one is allowed.")
        }
        return elements.isEmpty ? nil : .array(elements)
    }

    private static func single(_ value: JSONValue, _ attribute: SchemaAttribute) throws(SCIMError) -> JSONValue? {
        switch attribute.kind {
        case .complex: return try complex(value, attribute)
        case .boolean:
            if case .bool = value { return value }
            if let flag = value.text.flatMap({ Bool($0.lowercased()) }) { return .bool(flag) }
        case .string, .reference:
            if case .string(let text) = value { return .string(try checked(text, attribute)) }
        case .binary:
            if case .string(let text) = value, isBase64(text) { return .string(try checked(text, attribute)) }
        case .dateTime:
            if let text = value.text, DateTime.milliseconds(text) != nil { return value }
        case .integer: if case .integer = value { return value }
        case .decimal: if value.double != nil { return value }
        }
        if value == .null { return nil }
        throw wrong(attribute)
    }

    private static func wrong(_ attribute: SchemaAttribute) -> SCIMError {
        .invalid(.invalidValue, "\(attribute.name) is not of type \(attribute.kind.rawValue).")
    }

    private static func checked(_ text: String, _ attribute: SchemaAttribute) throws(SCIMError) -> String {
        guard text.utf8.count <= textLimit, !text.utf8.contains(0) else {
            throw .invalid(.invalidValue, "\(attribute.name) is too long, or has a NUL character.")
        }
        return text
    }

    private static func isBase64(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "+/=-_\r\n ".utf8.contains(byte)
            }
        }
    }

    // MARK: Complex values

    private static func complex(_ value: JSONValue, _ attribute: SchemaAttribute) throws(SCIMError) -> JSONValue? {
        switch value {
        case .null: return nil
        case .string(let text):
            guard attribute.sub("value") != nil else { throw wrong(attribute) }
            return text.isEmpty ? nil : try complex(.object(["value": value]), attribute)
        case .object(let members):
            var result: [String: JSONValue] = [:]
            for (name, value) in members {
                guard let sub = attribute.sub(name), let value = try normalised(value, sub) else { continue }
                result[sub.name] = value
            }
            if let target = referenced(attribute) { result = try reference(result, attribute, target) }
            return result.isEmpty ? nil : .object(result)
        default: throw wrong(attribute)
        }
    }

    /// The kind of resource that the values refer to.
    private static func referenced(_ attribute: SchemaAttribute) -> String? {
        attribute.sub("$ref")?.referenceTypes.first
    }

    /// Of a reference only the id is kept: address, type and name are made when it is answered.
    private static func reference(
        _ members: [String: JSONValue], _ attribute: SchemaAttribute, _ target: String
    ) throws(SCIMError) -> [String: JSONValue] {
        if let type = members["type"]?.text, type.lowercased() != target.lowercased() {
            throw .invalid(.invalidValue, "\(attribute.name) of type \(type) are not possible here.")
        }
        let id = members["value"]?.text ?? members["$ref"]?.text?.split(separator: "/").last.map(String.init)
        guard let id, !id.isEmpty else { return [:] }
        return ["value": .string(id)]
    }
}
