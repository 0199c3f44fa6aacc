/// The target of an operation (RFC 7644, section 3.5.2): `members`, `emails[type eq "work"].value`, or an extension.
enum PatchPath: Sendable, Equatable {
    case attribute(AttributePath)
    /// The values that match, or a sub-attribute of them.
    case elements(AttributePath, Filter, sub: SchemaAttribute?)
    case `extension`(String)

    /// - Throws: 400 `invalidPath`; `invalidFilter` for what is wrong between the brackets.
    static func parse(_ text: String, _ type: ResourceType) throws(SCIMError) -> PatchPath {
        let path = SCIMError.invalid(.invalidPath, "\(type.name) has no \"\(text.prefix(256))\".")
        var scanner = FilterScanner(text)
        guard !scanner.isTooLong else { throw path }
        scanner.skipSpace()
        guard let target = AttributePath.target(scanner.word(), in: type) else { throw path }
        switch target {
        case .extension(let schema):
            guard isDone(scanner) else { throw path }
            return .extension(schema.id)
        case .attribute(let attribute):
            guard scanner.take("[") else {
                guard isDone(scanner) else { throw path }
                return .attribute(attribute)
            }
            guard attribute.sub == nil, attribute.attribute.kind == .complex, attribute.attribute.isMultiValued else {
                throw path
            }
            return try elements(attribute, scanner, type, path)
        }
    }

    private static func elements(
        _ attribute: AttributePath, _ scanner: FilterScanner, _ type: ResourceType, _ wrong: SCIMError
    ) throws(SCIMError) -> PatchPath {
        var parser = FilterParser(scanner, type)
        let filter = try parser.disjunction(attribute, depth: 1)
        parser.scanner.skipSpace()
        guard parser.scanner.take("]") else { throw parser.invalid("a bracket is not closed") }
        var sub: SchemaAttribute?
        if parser.scanner.take(".") {
            sub = attribute.attribute.sub(parser.scanner.word())
            guard sub != nil else { throw wrong }
        }
        guard isDone(parser.scanner) else { throw wrong }
        return .elements(attribute, filter, sub: sub)
    }

    private static func isDone(_ scanner: FilterScanner) -> Bool {
        var scanner = scanner
        scanner.skipSpace()
        return scanner.isAtEnd
    }

    var attribute: AttributePath? {
        switch self {
        case .attribute(let path), .elements(let path, _, _): path
        case .extension: nil
        }
    }

    /// The attribute that is written.
    var leaf: SchemaAttribute? {
        switch self {
        case .attribute(let path): path.leaf
        case .elements(let path, _, let sub): sub ?? path.attribute
        case .extension: nil
        }
    }
}
