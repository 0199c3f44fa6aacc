import Contracts
import HTTPFront
import Identity
import NIOCore
import Storage

extension ModelAccess {
    /// The body to send for a model that `resolve` gave: its upstream's name, its parameters, its system prompt with the
    /// variables filled in. The very same bytes where the model has nothing to add.
    ///
    /// - Parameter variables: what the client says of itself (the request's `variables`).
    ///
    /// Also for plain models: it takes second spellings of `model` out, which a backend might go by.
    /// - Throws: 422 for what is no JSON object.
    func prepared(
        _ body: ByteBuffer, for model: ResolvedModel, _ form: ModelRequest.Form, by principal: Principal,
        client variables: JSONValue? = nil
    ) async throws(HTTPError) -> ByteBuffer {
        var system: String?
        if let template = model.system {
            var values = try await self.variables(for: principal, in: template)
            values.add(client: variables)
            system = values.filled(template)
        }
        return try ModelRequest(model: model, form: form, system: system).rewritten(body)
    }

    /// The account is only read where a template needs it.
    func variables(for principal: Principal, in template: String) async throws(HTTPError) -> PromptVariables {
        var account: UserRecord?
        if PromptVariables.needsAccount(template) {
            let id = principal.userID
            account = try await read { try UserTable.record(id: id, in: $0) }
        }
        return PromptVariables(
            name: principal.name, email: principal.email, account: account, time: IdentityClock.system.now())
    }
}
