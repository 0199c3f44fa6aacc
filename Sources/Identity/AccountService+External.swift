import FoundationEssentials
import Storage

extension AccountService {
    /// Signs in who was proved elsewhere; makes the account if there is none and that is allowed.
    ///
    /// Found by the provider's account first, then by e-mail. The first of all accounts becomes administrator. An account
    /// that was deactivated stays out.
    public func signIn(external identity: ExternalIdentity) async throws(APIError) -> SessionResponse {
        guard EmailAddress.isValid(identity.email), EmailAddress.couldBeStored(identity.email) else {
            throw .invalidEmail
        }
        var identity = identity
        identity.name = Self.storable(identity.name, else: identity.email)
        let (settings, now) = (store.settings, clock.now())
        let found = identity
        let user = try await write { session in
            try ExternalSignIn(identity: found, settings: settings, now: now).run(in: session)
        }
        authenticator.forget(userID: user.id)
        return try await respond(user)
    }

    /// A name of at most 255 characters without NUL.
    private static func storable(_ name: String, else fallback: String) -> String {
        let name = String(String.UnicodeScalarView(name.unicodeScalars.filter { $0 != "\0" }.prefix(255)))
        return name.isEmpty ? fallback : name
    }
}

/// One transaction: the account, its role and its groups.
private struct ExternalSignIn {
    let identity: ExternalIdentity
    let settings: IdentitySettings
    let now: Int64

    func run(in session: any SQLSession) throws -> User {
        let found = try find(in: session)
        if let found, try AuthTable.find(id: found.id, in: session)?.active == false {
            throw APIError.invalidCredentials
        }
        var user = try found ?? create(in: session)
        try link(user, in: session)
        let isOnlyAccount = try UserTable.count(in: session) == 1
        if let role = isOnlyAccount ? .admin : identity.role, role != Role(stored: user.role) {
            try UserTable.updateRole(id: user.id, role: role.rawValue, at: now, in: session)
            user.role = role.rawValue
        }
        if found != nil, identity.replacesImage, let url = identity.profileImageURL, url != user.profileImageURL {
            try UserTable.update(
                id: user.id, name: user.name, email: user.email, role: user.role, profileImageURL: url, at: now,
                in: session)
            user.profileImageURL = url
        }
        if let groups = identity.groups, Role(stored: user.role) != .admin {
            try synchronise(user, groups, in: session)
        }
        return user
    }

    private func find(in session: any SQLSession) throws -> User? {
        if let account = identity.providerAccount {
            let found = try UserTable.find(provider: account.provider, subject: account.subject, in: session)
            if let found { return found }
        }
        guard let user = try UserTable.find(email: identity.email, in: session) else { return nil }
        // Where nobody could be made, that the e-mail is taken is nobody's business.
        guard try identity.mayMergeByEmail || isProvisioned(user, in: session) else {
            throw identity.mayCreate ? APIError.emailTaken : .accessProhibited
        }
        return user
    }

    /// The directory that has made the account has said whose e-mail it is.
    private func isProvisioned(_ user: User, in session: any SQLSession) throws -> Bool {
        try identity.isEmailVerified && SCIMUserTable.isProvisioned(id: user.id, in: session)
    }

    private func create(in session: any SQLSession) throws -> User {
        guard identity.mayCreate else { throw APIError.accessProhibited }
        var user = User(
            id: UUID().uuidString.lowercased(), name: identity.name, email: identity.email,
            role: (identity.role ?? settings.defaultUserRole).rawValue,
            profileImageURL: identity.profileImageURL ?? "/user.png", now: now)
        if try UserTable.isEmpty(in: session) { user.role = Role.admin.rawValue }
        // No hash, so no password ever matches it; whoever wants one asks an administrator.
        try AccountService.insert(user, password: UUID().uuidString.lowercased(), settings, in: session)
        return user
    }

    private func link(_ user: User, in session: any SQLSession) throws {
        guard let account = identity.providerAccount else { return }
        try UserTable.link(
            id: user.id, provider: account.provider, subject: account.subject, isNumber: account.isNumber, at: now,
            in: session)
    }

    private func synchronise(
        _ user: User, _ decision: ExternalIdentity.GroupDecision, in session: any SQLSession
    ) throws {
        let wanted = Set(decision.names.filter(decision.manages))
        let all = try GroupTable.all(in: session)
        let current = Set(try GroupTable.of(userID: user.id, in: session).map(\.id))
        for group in all where decision.manages(group.name) {
            if wanted.contains(group.name), !current.contains(group.id) {
                try join(group.id, user, in: session)
            } else if !wanted.contains(group.name), current.contains(group.id) {
                try GroupTable.removeMember(groupID: group.id, userID: user.id, in: session)
            }
        }
        guard decision.creates else { return }
        let owner = try UserTable.firstAdministratorID(in: session)
        for name in wanted.subtracting(all.map(\.name)).sorted() where !name.isEmpty && name.utf8.count <= 255 {
            let group = Group(
                id: UUID().uuidString.lowercased(), userID: owner, name: name, description: "", now: now)
            try GroupTable.insert(group, in: session)
            try join(group.id, user, in: session)
        }
    }

    private func join(_ groupID: String, _ user: User, in session: any SQLSession) throws {
        try GroupTable.addMember(
            id: UUID().uuidString.lowercased(), groupID: groupID, userID: user.id, at: now, in: session)
    }
}
