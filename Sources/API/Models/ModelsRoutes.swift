import Contracts
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1
import Storage

/// API.md, "Models", and the same by the frontend's paths, which have the id in the query or in the form: an id may hold
/// slashes.
struct ModelsRoutes: Sendable {
    let models: ModelService
    let bodyLimit: Int

    /// Models on a page of the list.
    static let pageSize = 30

    var routes: [APIRoute] { lists + single + changes + many }

    // MARK: Lists

    private var lists: [APIRoute] {
        let list = ModelList(access: models.access)
        let models = models
        let all = ["/api/models", "/api/v1/models"].map { path in
            APIRoute.async(.GET, path, .verified) { request in
                let principal = try request.principal()
                let refresh = request.query["refresh"]?.lowercased() == "true"
                let entries = try await list.entries(for: principal, refresh: refresh)
                return HTTPResponse(
                    json: ByteBuffer(string: "{\"object\":\"list\",\"data\":\(JSONText.array(entries))}"))
            }
        }
        return all + [
            // As OpenAI's clients ask for one.
            .async(.GET, "/api/models/{id}", .verified) { request in
                let entry = try await list.entry(request.parameters["id"] ?? "", for: request.principal())
                return HTTPResponse(json: ByteBuffer(string: entry))
            },
            .async(.GET, "/api/models/base", .admin) { _ in
                HTTPResponse(json: ByteBuffer(string: "{\"data\":\(JSONText.array(await list.base()))}"))
            },
            .async(.GET, "/api/v1/models/base", .admin) { _ in
                try await answer { () async throws(APIError) in JSONText.array(try await models.base().map(\.json)) }
            },
            .async(.GET, "/api/v1/models/list", .verified) { request in
                let search = try Self.search(request, models.access)
                return try await answer { () async throws(APIError) in
                    let found = try await models.search(search)
                    return "{\"items\":\(JSONText.array(found.models.map(\.json))),\"total\":\(found.total)}"
                }
            },
            .async(.GET, "/api/v1/models/tags", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    JSONText.array(try await models.tags(for: principal).map(JSONText.quoted))
                }
            },
        ]
    }

    /// `?query=&view_option=&tag=&order_by=&direction=&page=`; what is unknown is passed over, as in Open WebUI.
    private static func search(_ request: HTTPRequest, _ access: ModelAccess) throws(HTTPError) -> ModelSearch {
        let principal = try request.principal()
        var search = ModelSearch(userID: principal.userID, isUnrestricted: access.isUnrestricted(principal))
        let query = request.query
        search.text = query["query"] ?? ""
        search.tag = query["tag"] ?? ""
        for (name, text) in [("query", search.text), ("tag", search.tag)] where text.utf8.contains(0) {
            throw Validation.queryText(name)
        }
        search.view = query["view_option"].flatMap(ModelSearch.View.init)
        if let order = query["order_by"].flatMap(ModelSearch.Order.init) { search.order = order }
        if let direction = query["direction"] { search.isDescending = direction.lowercased() != "asc" }
        var page = 1
        if let text = query["page"] {
            guard let number = Int(text), abs(number) <= 1_000_000 else { throw Validation.query("page", text) }
            page = max(1, number)
        }
        search.limit = pageSize
        search.offset = (page - 1) * pageSize
        return search
    }

    // MARK: One model

    private var single: [APIRoute] {
        let models = models
        return [
            byID(.GET, "/api/v1/models/id/{id}") { id, principal async throws(APIError) in
                try await models.find(id, for: principal).withRights
            },
            byID(.GET, "/api/v1/models/model") { id, principal async throws(APIError) in
                try await models.find(id, for: principal).withRights
            },
            .async(.GET, "/api/v1/models/model/profile/image", .verified) { request in
                let principal = try request.principal()
                let id = request.query["id"] ?? ""
                // What is not there, and what is not the caller's, look alike.
                return ModelImage.response(try? await models.find(id, for: principal).record, request)
            },
        ]
    }

    /// A route about the model whose id is in the path or in the query.
    private func byID(
        _ method: HTTPMethod, _ pattern: String,
        _ body: @escaping @Sendable (String, Principal) async throws(APIError) -> String
    ) -> APIRoute {
        .async(method, pattern, .verified) { request in
            let principal = try request.principal()
            guard let id = request.parameters["id"] ?? request.query["id"] else {
                throw Validation.error([
                    .init(
                        type: "missing", location: [.name("query"), .name("id")], message: "Field required",
                        input: .null)
                ])
            }
            return try await answer { () async throws(APIError) in try await body(id, principal) }
        }
    }

    // MARK: Changes

    private var changes: [APIRoute] {
        let models = models
        let toggle: @Sendable (String, Principal) async throws(APIError) -> String = { id, principal in
            try await models.toggle(id, by: principal).json
        }
        let delete: @Sendable (String, Principal) async throws(APIError) -> String = { id, principal in
            try await models.delete(id, by: principal)
            return "true"
        }
        return [
            .async(.POST, "/api/v1/models/create", .verified, bodyLimit: bodyLimit) { request in
                let principal = try request.principal()
                // Before the form is looked at: who may not make models learns nothing of its faults.
                try await Self.need("workspace.models", principal, models)
                let form = try ModelForm(request.body)
                return try await answer { () async throws(APIError) in
                    try await models.create(form, by: principal).json
                }
            },
            .async(.POST, "/api/v1/models/id/{id}/update", .verified, bodyLimit: bodyLimit) { request in
                try await Self.update(request, models)
            },
            .async(.POST, "/api/v1/models/model/update", .verified, bodyLimit: bodyLimit) { request in
                try await Self.update(request, models)
            },
            .async(.POST, "/api/v1/models/id/{id}/access/update", .verified) { request in
                try await Self.updateAccess(request, models)
            },
            .async(.POST, "/api/v1/models/model/access/update", .verified) { request in
                try await Self.updateAccess(request, models)
            },
            byID(.GET, "/api/v1/models/id/{id}/toggle", toggle), byID(.POST, "/api/v1/models/id/{id}/toggle", toggle),
            byID(.POST, "/api/v1/models/model/toggle", toggle),
            byID(.DELETE, "/api/v1/models/id/{id}/delete", delete),
            byID(.DELETE, "/api/v1/models/model/delete", delete),
            .async(.POST, "/api/v1/models/model/delete", .verified) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                let id = form.text("id")
                try form.check()
                return try await answer { () async throws(APIError) in try await delete(id, principal) }
            },
            .async(.DELETE, "/api/v1/models/delete/all", .admin) { _ in
                try await answer { () async throws(APIError) in
                    try await models.deleteAll()
                    return "true"
                }
            },
        ]
    }

    /// Who may not change it learns nothing of the form's faults.
    private static func update(_ request: HTTPRequest, _ models: ModelService) async throws(HTTPError) -> HTTPResponse {
        let principal = try request.principal()
        let form: ModelForm
        do throws(HTTPError) {
            form = try ModelForm(request.body, id: request.parameters["id"])
        } catch {
            if principal.role != .admin { try await refuse(request.parameters["id"], principal, models) }
            throw error
        }
        return try await answer { () async throws(APIError) in try await models.update(form, by: principal).json }
    }

    private static func updateAccess(
        _ request: HTTPRequest, _ models: ModelService
    ) async throws(HTTPError) -> HTTPResponse {
        let principal = try request.principal()
        var form = try Validation(request.body)
        let id = request.parameters["id"] ?? form.text("id")
        let grants = AccessGrantForm.list(&form)
        if grants == nil { form.missing("access_grants") }
        do throws(HTTPError) {
            try form.check()
        } catch {
            if principal.role != .admin { try await refuse(id, principal, models) }
            throw error
        }
        return try await answer { () async throws(APIError) in
            try await models.updateAccess(id, grants ?? [], by: principal).json
        }
    }

    private static func refuse(_ id: String?, _ principal: Principal, _ models: ModelService) async throws(HTTPError) {
        guard let id else { return }
        let mayWrite = (try? await models.find(id, for: principal))?.mayWrite ?? false
        if !mayWrite { throw APIError.accessProhibited.httpError }
    }

    private static func need(
        _ permission: String, _ principal: Principal, _ models: ModelService
    ) async throws(HTTPError) {
        do throws(APIError) { try await models.need(permission, principal) } catch { throw error.httpError }
    }

    // MARK: Many at once

    private var many: [APIRoute] {
        let models = models
        return [
            .async(.GET, "/api/v1/models/export", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    JSONText.array(try await models.export(for: principal).map(\.json))
                }
            },
            .async(.POST, "/api/v1/models/import", .verified, bodyLimit: bodyLimit) { request in
                let principal = try request.principal()
                try await Self.need("workspace.models_import", principal, models)
                let entries = try Self.entries(request.body, requiring: [])
                return try await answer { () async throws(APIError) in
                    try await models.importModels(entries, by: principal)
                    return "true"
                }
            },
            .async(.POST, "/api/v1/models/sync", .admin, bodyLimit: bodyLimit) { request in
                let principal = try request.principal()
                let required = ["id", "user_id", "name", "params", "meta", "is_active", "updated_at", "created_at"]
                let entries = try Self.entries(request.body, requiring: required)
                return try await answer { () async throws(APIError) in
                    JSONText.array(try await models.sync(entries, by: principal).map(\.json))
                }
            },
        ]
    }

    private static func entries(_ body: ByteBuffer, requiring required: [String]) throws(HTTPError) -> [JSONSlice] {
        var form = try Validation(body)
        _ = form.objects("models", requiring: required)
        try form.check()
        return (try? JSONSlice(document: body))?.members?["models"]?.elements ?? []
    }
}
