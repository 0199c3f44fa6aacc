import Contracts
import FoundationEssentials
import Logging
import Storage

/// Answers requests: finds out what is meant, runs it in a transaction, and makes the answer.
struct SCIMService: Sendable {
    let database: Database
    let rules: SCIMRules
    let logger: Logger

    /// Bytes of a request's body.
    static let bodyLimit = 8 << 20

    /// Never fails: whatever goes wrong is an answer. Not on the caller's thread.
    @concurrent
    func answer(_ request: SCIMRequest) async -> SCIMResponse {
        do {
            return try await route(request)
        } catch {
            return failed(error, request)
        }
    }

    /// The answer that tells of an error.
    func failed(_ error: any Error, _ request: SCIMRequest) -> SCIMResponse {
        switch error {
        case let error as SCIMError: SCIMResponse(error)
        case let error as StorageError: failure(error, request)
        default: unexpected(error, request)
        }
    }

    private func route(_ request: SCIMRequest) async throws -> SCIMResponse {
        let path = request.path
        switch (path.first, path.count) {
        case ("ServiceProviderConfig", 1), ("ResourceTypes", 1...2), ("Schemas", 1...2):
            return try Self.discovery(request)
        case ("Users", 1...2): return try await resource(request, .user)
        case ("Groups", 1...2): return try await resource(request, .group)
        case (".search", 1):
            try Self.allow("POST", request)
            return try await search(request, ResourceType.all)
        case ("Bulk", 1):
            try Self.allow("POST", request)
            return try await Bulk(service: self, request: request).run()
        case ("Me", 1...): throw SCIMError(501, nil, "There is no alias for the caller's own account.")
        default: throw SCIMError.notFound("/" + path.joined(separator: "/"))
        }
    }

    static func allow(_ verbs: String..., request: SCIMRequest) throws(SCIMError) {
        guard verbs.contains(request.verb) else { throw SCIMError(405, nil, "\(request.verb) is not possible here.") }
    }

    private static func allow(_ verb: String, _ request: SCIMRequest) throws(SCIMError) {
        try allow(verb, request: request)
    }

    // MARK: Discovery

    private static func discovery(_ request: SCIMRequest) throws(SCIMError) -> SCIMResponse {
        try allow("GET", request)
        // RFC 7644, section 4: what is told here is not searched.
        guard request.query["filter"] == nil else { throw SCIMError(403, nil, "There is no filter here.") }
        let base = request.base
        let documents: [(id: String, json: JSONValue)]
        switch request.path[0] {
        case "ServiceProviderConfig": return SCIMResponse(200, Discovery.serviceProviderConfig(base))
        case "ResourceTypes": documents = ResourceType.all.map { ($0.name, Discovery.resourceType($0, base)) }
        default: documents = Discovery.schemas.map { ($0.id, Discovery.schema($0, base)) }
        }
        guard request.path.count == 2 else { return SCIMResponse(200, Discovery.list(documents.map(\.json))) }
        guard let found = documents.first(where: { $0.id.lowercased() == request.path[1].lowercased() }) else {
            throw .notFound(request.path[1])
        }
        return SCIMResponse(200, found.json)
    }

    // MARK: Resources

    private func resource(_ request: SCIMRequest, _ type: ResourceType) async throws -> SCIMResponse {
        guard request.path.count == 2 else {
            try Self.allow("GET", "POST", request: request)
            return request.verb == "GET"
                ? try await list(request, try SearchParameters(request.query), [type])
                : try await write(ResourceChange(request, type, id: nil))
        }
        if request.path[1] == ".search" {
            try Self.allow("POST", request)
            return try await search(request, [type])
        }
        try Self.allow("GET", "PUT", "PATCH", "DELETE", request: request)
        guard request.verb == "GET" else { return try await write(ResourceChange(request, type, id: request.path[1])) }
        return try await read(request, type, request.path[1])
    }

    private func read(_ request: SCIMRequest, _ type: ResourceType, _ id: String) async throws -> SCIMResponse {
        let projection = try SearchParameters(request.query).projection(type)
        let found = try await database.read { session in
            try Self.resources([id], type, projection, request.base, session).first
        }
        guard let found else { throw SCIMError.notFound("\(type.name) \(id)") }
        var response = Self.single(200, found, projection)
        if let header = request.headers["if-none-match"], let version = found["meta"]?["version"]?.text,
            Version.matches(header, version)
        {
            response.status = 304
            response.body = nil
        }
        return response
    }

    static func resources(
        _ ids: [String], _ type: ResourceType, _ projection: Projection, _ base: String, _ session: any SQLSession
    ) throws -> [JSONValue] {
        type.name == ResourceType.user.name
            ? try Users.resources(ids, projection, base: base, in: session)
            : try Groups.resources(ids, projection, base: base, in: session)
    }

    static func single(_ status: Int, _ resource: JSONValue, _ projection: Projection) -> SCIMResponse {
        var response = SCIMResponse(status, projection.apply(resource))
        if let location = resource["meta"]?["location"]?.text {
            response.headers.append(("location", location))
            response.headers.append(("content-location", location))
        }
        if let version = resource["meta"]?["version"]?.text { response.headers.append(("etag", version)) }
        return response
    }

    /// One change of one resource, in a transaction of its own.
    func write(_ change: ResourceChange) async throws -> SCIMResponse {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let rules = rules
        return try await database.write { session in
            var context = WriteContext(session, change.request, rules, now: now)
            var response = try change.run(&context)
            response.changedUsers = context.changedUsers
            return response
        }
    }

    // MARK: Lists

    private func search(_ request: SCIMRequest, _ types: [ResourceType]) async throws -> SCIMResponse {
        try await list(request, try SearchParameters(body: request.json()), types)
    }

    /// One page of the resources of the types, one type after the other.
    private func list(
        _ request: SCIMRequest, _ parameters: SearchParameters, _ types: [ResourceType]
    ) async throws -> SCIMResponse {
        let queries = try Self.queries(parameters, types)
        let page = try await database.read { session in
            try Self.page(queries, parameters, request.base, session)
        }
        return SCIMResponse(200, page)
    }

    /// Over several types an attribute that a type has not got is one without a value (RFC 7644, section 3.4.2.1), so that
    /// nothing of that type matches.
    private static func queries(
        _ parameters: SearchParameters, _ types: [ResourceType]
    ) throws(SCIMError) -> [(ResourceType, ListQuery)] {
        var queries: [(ResourceType, ListQuery)] = []
        var refusal: SCIMError?
        for type in types {
            do throws(SCIMError) {
                queries.append((type, try parameters.query(type)))
            } catch {
                refusal = refusal ?? error
            }
        }
        guard let refusal, queries.isEmpty else { return queries }
        throw refusal
    }

    private static func page(
        _ queries: [(ResourceType, ListQuery)], _ parameters: SearchParameters, _ base: String,
        _ session: any SQLSession
    ) throws -> JSONValue {
        var resources: [JSONValue] = []
        var total = 0
        let startIndex = queries.first?.1.startIndex ?? 1
        for (type, query) in queries {
            var query = query
            query.startIndex = max(1, startIndex - total)
            query.count -= resources.count
            let (matches, ids) = try query.run(.of(type), in: session)
            total += matches
            let projection = parameters.projection(type)
            resources += try Self.resources(ids, type, projection, base, session)
                .map(projection.apply)
        }
        return Discovery.list(resources, total: total, startIndex: startIndex)
    }

    // MARK: Failures

    private func failure(_ error: StorageError, _ request: SCIMRequest) -> SCIMResponse {
        switch error.reason {
        case .overloaded, .busy, .unavailable:
            var response = SCIMResponse(SCIMError(503, nil, "The database is not to be had at the moment."))
            response.headers.append(("retry-after", "2"))
            return response
        case .constraint: return SCIMResponse(SCIMError(409, .uniqueness, "The value is taken."))
        case .invalidValue: return SCIMResponse(.invalid(.invalidValue, "A value cannot be stored."))
        default: return unexpected(error, request)
        }
    }

    private func unexpected(_ error: any Error, _ request: SCIMRequest) -> SCIMResponse {
        logger.error(
            "a request failed", metadata: ["request_id": "\(request.requestID)", "error": "\(error)"])
        return SCIMResponse(SCIMError(500, nil, "Internal error; request id \(request.requestID)."))
    }
}
