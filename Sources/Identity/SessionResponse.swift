import Storage

/// The answer of sign-up, sign-in and `GET /api/v1/auths/`.
///
/// The cookie `token` gets the same token, and `expiresAt` as its expiry.
public struct SessionResponse: Sendable, Equatable {
    public let user: User
    public let token: String
    /// Epoch seconds; nil if the token does not expire.
    public let expiresAt: Int64?
    public let permissions: PermissionTree
    /// Whether the fields of the user's profile are told too, as `GET /api/v1/auths/` does.
    public let withProfile: Bool

    public var role: Role { Role(stored: user.role) }
}

extension SessionResponse: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, email, name, role, token, permissions, bio, gender
        case tokenType = "token_type"
        case expiresAt = "expires_at"
        case profileImageURL = "profile_image_url"
        case dateOfBirth = "date_of_birth"
        case statusEmoji = "status_emoji"
        case statusMessage = "status_message"
        case statusExpiresAt = "status_expires_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(user.id, forKey: .id)
        try container.encode(user.email, forKey: .email)
        try container.encode(user.name, forKey: .name)
        try container.encode(role, forKey: .role)
        try container.encode(token, forKey: .token)
        try container.encode("Bearer", forKey: .tokenType)
        // Absent values are null, never left out: the frontend tells the two apart.
        try container.encode(expiresAt, forKey: .expiresAt)
        try container.encode(permissions, forKey: .permissions)
        try container.encode(
            withProfile ? user.profileImageURL : "/api/v1/users/\(user.id)/profile/image", forKey: .profileImageURL)
        guard withProfile else { return }
        try container.encode(user.bio, forKey: .bio)
        try container.encode(user.gender, forKey: .gender)
        try container.encode(user.dateOfBirth, forKey: .dateOfBirth)
        try container.encode(user.statusEmoji, forKey: .statusEmoji)
        try container.encode(user.statusMessage, forKey: .statusMessage)
        try container.encode(user.statusExpiresAt, forKey: .statusExpiresAt)
    }
}
