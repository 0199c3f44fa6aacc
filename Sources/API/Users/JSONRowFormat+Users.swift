import Storage

extension JSONRowFormat {
    /// `UserRecord.json` for a page of accounts, with the ids of their groups.
    static let listedUser = JSONRowFormat(
        users: [
            ("id", .id, .text), ("email", .email, .text), ("username", .username, .text), ("role", .role, .text),
            ("name", .name, .text), ("profile_image_url", .profileImageURL, .text),
            ("profile_banner_image_url", .profileBannerImageURL, .text), ("bio", .bio, .text),
            ("gender", .gender, .text), ("date_of_birth", .dateOfBirth, .text), ("timezone", .timezone, .text),
            ("presence_state", .presenceState, .text), ("status_emoji", .statusEmoji, .text),
            ("status_message", .statusMessage, .text), ("status_expires_at", .statusExpiresAt, .integer),
            ("info", .info, .json), ("settings", .settings, .json), ("oauth", .oauth, .json), ("scim", .scim, .json),
            ("last_active_at", .lastActiveAt, .integer), ("updated_at", .updatedAt, .integer),
            ("created_at", .createdAt, .integer), ("job_priority", .jobPriority, .integer),
            ("group_ids", .groupIDs, .texts),
        ])

    private init(users: [(name: String, column: UserTable.Column, kind: Kind)]) {
        self.init(users.map { (name: $0.name, column: $0.column.rawValue, kind: $0.kind) })
    }
}
