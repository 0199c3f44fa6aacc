import Contracts
import HTTPFront
import Identity

/// Whom a server with OpenAI's API may be told about. What it is told is its connection's configuration to say; a
/// caller's tokens are only taken along where a connection asks for them.
struct OpenAIAskers: Sendable {
    let board: SettingsBoard
    /// The caller's token at the provider with which they signed in, by the cookie's session.
    let oauthToken: @Sendable (_ sessionID: String, _ userID: String) async throws(APIError) -> String?

    func asker(_ request: HTTPRequest, _ principal: Principal) async throws(HTTPError) -> OpenAIAsker {
        var asker = OpenAIAsker()
        asker.id = principal.userID
        asker.name = principal.name
        asker.email = principal.email
        asker.role = principal.role.rawValue
        let configs = board.settings.text("OPENAI_API_CONFIGS")
        if configs.contains("\"session\"") { asker.sessionToken = Admission.token(request.headers) ?? "" }
        if configs.contains("\"system_oauth\""), let id = Admission.cookie("oauth_session_id", request.headers) {
            do throws(APIError) {
                asker.oauthToken = try await oauthToken(id, principal.userID) ?? ""
            } catch {
                throw error.httpError
            }
        }
        return asker
    }
}
