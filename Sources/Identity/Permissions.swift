import Storage

/// The rights of an account: the default tree, and what its groups add.
public enum Permissions {
    /// The right to have and use an API key.
    public static let apiKeys = "features.api_keys"

    /// A group whose tree cannot be read adds nothing.
    public static func of(
        userID: String, _ defaults: PermissionTree, in session: some SQLSession
    ) throws -> PermissionTree {
        try GroupTable.permissions(userID: userID, in: session).reduce(defaults) { tree, json in
            guard let group = try? PermissionTree(json: json) else { return tree }
            return tree.merging(group)
        }
    }
}
