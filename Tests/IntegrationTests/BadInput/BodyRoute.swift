import Contracts
import FoundationEssentials

/// A route that takes a JSON object, with a body that it takes.
struct BodyRoute: Sendable {
    enum Caller: Sendable {
        case guest
        case user
        case administrator
    }

    var method: String
    var path: String
    var caller: Caller
    var valid: JSONValue
    /// Members of which any JSON is taken.
    var free: Set<String> = []
    /// What is valid costs a hash of a password, which is slow by design.
    var isSlow = false

    init(
        _ method: String, _ path: String, _ caller: Caller, _ valid: JSONValue, free: Set<String> = [],
        isSlow: Bool = false
    ) {
        (self.method, self.path, self.caller, self.valid) = (method, path, caller, valid)
        (self.free, self.isSlow) = (free, isSlow)
    }

    var label: String { "\(method) \(path)" }

    /// Every place in the valid body, as the names and positions that lead to it.
    var places: [[JSONPlace]] { JSONPlace.all(in: valid).filter { !$0.isEmpty } }

    /// Whether a truth value or a number lies there.
    func isSwitch(_ place: [JSONPlace]) -> Bool {
        switch valid.value(at: place) {
        case .bool, .integer, .number: true
        default: false
        }
    }

    /// The valid body with other JSON at one place; it need not be JSON at all.
    func body(with json: String, at place: [JSONPlace]) -> String {
        valid.replacing(place, by: .string("@here@")).encoded.replacing("\"@here@\"", with: json)
    }
}

/// A step into a JSON document.
enum JSONPlace: Hashable, Sendable {
    case name(String)
    case position(Int)

    static func all(in value: JSONValue) -> [[JSONPlace]] {
        var steps: [(JSONPlace, JSONValue)] = []
        switch value {
        case .object(let members):
            steps = members.sorted { $0.key < $1.key }.map { (.name($0.key), $0.value) }
        case .array(let elements): steps = elements.enumerated().map { (.position($0.offset), $0.element) }
        default: break
        }
        return [[]] + steps.flatMap { step, child in all(in: child).map { [step] + $0 } }
    }
}

extension JSONValue {
    init(_ text: String) throws { try self.init(json: text.utf8) }

    func value(at place: [JSONPlace]) -> JSONValue? {
        guard let step = place.first else { return self }
        let rest = Array(place.dropFirst())
        switch (self, step) {
        case (.object(let members), .name(let name)): return members[name]?.value(at: rest)
        case (.array(let elements), .position(let index)): return elements[index].value(at: rest)
        default: return nil
        }
    }

    func replacing(_ place: [JSONPlace], by new: JSONValue) -> JSONValue {
        guard let step = place.first else { return new }
        let rest = Array(place.dropFirst())
        switch (self, step) {
        case (.object(var members), .name(let name)):
            members[name] = members[name]?.replacing(rest, by: new)
            return .object(members)
        case (.array(var elements), .position(let index)):
            elements[index] = elements[index].replacing(rest, by: new)
            return .array(elements)
        default: return self
        }
    }
}
