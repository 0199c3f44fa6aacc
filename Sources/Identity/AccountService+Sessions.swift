import FoundationEssentials
import Storage

/// The end of sessions, before their tokens expire. It holds at the next request, without Redis too.
extension AccountService {
    /// Ends the session that the caller came with. An API key is no session and stays.
    public func signOut(_ principal: Principal, token: String) async throws(APIError) {
        guard case .session(let jti, let expiresAt) = principal.credential, !jti.isEmpty else { return }
        let now = clock.now()
        try await write { session in
            try RevocationTable.revoke(jti: jti, expiresAt: expiresAt, in: session)
            try RevocationTable.purge(expiredBefore: now, limit: 100, in: session)
        }
        authenticator.sessionEnded(token: token, jti: jti, expiresAt: expiresAt)
    }

    /// Changes the caller's own password, and ends the account's other sessions.
    public func changePassword(
        _ principal: Principal, from old: String, to new: String
    ) async throws(APIError) {
        guard !store.settings.usesTrustedHeader else {
            throw APIError(status: 400, detail: APIError.actionProhibited.detail)
        }
        guard await allowsAttempt(principal.email) else { throw .rateLimited }
        let stored = try await read { try AuthTable.find(id: principal.userID, in: $0) }
        let matches = try await checkingPassword { () async throws(PasswordError) in
            try await self.hasher.verify(old, against: stored?.password)
        }
        guard matches else { throw .incorrectPassword }
        let hash = try await hash(new)
        try await write { session in
            guard try AuthTable.updatePassword(id: principal.userID, hash: hash, in: session) else {
                throw APIError.incorrectPassword
            }
            try self.endSessions(of: principal.userID, keeping: principal, in: session)
        }
        authenticator.forget(userID: principal.userID)
    }

    /// Counts one attempt with a password: for all hosts together, and for this one alone while they cannot be asked.
    func allowsAttempt(_ email: String) async -> Bool {
        let decision = await authenticator.shared.allowSignIn(email: email)
        if decision == false { return false }
        // Counted here too, in case that the others cannot be asked from now on.
        let isAllowedHere = limiter.allow(email, now: clock.monotonic())
        return decision ?? isAllowedHere
    }

    /// Ends all sessions of an account, apart from the one of `principal` if it is that account's.
    func endSessions(of userID: String, keeping principal: Principal?, in session: any SQLSession) throws {
        var kept: String?
        if let principal, principal.userID == userID, case .session(let jti, _) = principal.credential, !jti.isEmpty {
            kept = jti
        }
        try RevocationTable.revokeAll(userID: userID, before: clock.milliseconds(), keeping: kept, in: session)
    }
}
