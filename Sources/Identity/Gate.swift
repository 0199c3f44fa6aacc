/// What a route asks of its caller.
public enum Access: Sendable, Hashable, CaseIterable {
    case anyone
    /// Signed in, whatever the role.
    case authenticated
    /// A user or an administrator.
    case verified
    case admin
    /// An administrator, or a provisioning client with a token of its own.
    case provisioning
}

/// The decision by role, the same for HTTP, sockets and realtime.
public enum Gate {
    /// Nil if the caller may pass; else what to answer.
    ///
    /// A wrong role is 403, where Open WebUI says 401: here 401 only means "not signed in".
    public static func decide(_ access: Access, _ principal: Principal?) -> APIError? {
        if access == .anyone { return nil }
        guard let principal else { return .notAuthenticated }
        return switch (access, principal.role) {
        case (.anyone, _), (.authenticated, _), (_, .admin), (.verified, .user): nil
        case (.verified, .pending), (.admin, .pending), (.admin, .user), (.provisioning, .pending),
            (.provisioning, .user):
            .accessProhibited
        }
    }
}
