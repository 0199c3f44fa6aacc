import FoundationEssentials

/// Entries, read from what libcurl writes for an LDAP search.
///
/// It looks like LDIF, and is not: names of entries and values are written as they are, newlines too, so that somebody
/// who may change one attribute of his could forge the others. What cannot be forged is how it is cut: libcurl hands over
/// each piece (a mark, a name, a value) in a call of its own, and only a value of more than 16 KiB in several.
///
///     "DN: " dn "\n"  ( "\t" name ":" ( " " text | ": " base64 ) "\n" … "\n" )…  "\n"
///
/// So a piece is told by its place, never by what is in it; what does not fit is refused.
struct LDAPAnswer {
    private enum Place {
        case betweenEntries, dn, inEntry, name, colon, valueMark, value(isBase64: Bool), afterValue
    }

    private(set) var entries: [LDAPEntry] = []
    private var place = Place.betweenEntries
    private var dn: [UInt8] = []
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    private var attributes: [LDAPEntry.Attribute] = []
    private var size = 0
    private let byteLimit: Int
    private let entryLimit: Int

    init(byteLimit: Int, entryLimit: Int) {
        self.byteLimit = byteLimit
        self.entryLimit = entryLimit
    }

    /// Whether it may end here.
    var isComplete: Bool { if case .betweenEntries = place { true } else { false } }

    /// Takes what one call of libcurl's has brought.
    /// - Throws: `tooLarge` or `malformed`; nothing more can be taken then.
    mutating func take(_ piece: some Collection<UInt8>) throws(LDAPError) {
        size += piece.count
        guard size <= byteLimit else { throw LDAPError(.tooLarge, "an answer of more than \(byteLimit) bytes") }
        switch place {
        case .betweenEntries: try beginEntry(piece)
        case .dn where Self.isNewline(piece): place = .inEntry
        case .dn: try Self.append(piece, to: &dn)
        case .inEntry, .afterValue: try nextAttribute(piece)
        case .name:
            name = Array(piece)
            place = .colon
        case .colon: try afterName(piece)
        case .valueMark: try beginValue(piece)
        case .value(let isBase64) where Self.isNewline(piece): try endValue(isBase64)
        case .value: try Self.append(piece, to: &value)
        }
    }

    private mutating func beginEntry(_ piece: some Collection<UInt8>) throws(LDAPError) {
        // The space is left out when there is no name.
        guard Self.isText(piece, "DN: ") || Self.isText(piece, "DN:") else { throw Self.malformed }
        guard entries.count < entryLimit else { throw LDAPError(.tooLarge, "more than \(entryLimit) entries") }
        dn = []
        attributes = []
        place = .dn
    }

    private mutating func nextAttribute(_ piece: some Collection<UInt8>) throws(LDAPError) {
        if Self.isText(piece, "\t") {
            place = .name
        } else if !Self.isNewline(piece) {
            throw Self.malformed
        } else if case .afterValue = place {
            place = .inEntry
        } else {
            guard let dn = String(validating: dn, as: UTF8.self) else { throw Self.malformed }
            entries.append(LDAPEntry(dn: dn, attributes: attributes))
            place = .betweenEntries
        }
    }

    private mutating func afterName(_ piece: some Collection<UInt8>) throws(LDAPError) {
        if Self.isText(piece, ":") {
            place = .valueMark
        } else if Self.isText(piece, ":\n") {
            // Without any value.
            place = .inEntry
        } else {
            throw Self.malformed
        }
    }

    private mutating func beginValue(_ piece: some Collection<UInt8>) throws(LDAPError) {
        value = []
        if Self.isText(piece, " ") {
            place = .value(isBase64: false)
        } else if Self.isText(piece, ": ") || Self.isText(piece, ":") {
            place = .value(isBase64: true)
        } else if Self.isNewline(piece) {
            try endValue(false)
        } else {
            throw Self.malformed
        }
    }

    private mutating func endValue(_ isBase64: Bool) throws(LDAPError) {
        guard let bytes = isBase64 ? Data(base64Encoded: Data(value)).map(Array.init) : value,
            let name = String(validating: name, as: UTF8.self)
        else { throw Self.malformed }
        if let last = attributes.indices.last, attributes[last].name == name {
            attributes[last].values.append(bytes)
        } else {
            attributes.append(LDAPEntry.Attribute(name: name, values: [bytes]))
        }
        place = .afterValue
    }

    /// libcurl's CURL_MAX_WRITE_SIZE: only pieces of this length have another one behind them.
    private static let longestPiece = 16_384

    private static func append(_ piece: some Collection<UInt8>, to bytes: inout [UInt8]) throws(LDAPError) {
        guard bytes.count.isMultiple(of: longestPiece), piece.count <= longestPiece else { throw malformed }
        bytes += piece
    }

    private static var malformed: LDAPError { LDAPError(.malformed, "libcurl's output is not of the known form") }

    private static func isNewline(_ piece: some Collection<UInt8>) -> Bool { isText(piece, "\n") }

    private static func isText(_ piece: some Collection<UInt8>, _ text: StaticString) -> Bool {
        text.withUTF8Buffer { piece.elementsEqual($0) }
    }
}
