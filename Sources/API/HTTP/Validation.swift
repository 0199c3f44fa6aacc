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
                "type": .string(type), "loc": .array(location.map(\.json)), "msg": .string(message), "input": input,
            ]
            members["ctx"] = context
            return .object(members)
        }
    }

    /// Deeper documents are refused before they are decoded.
    static let depthLimit = 64

    private let members: [String: JSONValue]
    private var problems: [Problem] = []

    /// - Throws: 422 for what is no JSON object, 400 for what is nested too deep.
    init(_ body: ByteBuffer) throws(HTTPError) {
        guard body.readableBytes > 0 else {
            throw Self.error([.init(type: "missing", location: [.name("body")], message: "Field required", input: .null)])
        }
        guard Self.depth(body) <= Self.depthLimit else {
            throw HTTPError(.badRequest, "JSON nested deeper than \(Self.depthLimit) levels")
        }
        let document: JSONValue
        do {
            document = try JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))
        } catch {
            throw Self.invalidJSON(at: body.readableBytes)
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

    /// A text that must be there; "" and a noted problem when it is not.
    mutating func text(_ name: String) -> String {
        switch members[name] {
        case .string(let value): return value
        case nil:
            problems.append(
                .init(
                    type: "missing", location: [.name("body"), .name(name)], message: "Field required",
                    input: .object(members)))
        case let other?:
            problems.append(
                .init(
                    type: "string_type", location: [.name("body"), .name(name)],
                    message: "Input should be a valid string", input: other))
        }
        return ""
    }

    /// - Throws: 422 with everything that was found wrong.
    func check() throws(HTTPError) {
        guard problems.isEmpty else { throw Self.error(problems) }
    }

    static func error(_ problems: [Problem]) -> HTTPError {
        let list = JSONValue.array(problems.map(\.json))
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

    private static func depth(_ body: ByteBuffer) -> Int {
        var depth = 0
        var deepest = 0
        var isText = false
        var isEscaped = false
        for byte in body.readableBytesView {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return deepest
    }
}
