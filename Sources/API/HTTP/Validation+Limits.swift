import Contracts

/// What a refusal tells back is bounded: neither a body of a thousand mistakes nor one huge mistake may make a huge answer.
extension Validation {
    /// More problems are not told.
    static let problemLimit = 100
    /// Of an input, in what it takes about as JSON; a larger one is told as null.
    static let inputLimit = 2_048
    /// Characters of a member's name in `loc`.
    static let nameLimit = 100

    /// Where a document has NUL characters, in names of members too. PostgreSQL stores none, and C code would read a text
    /// up to it only.
    static func problemsOfNUL(in document: JSONValue) -> [Problem] {
        var problems: [Problem] = []
        findNUL(document, at: [.name("body")], &problems)
        return problems
    }

    private static func findNUL(_ value: JSONValue, at location: [Place], _ problems: inout [Problem]) {
        guard problems.count < problemLimit else { return }
        switch value {
        case .string(let text):
            if text.utf8.contains(0) { problems.append(.nul(text, at: location)) }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                findNUL(element, at: location + [.position(index)], &problems)
            }
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                let place = location + [.name(String(name.prefix(nameLimit)))]
                if name.utf8.contains(0) { problems.append(.nul(name, at: place)) }
                findNUL(member, at: place, &problems)
            }
        default: break
        }
    }
}

extension Validation.Problem {
    static func nul(_ text: String, at location: [Validation.Place]) -> Self {
        Self(type: "value_error", location: location, message: "A NUL character is not allowed", input: .string(text))
    }
}

extension JSONValue {
    /// Whether it takes more than so many bytes as JSON, about. Looks at no more of it than it must.
    func isLarger(than limit: Int) -> Bool {
        var rest = limit
        return !fits(&rest)
    }

    private func fits(_ rest: inout Int) -> Bool {
        switch self {
        case .string(let text): rest -= text.utf8.count
        case .array(let elements):
            for element in elements where !element.fits(&rest) { return false }
        case .object(let members):
            for (name, member) in members {
                rest -= name.utf8.count
                guard member.fits(&rest) else { return false }
            }
        default: break
        }
        rest -= 4
        return rest >= 0
    }
}
