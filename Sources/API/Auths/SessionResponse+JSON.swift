import Contracts
import Identity

extension SessionResponse {
    /// What its `Encodable` says, written by hand: every page of the frontend asks for it, and an encoder takes a third of
    /// the whole request.
    var json: String {
        var object = JSONObjectText()
        object.add("id", user.id)
        object.add("email", user.email)
        object.add("name", user.name)
        object.add("role", role.rawValue)
        object.add("token", token)
        object.add("token_type", "Bearer")
        object.add("expires_at", expiresAt)
        object.add("permissions", json: permissions.json)
        object.add(
            "profile_image_url", withProfile ? user.profileImageURL : "/api/v1/users/\(user.id)/profile/image")
        guard withProfile else { return object.text }
        object.add("bio", user.bio)
        object.add("gender", user.gender)
        object.add("date_of_birth", user.dateOfBirth)
        object.add("status_emoji", user.statusEmoji)
        object.add("status_message", user.statusMessage)
        object.add("status_expires_at", user.statusExpiresAt)
        return object.text
    }
}
