import Contracts
import Identity
import Storage

extension UserRecord {
    /// UserModel of Open WebUI; `more` adds to it.
    func json(_ more: (inout JSONObjectText) -> Void = { _ in }) -> String {
        var object = JSONObjectText()
        object.add("id", user.id)
        object.add("email", user.email)
        object.add("username", username)
        object.add("role", user.role)
        object.add("name", user.name)
        object.add("profile_image_url", user.profileImageURL)
        object.add("profile_banner_image_url", profileBannerImageURL)
        object.add("bio", user.bio)
        object.add("gender", user.gender)
        object.add("date_of_birth", user.dateOfBirth)
        object.add("timezone", timezone)
        object.add("presence_state", presenceState)
        object.add("status_emoji", user.statusEmoji)
        object.add("status_message", user.statusMessage)
        object.add("status_expires_at", user.statusExpiresAt)
        object.add("info", json: info)
        object.add("settings", json: settings)
        object.add("oauth", json: oauth)
        object.add("scim", json: scim)
        object.add("last_active_at", user.lastActiveAt)
        object.add("updated_at", user.updatedAt)
        object.add("created_at", user.createdAt)
        object.add("job_priority", jobPriority)
        more(&object)
        return object.text
    }
}

extension OAuthSession {
    var json: String {
        var object = JSONObjectText()
        object.add("id", id)
        object.add("user_id", userID)
        object.add("provider", provider)
        object.add("expires_at", expiresAt)
        object.add("created_at", createdAt)
        object.add("updated_at", updatedAt)
        return object.text
    }
}
