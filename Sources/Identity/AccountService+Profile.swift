import FoundationEssentials
import Storage

/// What people set of their own account, and accounts that administrators make.
extension AccountService {
    /// What the frontend's account page sends.
    public struct Profile: Sendable {
        public var name: String
        public var imageURL: String
        public var bio: String?
        public var gender: String?
        /// `YYYY-MM-DD`.
        public var dateOfBirth: String?

        public init(name: String, imageURL: String, bio: String?, gender: String?, dateOfBirth: String?) {
            self.name = name
            self.imageURL = imageURL
            self.bio = bio
            self.gender = gender
            self.dateOfBirth = dateOfBirth
        }
    }

    public func updateProfile(_ principal: Principal, _ profile: Profile) async throws(APIError) -> User {
        guard profile.name.unicodeScalars.count <= 255 else { throw .invalidName }
        let now = clock.now()
        let user = try await write { session -> User? in
            try UserTable.updateProfile(
                id: principal.userID, name: profile.name, imageURL: profile.imageURL, bio: profile.bio,
                gender: profile.gender, dateOfBirth: profile.dateOfBirth, at: now, in: session)
            return try UserTable.find(id: principal.userID, in: session)
        }
        authenticator.forget(userID: principal.userID)
        guard let user else { throw .invalidToken }
        return user
    }

    public func updateTimezone(_ principal: Principal, _ timezone: String) async throws(APIError) {
        try await write { try UserTable.updateTimezone(id: principal.userID, timezone: timezone, in: $0) }
    }

    /// An account that an administrator makes, with a session of it.
    public func add(
        name: String, email: String, password: String, role: String, profileImageURL: String
    ) async throws(APIError) -> SessionResponse {
        let email = email.lowercased()
        guard let role = Role(rawValue: role) else {
            throw APIError(status: 400, detail: "The role must be pending, user or admin.")
        }
        guard EmailAddress.isValid(email) else { throw .invalidEmail }
        guard name.unicodeScalars.count <= 255 else { throw .invalidName }
        guard try await read({ try UserTable.find(email: email, in: $0) }) == nil else { throw .emailTaken }
        let hash = try await hash(password)
        let settings = store.settings
        let user = User(
            id: UUID().uuidString.lowercased(), name: name, email: email, role: role.rawValue,
            profileImageURL: profileImageURL, now: clock.now())
        try await write { session in
            guard try UserTable.find(email: email, in: session) == nil else { throw APIError.emailTaken }
            try Self.insert(user, password: hash, settings, in: session)
        }
        return try await respond(user)
    }

    /// Whom those who wait may ask, if they are told.
    public func administrator() async throws(APIError) -> (name: String?, email: String?) {
        let settings = store.settings
        guard settings.showsAdministrator else {
            throw APIError(status: 400, detail: APIError.actionProhibited.detail)
        }
        let email = settings.administratorEmail
        let user = try await read { session -> User? in
            if !email.isEmpty { return try UserTable.find(email: email, in: session) }
            guard let id = try UserTable.firstID(in: session) else { return nil }
            return try UserTable.find(id: id, in: session)
        }
        return (user?.name, email.isEmpty ? user?.email : email)
    }

    /// What administrators see of an account that they name by its e-mail.
    public func details(email: String) async throws(APIError) -> (record: UserRecord, hasAPIKey: Bool) {
        let found = try await read { session -> (record: UserRecord, hasAPIKey: Bool)? in
            guard let user = try UserTable.find(email: email, in: session),
                let record = try UserTable.record(id: user.id, in: session)
            else { return nil }
            return (record, try APIKeyTable.find(userID: user.id, in: session) != nil)
        }
        guard let found else { throw APIError(status: 404, detail: UserService.notFound.detail) }
        return found
    }
}
