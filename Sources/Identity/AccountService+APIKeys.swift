import Storage

extension AccountService {
    /// Makes a new API key, the only one of its user: the old one is void at once.
    ///
    /// Administrators need the permission too, as in Open WebUI.
    public func createAPIKey(_ principal: Principal) async throws(APIError) -> String {
        let settings = store.settings
        guard settings.enableAPIKeys, try await permissions(of: principal.userID, settings).allows(Permissions.apiKeys)
        else { throw .apiKeyCreationNotAllowed }
        let key = APIKey(userID: principal.userID, key: APIKeyPolicy.makeKey(), now: clock.now())
        try await write { session in
            guard try UserTable.find(id: key.userID, in: session) != nil else { throw APIError.invalidToken }
            try APIKeyTable.replace(with: key, in: session)
        }
        authenticator.forget(userID: principal.userID)
        return key.key
    }

    /// - Returns: whether there was one.
    @discardableResult
    public func deleteAPIKey(_ principal: Principal) async throws(APIError) -> Bool {
        let deleted = try await write { try APIKeyTable.delete(userID: principal.userID, in: $0) }
        authenticator.forget(userID: principal.userID)
        return deleted
    }

    /// The caller's key. 404 without one.
    public func apiKey(of principal: Principal) async throws(APIError) -> String {
        let key = try await read { try APIKeyTable.find(userID: principal.userID, in: $0) }
        guard let key else { throw .apiKeyNotFound }
        return key
    }
}
