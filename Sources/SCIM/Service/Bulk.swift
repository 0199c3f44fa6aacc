import Contracts
import Storage

/// Many changes in one request (RFC 7644, section 3.7). Each has a transaction of its own.
///
/// Ids of new resources are given before the first is made, so that each may refer to each by its bulkId; what refers to
/// a resource that is yet to be made waits for it, as long as that is not in turn waiting.
struct Bulk {
    static let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    static let responseSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
    static let operationLimit = 1_000
    /// Bytes.
    static let sizeLimit = 1 << 20

    let service: SCIMService
    let request: SCIMRequest

    private struct Operation {
        var method: String
        var path: String
        var bulkID: String?
        var version: String?
        var data: JSONValue?
        /// Of the resource that it makes.
        var newID: String?
        /// The bulkIds that it refers to.
        var references: Set<String> = []
    }

    func run() async throws -> SCIMResponse {
        guard request.body.count <= Self.sizeLimit else {
            throw SCIMError(413, nil, "The size of a bulk request exceeds the maxPayloadSize (\(Self.sizeLimit)).")
        }
        guard case .object(let members) = try request.json() else {
            throw SCIMError.invalid(.invalidSyntax, "The body is no JSON object.")
        }
        let operations = try Self.operations(members)
        let limit = Self.failureLimit(members["failOnErrors"])
        var results = [JSONValue?](repeating: nil, count: operations.count)
        var changed: Set<String> = []
        var failures = 0
        for index in Self.order(operations) {
            guard failures < limit else { break }
            let response = await run(operations[index], operations)
            if response.status >= 400 { failures += 1 }
            changed.formUnion(response.changedUsers)
            results[index] = result(operations[index], response)
        }
        var response = SCIMResponse(
            200,
            .object([
                "schemas": .array([.string(Self.responseSchema)]), "Operations": .array(results.compactMap { $0 }),
            ]))
        response.changedUsers = changed
        return response
    }

    private static func failureLimit(_ value: JSONValue?) -> Int {
        if case .integer(let number)? = value, number > 0 { Int(clamping: number) } else { .max }
    }

    // MARK: Reading

    private static func operations(_ members: [String: JSONValue]) throws(SCIMError) -> [Operation] {
        guard let list = members["Operations"]?.elements else {
            throw .invalid(.invalidSyntax, "Operations is no list.")
        }
        guard list.count <= operationLimit else {
            throw SCIMError(413, nil, "The number of operations exceeds the maxOperations (\(operationLimit)).")
        }
        var operations: [Operation] = []
        var seen: Set<String> = []
        for element in list {
            guard let method = element["method"]?.text?.uppercased(), let path = element["path"]?.text else {
                throw .invalid(.invalidSyntax, "An operation has no method or path.")
            }
            var operation = Operation(
                method: method, path: path, bulkID: element["bulkId"]?.text, version: element["version"]?.text,
                data: element["data"])
            if method == "POST" {
                guard let bulkID = operation.bulkID, seen.insert(bulkID).inserted else {
                    throw .invalid(.invalidSyntax, "Each POST has a bulkId of its own.")
                }
                operation.newID = WriteContext.newID()
            }
            collect(element["data"] ?? .null, &operation.references)
            collect(.string(String(path.split(separator: "/").last ?? "")), &operation.references)
            operations.append(operation)
        }
        return operations
    }

    private static func collect(_ value: JSONValue, _ references: inout Set<String>) {
        switch value {
        case .string(let text): if let id = bulkID(text) { references.insert(id) }
        case .array(let elements): for element in elements { collect(element, &references) }
        case .object(let members): for member in members.values { collect(member, &references) }
        default: break
        }
    }

    private static func bulkID(_ text: String) -> String? {
        text.hasPrefix("bulkId:") ? String(text.dropFirst(7)) : nil
    }

    /// The order of the request, but what an operation refers to comes before it, unless that in turn waits for it: an
    /// account's manager need not be there yet.
    private static func order(_ operations: [Operation]) -> [Int] {
        let makers = Dictionary(
            operations.indices.compactMap { index in
                operations[index].newID == nil ? nil : operations[index].bulkID.map { ($0, index) }
            }
        ) { first, _ in first }
        var seen: Set<Int> = []
        var order: [Int] = []
        func visit(_ index: Int) {
            guard seen.insert(index).inserted else { return }
            for maker in operations[index].references.compactMap({ makers[$0] }).sorted() { visit(maker) }
            order.append(index)
        }
        operations.indices.forEach(visit)
        return order
    }

    // MARK: Running

    private func run(_ operation: Operation, _ all: [Operation]) async -> SCIMResponse {
        do throws(SCIMError) {
            let ids = Dictionary(
                all.compactMap { other in other.newID.flatMap { id in other.bulkID.map { ($0, id) } } }
            ) { first, _ in first }
            for reference in operation.references where ids[reference] == nil {
                throw SCIMError(409, .invalidValue, "There is no operation with the bulkId \(reference.prefix(64)).")
            }
            let change = try change(operation, ids)
            return await attempt(change)
        } catch {
            return SCIMResponse(error)
        }
    }

    private func change(_ operation: Operation, _ ids: [String: String]) throws(SCIMError) -> ResourceChange {
        let path = operation.path.split(separator: "/").map(String.init)
        guard let type = ResourceType.all.first(where: { $0.endpoint == "/" + (path.first ?? "") }), path.count <= 2
        else {
            throw .notFound(String(operation.path.prefix(256)))
        }
        let isCreation = operation.method == "POST"
        guard ["POST", "PUT", "PATCH", "DELETE"].contains(operation.method), isCreation == (path.count == 1) else {
            throw SCIMError(405, nil, "\(operation.method) is not possible on \(operation.path.prefix(256)).")
        }
        var inner = request
        inner.verb = operation.method
        inner.query = [:]
        inner.headers = operation.version.map { ["if-match": $0] } ?? [:]
        let id = isCreation ? operation.newID : path.last.map { Self.resolved($0, ids) }
        return try ResourceChange(
            inner, type, id: id, verb: operation.method, body: Self.resolved(operation.data ?? .null, ids))
    }

    private static func resolved(_ text: String, _ ids: [String: String]) -> String {
        bulkID(text).flatMap { ids[$0] } ?? text
    }

    private static func resolved(_ value: JSONValue, _ ids: [String: String]) -> JSONValue {
        switch value {
        case .string(let text): .string(resolved(text, ids))
        case .array(let elements): .array(elements.map { resolved($0, ids) })
        case .object(let members): .object(members.mapValues { resolved($0, ids) })
        default: value
        }
    }

    private func attempt(_ change: ResourceChange) async -> SCIMResponse {
        do {
            return try await service.write(change)
        } catch {
            return service.failed(error, request)
        }
    }

    private func result(_ operation: Operation, _ response: SCIMResponse) -> JSONValue {
        var members: [String: JSONValue] = [
            "method": .string(operation.method), "status": .string(String(response.status)),
        ]
        members["bulkId"] = operation.bulkID.map(JSONValue.string)
        for (name, value) in response.headers {
            if name == "location" { members["location"] = .string(value) }
            if name == "etag" { members["version"] = .string(value) }
        }
        if members["location"] == nil, operation.method != "POST" {
            members["location"] = .string(request.base + operation.path)
        }
        if response.status >= 400 { members["response"] = response.body }
        return .object(members)
    }
}
