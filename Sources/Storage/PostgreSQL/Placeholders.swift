/// Turns the `?` of the tables' SQL into PostgreSQL's `$1`, `$2`, …
///
/// Those inside literals, quoted names, comments and dollar quotes stay. PostgreSQL's own operators `?`, `?|`, `?&` cannot
/// be written: use their functions (`jsonb_exists`).
struct Placeholders {
    /// The statement for PostgreSQL.
    private(set) var sql = ""
    private(set) var count = 0

    private let source: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    init(_ text: String) {
        source = Array(text.utf8)
        output.reserveCapacity(source.count + 16)
        while position < source.count { step() }
        sql = String(decoding: output, as: UTF8.self)
        output = []
    }

    private mutating func step() {
        switch (source[position], next) {
        case (UInt8(ascii: "?"), _):
            count += 1
            output += "$\(count)".utf8
            position += 1
        case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _): copyQuoted(source[position])
        case (UInt8(ascii: "-"), UInt8(ascii: "-")): copy(to: source[position...].firstIndex(of: UInt8(ascii: "\n")))
        case (UInt8(ascii: "/"), UInt8(ascii: "*")): copyComment()
        case (UInt8(ascii: "$"), _): copyDollarQuoted()
        default: copy(to: position + 1)
        }
    }

    private var next: UInt8? { position + 1 < source.count ? source[position + 1] : nil }

    /// Nil: to the end.
    private mutating func copy(to end: Int?) {
        let end = min(end ?? source.count, source.count)
        output += source[position..<end]
        position = end
    }

    /// A doubled quote inside is two quoted pieces side by side, which comes to the same.
    private mutating func copyQuoted(_ quote: UInt8) {
        let end = source[(position + 1)...].firstIndex(of: quote)
        copy(to: end.map { $0 + 1 })
    }

    /// Comments nest.
    private mutating func copyComment() {
        var depth = 0
        repeat {
            switch (source[position], next) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                copy(to: position + 2)
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                copy(to: position + 2)
            default: copy(to: position + 1)
            }
        } while depth > 0 && position < source.count
    }

    /// `$tag$ … $tag$`; anything else that begins with a dollar is copied as it is.
    private mutating func copyDollarQuoted() {
        let name = source[(position + 1)...].prefix { Self.isWord($0) }
        guard name.endIndex < source.count, source[name.endIndex] == UInt8(ascii: "$") else {
            return copy(to: position + 1)
        }
        let tag = source[position...name.endIndex]
        let close = source[(name.endIndex + 1)...].firstRange(of: tag)
        copy(to: close?.upperBound)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
