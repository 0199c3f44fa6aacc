import Contracts
import FoundationEssentials
import HTTPFront
import NIOCore

/// Bodies that are checked member by member; what is wrong is told in FastAPI's form: 422 with `detail` a list of
/// `{type, loc, msg, input}`.
struct Validation {
    enum Place: Equatable {
        case name(String)
        case position(Int)

        var json: JSONValue {
            switch self {
            case .name(let name): .string(name)
            case .position(let position): .integer(Int64(position))
            }
        }
    }

    struct Problem {
        var type: String
        var location: [Place]
        var message: String
        var input: JSONValue
        var context: JSONValue?

        var json: JSONValue {
            var members: [String: JSONValue] = [
                "type": .string(type), "loc": .array(location.map(\.json)), "msg": .string(message),
                "input": input.isLarger(than: Validation.inputLimit) ? .null : input,
            ]
            members["ctx"] = context
            return .object(members)
        }
    }

    /// Deeper documents are refused before they are decoded.
    static let depthLimit = 64

    private let members: [String: JSONValue]
    private var problems: [Problem] = []

    /// - Throws: 422 for what is no JSON object, or has a NUL character anywhere; 400 for what is nested too deep.
    init(_ body: ByteBuffer) throws(HTTPError) {
        guard body.readableBytes > 0 else {
            throw Self.error([
                .init(type: "missing", location: [.name("body")], message: "Field required", input: .null)
            ])
        }
        let scan = BodyScan(body)
        guard !scan.isForeign else { throw Self.invalidJSON(at: body.readableBytes) }
        guard scan.depth <= Self.depthLimit else {
            throw HTTPError(.badRequest, "JSON nested deeper than \(Self.depthLimit) levels")
        }
        let document: JSONValue
        do {
            document = try JSONValue(json: body.readableBytesView)
        } catch {
            throw Self.invalidJSON(at: body.readableBytes)
        }
        if scan.hasNUL {
            let problems = Self.problemsOfNUL(in: document)
            guard problems.isEmpty else { throw Self.error(problems) }
        }
        guard case .object(let members) = document else {
            throw Self.error([
                .init(
                    type: "model_attributes_type", location: [.name("body")],
                    message: "Input should be a valid dictionary or object to extract fields from", input: document)
            ])
        }
        self.members = members
    }

    private init(_ members: [String: JSONValue]) { self.members = members }

    /// A text that must be there; "" and a noted problem when it is not.
    mutating func text(_ name: String) -> String {
        switch members[name] {
        case .string(let value): return value
        case nil:
            missing(name)
        case let other?:
            problems.append(
                .init(
                    type: "string_type", location: [.name("body"), .name(name)],
                    message: "Input should be a valid string", input: other))
        }
        return ""
    }

    /// A text that may be absent or null.
    mutating func optionalText(_ name: String) -> String? {
        guard let value = members[name], value != .null else { return nil }
        return text(name)
    }

    /// A whole number that may be absent or null.
    mutating func optionalInteger(_ name: String) -> Int64? {
        guard let value = members[name], value != .null else { return nil }
        return integer(name, value)
    }

    /// A whole number that must be there; 0 and a noted problem when it is not.
    mutating func integer(_ name: String) -> Int64 {
        guard let value = members[name] else {
            _ = text(name)
            return 0
        }
        return integer(name, value) ?? 0
    }

    private mutating func integer(_ name: String, _ value: JSONValue) -> Int64? {
        if let number = value.whole { return number }
        if let number = value.text.flatMap({ Int64($0) }) { return number }
        let isText = value.text != nil
        let message = "Input should be a valid integer"
        problems.append(
            .init(
                type: isText ? "int_parsing" : "int_type", location: [.name("body"), .name(name)],
                message: isText ? message + ", unable to parse string as an integer" : message, input: value))
        return nil
    }

    /// A part of the form that must be there and an object.
    mutating func section(_ name: String) {
        guard let value = members[name] else {
            _ = text(name)
            return
        }
        guard !value.isObject else { return }
        problem(
            name, type: "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from")
    }

    /// A part of the form, checked in the same way; passed over when it is absent, null or no object (which is noted).
    mutating func part(_ name: String, _ check: (inout Validation) -> Void) {
        guard let value = members[name], value != .null else { return }
        guard case .object(let members) = value else { return section(name) }
        var part = Validation(members)
        check(&part)
        for var problem in part.problems {
            problem.location.insert(.name(name), at: 1)
            problems.append(problem)
        }
    }

    /// A truth value that may be absent or null; texts and 0 and 1 that stand for one are taken too, as pydantic does.
    mutating func optionalFlag(_ name: String) -> Bool? {
        guard let value = members[name], value != .null else { return nil }
        switch value {
        case .bool(let flag): return flag
        case .integer(0): return false
        case .integer(1): return true
        case .string(let text):
            if ["true", "t", "yes", "y", "on", "1"].contains(text.lowercased()) { return true }
            if ["false", "f", "no", "n", "off", "0"].contains(text.lowercased()) { return false }
        default: break
        }
        let isParsed = value.text != nil || value.double != nil
        problem(
            name, type: isParsed ? "bool_parsing" : "bool_type",
            "Input should be a valid boolean" + (isParsed ? ", unable to interpret input" : ""))
        return nil
    }

    /// A text of the query that no database can look for.
    static func queryText(_ name: String) -> HTTPError {
        error([
            .init(
                type: "value_error", location: [.name("query"), .name(name)], message: "A NUL character is not allowed",
                input: .null)
        ])
    }

    /// A number of the query that is none, or out of its range.
    static func query(_ name: String, _ text: String) -> HTTPError {
        error([
            .init(
                type: "int_parsing", location: [.name("query"), .name(name)],
                message: "Input should be a valid integer, unable to parse string as an integer", input: .string(text))
        ])
    }

    /// Notes that a member is not there.
    mutating func missing(_ name: String) {
        problems.append(
            .init(
                type: "missing", location: [.name("body"), .name(name)], message: "Field required",
                input: .object(members)))
    }

    /// A list of objects, each with members that must be there; their texts must be texts.
    mutating func objects(_ name: String, requiring required: [String]) -> [JSONValue] {
        guard let value = members[name] else {
            missing(name)
            return []
        }
        guard let elements = value.elements else {
            problem(name, type: "list_type", "Input should be a valid list")
            return []
        }
        for (index, element) in elements.enumerated() where problems.count < Self.problemLimit {
            let place: [Place] = [.name("body"), .name(name), .position(index)]
            guard element.isObject else {
                problems.append(
                    .init(
                        type: "model_attributes_type", location: place,
                        message: "Input should be a valid dictionary or object to extract fields from", input: element))
                continue
            }
            for member in required where element[member] == nil {
                problems.append(
                    .init(
                        type: "missing", location: place + [.name(member)], message: "Field required", input: element))
            }
        }
        return elements
    }

    /// Notes what is wrong beside the types.
    mutating func problem(_ name: String, type: String, _ message: String) {
        problems.append(
            .init(type: type, location: [.name("body"), .name(name)], message: message, input: members[name] ?? .null))
    }

    /// The whole document.
    var document: [String: JSONValue] { members }

    /// An object that may be absent or null; as JSON text.
    mutating func object(_ name: String) -> String? {
        switch members[name] {
        case nil, .null: return nil
        case let value? where value.isObject: return value.encoded
        case let other?:
            problems.append(
                .init(
                    type: "dict_type", location: [.name("body"), .name(name)],
                    message: "Input should be a valid dictionary", input: other))
            return nil
        }
    }

    /// A list of texts that may be absent or null.
    mutating func texts(_ name: String) -> [String]? {
        guard let value = members[name], value != .null else { return nil }
        guard let elements = value.elements else {
            problems.append(
                .init(
                    type: "list_type", location: [.name("body"), .name(name)], message: "Input should be a valid list",
                    input: value))
            return nil
        }
        for (index, element) in elements.enumerated() where element.text == nil && problems.count < Self.problemLimit {
            problems.append(
                .init(
                    type: "string_type", location: [.name("body"), .name(name), .position(index)],
                    message: "Input should be a valid string", input: element))
        }
        return elements.compactMap(\.text)
    }

    /// - Throws: 422 with everything that was found wrong.
    func check() throws(HTTPError) {
        guard problems.isEmpty else { throw Self.error(problems) }
    }

    static func error(_ problems: [Problem]) -> HTTPError {
        let list = JSONValue.array(problems.prefix(problemLimit).map(\.json))
        let data = (try? JSONEncoder().encode(list)) ?? Data("[]".utf8)
        return HTTPError(.unprocessableEntity, json: ByteBuffer(bytes: data))
    }

    static func invalidJSON(at position: Int) -> HTTPError {
        error([
            .init(
                type: "json_invalid", location: [.name("body"), .position(position)], message: "JSON decode error",
                input: .object([:]), context: .object(["error": .string("Expecting value")]))
        ])
    }
}
