import Contracts
import Storage

/// A POST, PUT, PATCH or DELETE of one resource, its body read and checked before the transaction begins.
struct ResourceChange: Sendable {
    private enum Action {
        case create(ResourceDocument)
        case replace(ResourceDocument)
        case patch([PatchOperation])
        case delete
    }

    let request: SCIMRequest
    private let type: ResourceType
    private let id: String?
    private let action: Action
    private let parameters: SearchParameters

    /// - Parameters:
    ///   - id: of the resource; of a new one nil, or what it shall be.
    ///   - body: in place of the request's.
    /// - Throws: 400, 415.
    init(
        _ request: SCIMRequest, _ type: ResourceType, id: String?, verb: String? = nil, body: JSONValue? = nil
    ) throws(SCIMError) {
        self.request = request
        self.type = type
        self.id = id
        parameters = try SearchParameters(request.query)
        switch verb ?? request.verb {
        case "DELETE": action = .delete
        case "PATCH": action = .patch(try PatchOperation.list(try Self.body(body, request)))
        case "PUT": action = .replace(try ResourceDocument(try Self.body(body, request), type))
        default: action = .create(try ResourceDocument(try Self.body(body, request), type))
        }
    }

    private static func body(_ body: JSONValue?, _ request: SCIMRequest) throws(SCIMError) -> JSONValue {
        if let body { return body }
        return try request.json()
    }

    private var isUser: Bool { type.name == ResourceType.user.name }

    /// - Throws: `SCIMError`, `StorageError`.
    func run(_ context: inout WriteContext) throws -> SCIMResponse {
        switch action {
        case .create(let document):
            let id =
                isUser
                ? try Users.create(document, id: id, &context) : try Groups.create(document, id: id, &context)
            return try answer(201, id, context)
        case .delete:
            let id = id ?? ""
            try checkVersion(id, context)
            if isUser { try Users.delete(id, &context) } else { try Groups.delete(id, &context) }
            return SCIMResponse(204, nil)
        case .replace(let new):
            return try update(&context) { old throws(SCIMError) in
                var new = new
                // Not said, it stays as it is.
                if new["active"] == nil { new["active"] = old["active"] }
                return new
            }
        case .patch(let operations):
            return try update(&context) { old throws(SCIMError) in
                try Patch.apply(operations, to: old, type)
            }
        }
    }

    private func update(
        _ context: inout WriteContext, _ change: (ResourceDocument) throws(SCIMError) -> ResourceDocument
    ) throws -> SCIMResponse {
        let id = id ?? ""
        try checkVersion(id, context)
        if isUser { try Users.update(id, &context, change) } else { try Groups.update(id, &context, change) }
        return try answer(200, id, context)
    }

    /// RFC 7644, section 3.14: what the client has seen must be what there is.
    private func checkVersion(_ id: String, _ context: WriteContext) throws {
        guard let header = request.headers["if-match"] else { return }
        let none = Projection(attributes: ["id"], excludedAttributes: nil, type)
        let current = try SCIMService.resources([id], type, none, request.base, context.session).first
        guard let version = current?["meta"]?["version"]?.text else { throw SCIMError.notFound("\(type.name) \(id)") }
        guard Version.matches(header, version) else { throw SCIMError(412, nil, "The resource has changed.") }
    }

    private func answer(_ status: Int, _ id: String, _ context: WriteContext) throws -> SCIMResponse {
        let projection = parameters.projection(type)
        let found = try SCIMService.resources(
            [id], type, projection, request.base, context.session)
        guard let resource = found.first else { throw SCIMError.notFound("\(type.name) \(id)") }
        return SCIMService.single(status, resource, projection)
    }
}
