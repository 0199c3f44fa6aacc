/// A row of `user` with all its columns, and the ids of the user's groups. JSON columns pass through as text.
public struct UserRecord: Sendable, Equatable {
    public var user: User
    public var username: String?
    public var profileBannerImageURL: String?
    public var timezone: String?
    public var presenceState: String?
    public var info: String?
    public var settings: String?
    public var oauth: String?
    public var scim: String?
    /// 1 (lowest) to 10.
    public var jobPriority: Int64
    public var groupIDs: [String]
}
