/// Reads filters: `or` binds less than `and`, that less than `not` and parentheses.
///
/// One pass over the text; depth and number of terms are limited.
struct FilterParser {
    static let depthLimit = 16
    static let termLimit = 256

    private let type: ResourceType
    var scanner: FilterScanner
    private var terms = 0

    init(_ scanner: FilterScanner, _ type: ResourceType) {
        self.scanner = scanner
        self.type = type
    }

    /// - Throws: 400 `invalidFilter`.
    static func parse(_ text: String, _ type: ResourceType) throws(SCIMError) -> Filter {
        var parser = FilterParser(FilterScanner(text), type)
        guard !parser.scanner.isTooLong else { throw parser.invalid("it is too long") }
        let filter = try parser.disjunction(nil, depth: 0)
        parser.scanner.skipSpace()
        guard parser.scanner.isAtEnd else { throw parser.invalid("something follows it") }
        return filter
    }

    func invalid(_ reason: String) -> SCIMError {
        .invalid(.invalidFilter, "The filter is wrong at position \(scanner.position): \(reason).")
    }

    /// - Parameter parent: inside of `[…]`, the attribute whose sub-attributes are meant.
    mutating func disjunction(_ parent: AttributePath?, depth: Int) throws(SCIMError) -> Filter {
        guard depth < Self.depthLimit else { throw invalid("it is nested deeper than \(Self.depthLimit) levels") }
        var parts = [try conjunction(parent, depth: depth)]
        while takeWord("or") { parts.append(try conjunction(parent, depth: depth)) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction(_ parent: AttributePath?, depth: Int) throws(SCIMError) -> Filter {
        var parts = [try factor(parent, depth: depth)]
        while takeWord("and") { parts.append(try factor(parent, depth: depth)) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func takeWord(_ word: String) -> Bool {
        scanner.skipSpace()
        guard scanner.peekWord().lowercased() == word else { return false }
        _ = scanner.word()
        return true
    }

    private mutating func factor(_ parent: AttributePath?, depth: Int) throws(SCIMError) -> Filter {
        scanner.skipSpace()
        if scanner.take("(") { return try group(parent, depth) }
        let word = scanner.word()
        guard !word.isEmpty else { throw invalid("an attribute is missing") }
        if word.lowercased() == "not" {
            scanner.skipSpace()
            if scanner.take("(") { return .not(try group(parent, depth)) }
        }
        return try expression(word, parent, depth)
    }

    private mutating func group(_ parent: AttributePath?, _ depth: Int) throws(SCIMError) -> Filter {
        let filter = try disjunction(parent, depth: depth + 1)
        scanner.skipSpace()
        guard scanner.take(")") else { throw invalid("a parenthesis is not closed") }
        return filter
    }

    /// `path op value`, `path pr`, `path[…]`, and, as some clients write it, `path[…].sub op value`.
    private mutating func expression(
        _ word: String, _ parent: AttributePath?, _ depth: Int
    ) throws(SCIMError) -> Filter {
        terms += 1
        guard terms <= Self.termLimit else { throw invalid("it has more than \(Self.termLimit) terms") }
        let path = try resolve(word, parent)
        guard scanner.take("[") else { return try comparison(path) }
        guard parent == nil, path.sub == nil, path.attribute.kind == .complex else {
            throw invalid("\(word) has no values to select from")
        }
        let inner = try disjunction(path, depth: depth + 1)
        scanner.skipSpace()
        guard scanner.take("]") else { throw invalid("a bracket is not closed") }
        guard scanner.next == UInt8(ascii: ".") else { return .element(path, inner) }
        let rest = scanner.word()
        guard let sub = path.attribute.sub(rest.dropFirst()) else { throw invalid("there is no \(word)\(rest)") }
        return .element(path, .all([inner, try comparison(path.with(sub))]))
    }

    private func resolve(_ word: String, _ parent: AttributePath?) throws(SCIMError) -> AttributePath {
        if let parent {
            guard let sub = parent.attribute.sub(word) else {
                throw invalid("\(parent.text) has no \(word)")
            }
            return parent.with(sub)
        }
        guard let path = AttributePath.resolve(word, in: type) else {
            throw invalid("\(type.name) has no attribute \(word)")
        }
        return path
    }

    private mutating func comparison(_ path: AttributePath) throws(SCIMError) -> Filter {
        scanner.skipSpace()
        let word = scanner.word().lowercased()
        if word == "pr" { return .present(path) }
        guard let comparison = Filter.Operator(rawValue: word) else { throw invalid("an operator is missing") }
        scanner.skipSpace()
        let literal = try literal()
        return .compare(path, comparison, try check(literal, path, comparison))
    }

    private mutating func literal() throws(SCIMError) -> Filter.Literal {
        if scanner.next == UInt8(ascii: "\"") {
            guard let text = scanner.quoted(), !text.utf8.contains(0) else { throw invalid("a text is broken") }
            return .string(text)
        }
        let word = scanner.word()
        switch word.lowercased() {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        default:
            guard !word.isEmpty, case .integer? = try? JSONReader.read(word) else {
                guard case .number? = try? JSONReader.read(word) else { throw invalid("a value is missing") }
                return .number(word)
            }
            return .number(word)
        }
    }

    /// Whether the comparison makes sense for the attribute's type; the value in that type.
    private func check(
        _ literal: Filter.Literal, _ path: AttributePath, _ comparison: Filter.Operator
    ) throws(SCIMError) -> Filter.Literal {
        if literal == .null {
            guard comparison == .eq || comparison == .ne else { throw invalid("null is only compared by eq and ne") }
            return literal
        }
        let leaf = Self.compared(path)
        switch leaf.kind {
        case .complex: throw invalid("\(path.text) is compared by its sub-attributes")
        case .boolean:
            guard comparison == .eq || comparison == .ne else {
                throw invalid("\(path.text) is only compared by eq and ne")
            }
            if case .boolean = literal { return literal }
            if case .string(let text) = literal, let flag = Bool(text.lowercased()) { return .boolean(flag) }
            throw invalid("\(path.text) is true or false")
        case .dateTime:
            guard case .string(let text) = literal, DateTime.milliseconds(text) != nil else {
                throw invalid("\(path.text) is compared with a time")
            }
            guard ![.co, .sw, .ew].contains(comparison) else { throw invalid("\(path.text) has no parts") }
            return literal
        case .binary:
            guard [.eq, .ne, .co, .sw, .ew].contains(comparison) else { throw invalid("\(path.text) has no order") }
            fallthrough
        case .string, .reference, .decimal, .integer:
            guard case .string = literal else { throw invalid("\(path.text) is compared with a text") }
            return literal
        }
    }

    /// A complex attribute with several values is compared by `value` (RFC 7644, section 3.4.2.2).
    static func compared(_ path: AttributePath) -> SchemaAttribute {
        guard path.sub == nil, path.attribute.kind == .complex, path.attribute.isMultiValued else { return path.leaf }
        return path.attribute.sub("value") ?? path.leaf
    }
}
