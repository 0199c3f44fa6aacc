import Contracts
import Storage

extension AccessGrant {
    /// - Parameter id: the resource's.
    func json(_ resource: GrantedResource, id resourceID: String) -> String {
        var object = JSONObjectText()
        object.add("id", id)
        object.add("resource_type", resource.rawValue)
        object.add("resource_id", resourceID)
        object.add("principal_type", principalType.rawValue)
        object.add("principal_id", principalID)
        object.add("permission", permission.rawValue)
        object.add("created_at", createdAt)
        return object.text
    }
}

extension ModelRecord {
    /// ModelModel of Open WebUI; `more` adds to it.
    func json(
        _ grants: [AccessGrant], hasParams: Bool = true, _ more: (inout JSONObjectText) -> Void = { _ in }
    ) -> String {
        var object = JSONObjectText()
        object.add("id", id)
        object.add("user_id", userID)
        object.add("base_model_id", baseModelID)
        object.add("name", name)
        if hasParams { object.add("params", json: params) }
        object.add("meta", json: meta)
        object.add("access_grants", json: JSONText.array(grants.map { $0.json(.model, id: id) }))
        object.add("is_active", isActive)
        object.add("updated_at", updatedAt)
        object.add("created_at", createdAt)
        more(&object)
        return object.text
    }
}

extension ModelService.Entry {
    var json: String { record.json(grants) }

    /// ModelAccessResponse of Open WebUI.
    var withRights: String {
        record.json(grants) { object in
            object.add("user", json: nil)
            object.add("write_access", mayWrite)
        }
    }
}

extension ListedModel {
    var json: String {
        record.json(grants) { object in
            object.add("user", json: owner?.json)
            object.add("write_access", mayWrite)
        }
    }
}

extension ListedModel.Owner {
    fileprivate var json: String {
        var object = JSONObjectText()
        object.add("id", id)
        object.add("name", name)
        object.add("role", role)
        object.add("email", email)
        return object.text
    }
}
