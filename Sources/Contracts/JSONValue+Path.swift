extension JSONValue {
    /// What lies at a dotted path, such as "ui.enable_signup"; nil where there is nothing.
    public func value(at path: String) -> JSONValue? {
        var value = self
        for name in path.split(separator: ".") {
            guard let child = value[String(name)] else { return nil }
            value = child
        }
        return value
    }

    /// Puts a value at a dotted path. Missing parents are made; a parent that is no object gives way.
    public mutating func set(_ value: JSONValue, at path: String) {
        set(value, at: path.split(separator: ".").map(String.init)[...])
    }

    private mutating func set(_ value: JSONValue, at names: ArraySlice<String>) {
        guard let name = names.first else {
            self = value
            return
        }
        var members: [String: JSONValue] = [:]
        if case .object(let old) = self { members = old }
        var child = members[name] ?? .object([:])
        child.set(value, at: names.dropFirst())
        members[name] = child
        self = .object(members)
    }

    /// Members of `changes` go before those of self, object by object; anything else is replaced.
    public func merging(_ changes: JSONValue) -> JSONValue {
        guard case .object(let old) = self, case .object(let new) = changes else { return changes }
        return .object(old.merging(new) { $0.merging($1) })
    }
}
