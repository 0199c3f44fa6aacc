/// The values that a path has for its route's `{names}`, percent-decoded, never empty.
public struct PathParameters: Sendable, Equatable {
    let names: [String]
    let values: [String]

    init(names: [String] = [], values: [String] = []) {
        self.names = names
        self.values = values
    }

    public subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }

    public var isEmpty: Bool { values.isEmpty }
}
