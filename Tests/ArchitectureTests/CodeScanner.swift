/// Takes comments and the contents of strings out of Swift source; interpolations and line breaks stay.
struct CodeScanner {
    private enum Place {
        /// Code; inside of an interpolation, with the depth of its parentheses.
        case code(depth: Int)
        case string(quotes: Int, hashes: Int)
    }

    private let source: [Character]
    private var position = 0
    private var places: [Place] = [.code(depth: 0)]
    private var result = ""

    static func code(of text: String) -> String {
        var scanner = CodeScanner(source: Array(text))
        while scanner.position < scanner.source.count { scanner.step() }
        return scanner.result
    }

    private init(source: [Character]) { self.source = source }

    private mutating func step() {
        switch places[places.count - 1] {
        case .code(let depth): stepInCode(depth)
        case .string(let quotes, let hashes): stepInString(quotes, hashes)
        }
    }

    private mutating func stepInCode(_ depth: Int) {
        if starts("//") { return skipLine() }
        if starts("/*") { return skipBlock() }
        let hashes = count(of: "#", from: position)
        if at(position + hashes) == "\"" {
            position += hashes
            let quotes = starts("\"\"\"") ? 3 : 1
            position += quotes
            result += "\""
            return places.append(.string(quotes: quotes, hashes: hashes))
        }
        let character = source[position]
        let isInner = places.count > 1
        if isInner, character == ")", depth == 1 {
            places.removeLast()
        } else if isInner, character == "(" || character == ")" {
            places[places.count - 1] = .code(depth: depth + (character == "(" ? 1 : -1))
        }
        result.append(character)
        position += 1
    }

    private mutating func stepInString(_ quotes: Int, _ hashes: Int) {
        let character = source[position]
        if character == "\\", count(of: "#", from: position + 1) >= hashes {
            position += 1 + hashes
            if at(position) == "(" {
                position += 1
                result += "("
                return places.append(.code(depth: 1))
            }
            position += 1
        } else if character == "\"", count(of: "\"", from: position) >= quotes,
            count(of: "#", from: position + quotes) >= hashes
        {
            position += quotes + hashes
            result += "\""
            places.removeLast()
        } else {
            if character.isNewline { result.append(character) }
            position += 1
        }
    }

    private mutating func skipLine() {
        while let character = at(position), !character.isNewline { position += 1 }
    }

    /// Comments of this kind may be nested.
    private mutating func skipBlock() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                position += 2
            } else if starts("*/") {
                depth -= 1
                position += 2
            } else {
                if source[position].isNewline { result.append(source[position]) }
                position += 1
            }
        } while depth > 0 && position < source.count
    }

    private func at(_ index: Int) -> Character? { index < source.count ? source[index] : nil }
    private func starts(_ text: String) -> Bool { source[position...].starts(with: text) }

    private func count(of character: Character, from index: Int) -> Int {
        var end = index
        while at(end) == character { end += 1 }
        return end - index
    }
}
