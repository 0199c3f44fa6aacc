import HTTPFront
import Identity
import NIOHTTP1
import Storage

/// Whom the tokens of provisioning clients belong to. Read at each request, so that a removed one is refused at once.
struct ProvisioningClients: Sendable {
    let database: Database
    let board: SettingsBoard

    var isOn: Bool { board.settings.flag("ENABLE_SCIM") }

    /// The token's name; nil: it is none.
    /// - Throws: `StorageError`.
    func owner(of token: String) async throws -> String? {
        let configured = board.settings.text("SCIM_TOKEN")
        return try await database.read { session in
            ProvisioningTokens.owner(
                of: token, configured: configured, stored: try SCIMTokenTable.all(in: session))
        }
    }
}

/// A provisioning client that came with a token: what a request's context is then.
struct ProvisioningClient: Sendable {
    var name: String
}

extension Admission {
    /// A provisioning client's token, or an administrator's session or key; from the header alone, for no browser sends
    /// that by itself.
    func admitProvisioning(_ request: inout HTTPRequest) -> HTTPAdmission {
        guard provisioning.isOn else { return .refused(SCIMAnswer.off) }
        guard let token = Self.bearer(request.headers) else {
            return .refused(SCIMAnswer.unauthorized("Not authenticated"))
        }
        let path = String(request.rawPath)
        if let principal = authenticator.cached(token, path: path) { return decideProvisioning(&request, principal) }
        return .later { request in
            do {
                if let name = try await provisioning.owner(of: token) {
                    request.context = ProvisioningClient(name: name)
                    return .admitted
                }
                return decideProvisioning(&request, try await authenticator.authenticate(token, path: path))
            } catch let error as AuthenticationError {
                note(request, "\(error.response.status)", nil)
                return .refused(SCIMAnswer.error(error.response))
            } catch {
                return .refused(SCIMAnswer.unavailable("The database does not answer."))
            }
        }
    }

    private func decideProvisioning(_ request: inout HTTPRequest, _ principal: Principal) -> HTTPAdmission {
        if let refusal = refusal(request, .provisioning, principal) {
            note(request, "\(refusal.status)", principal)
            return .refused(SCIMAnswer.error(refusal))
        }
        request.context = principal
        return .admitted
    }
}
