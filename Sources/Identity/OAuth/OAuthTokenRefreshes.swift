/// Refreshes of provider tokens that are under way, one for each session: a refresh token often counts only once.
actor OAuthTokenRefreshes {
    private var pending: [String: Task<Result<String?, APIError>, Never>] = [:]

    /// Runs `body`, unless that is done for the session already; then waits for that.
    func run(
        _ sessionID: String, _ body: @escaping @Sendable () async throws(APIError) -> String?
    ) async throws(APIError) -> String? {
        if let running = pending[sessionID] { return try await running.value.get() }
        // Not the caller's own: a caller that leaves must not lose the new token.
        let task = Task { () -> Result<String?, APIError> in
            do throws(APIError) { return .success(try await body()) } catch { return .failure(error) }
        }
        pending[sessionID] = task
        defer { pending[sessionID] = nil }
        return try await task.value.get()
    }
}
