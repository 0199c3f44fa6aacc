import Contracts
import Storage

/// Accounts as SCIM resources: what is changed of them. Each function is part of one transaction.
extension Users {
    /// Makes an account, or takes over one that matches if the rules allow it.
    /// - Parameter id: of the new account, given beforehand by a bulk request; nil: a new one.
    /// - Returns: the account's id.
    static func create(
        _ document: ResourceDocument, id: String?, _ context: inout WriteContext
    ) throws -> String {
        try document.checkRequired(.user)
        var document = document
        if document["active"] == nil { document["active"] = .bool(true) }
        if let match = try match(document, context) {
            guard match.provisioned == nil, mayAdopt(match, context) else { throw taken(document) }
            try store(document, of: match, &context)
            return match.user.id
        }
        let details = AccountDetails(document)
        let isActive = document["active"] == .bool(true)
        let user = User(
            id: id ?? WriteContext.newID(), name: details.name, email: details.email,
            role: isActive ? "user" : "pending", profileImageURL: "/user.png", now: context.seconds)
        try checkFree(document, details, except: user.id, context)
        try UserTable.insert(user, in: context.session)
        // No hash, so no password ever matches it; whoever wants one asks an administrator.
        try AuthTable.insert(
            Auth(id: user.id, email: user.email, password: WriteContext.newID(), active: isActive), in: context.session)
        if !context.rules.defaultGroupID.isEmpty {
            try GroupTable.addMember(
                id: WriteContext.newID(), groupID: context.rules.defaultGroupID, userID: user.id, at: context.seconds,
                in: context.session)
        }
        try save(document, details, id: user.id, nil, formerRole: isActive ? nil : "user", context)
        try context.note("created", userID: user.id, email: user.email, "POST \(details.userName)")
        context.changed([user.id])
        return user.id
    }

    /// Writes a document over an account's.
    static func update(
        _ id: String, _ context: inout WriteContext, _ change: (ResourceDocument) throws -> ResourceDocument
    ) throws {
        let user = try writable(id, context)
        let old = document(user)
        let new = try change(old)
        guard new != old || user.provisioned == nil else { return }
        try store(new, of: user, &context)
    }

    /// Deletes the account with its password, keys, sessions and memberships; chats are left to the retention policy.
    static func delete(_ id: String, _ context: inout WriteContext) throws {
        let user = try writable(id, context)
        try protectLastAdministrator(user, context, "deleted")
        try SCIMUserTable.forget(id: id, in: context.session)
        try context.session.run("DELETE FROM group_member WHERE user_id = ?", [.text(id)])
        try context.session.run("DELETE FROM oauth_session WHERE user_id = ?", [.text(id)])
        try UserTable.delete(id: id, in: context.session)
        try context.note("deleted", userID: id, email: user.user.email, "DELETE")
        context.changed([id])
    }

    // MARK: Who may be changed

    /// An account that is provisioned, or may be taken over.
    /// - Throws: 404; 403 for one that belongs to the application alone.
    static func writable(_ id: String, _ context: WriteContext) throws -> SCIMUser {
        guard let user = try SCIMUserTable.find(ids: [id], in: context.session).first else {
            throw SCIMError.notFound("User \(id)")
        }
        guard user.provisioned != nil || mayAdopt(user, context) else {
            throw SCIMError(403, nil, "This account was not provisioned; SCIM_ADOPT=true lets clients take it over.")
        }
        return user
    }

    /// Open WebUI's SCIM made it, or the operator lets clients take over accounts.
    private static func mayAdopt(_ user: SCIMUser, _ context: WriteContext) -> Bool {
        context.rules.adopts || (user.legacy.map { $0 != "null" && $0 != "{}" } ?? false)
    }

    /// The account that a new one would be the same as: by userName or e-mail, or else by external id.
    private static func match(_ document: ResourceDocument, _ context: WriteContext) throws -> SCIMUser? {
        let details = AccountDetails(document)
        let session = context.session
        var id = try SCIMUserTable.owner(userNameKey: details.userName.lowercased(), in: session)
        id = try id ?? UserTable.find(email: details.userName, in: session)?.id
        id = try id ?? UserTable.find(email: details.email, in: session)?.id
        if id == nil, let externalID = document.text("externalId") {
            id = try SCIMUserTable.legacyOwner(externalID: externalID, in: session)
        }
        return try id.flatMap { try SCIMUserTable.find(ids: [$0], in: session).first }
    }

    private static func taken(_ document: ResourceDocument) -> SCIMError {
        SCIMError(
            409, .uniqueness, "There is an account with this userName or e-mail: \(document.text("userName") ?? "").")
    }

    private static func checkFree(
        _ document: ResourceDocument, _ details: AccountDetails, except id: String, _ context: WriteContext
    ) throws {
        try details.check()
        let session = context.session
        let owner = try SCIMUserTable.owner(userNameKey: details.userName.lowercased(), in: session)
        let holder = try UserTable.find(email: details.email, in: session)?.id
        guard owner ?? id == id, holder ?? id == id else { throw taken(document) }
        // The userName of an account that is not provisioned is its e-mail.
        if let other = try UserTable.find(email: details.userName, in: session)?.id, other != id,
            try !SCIMUserTable.isProvisioned(id: other, in: session)
        {
            throw taken(document)
        }
    }

    private static func protectLastAdministrator(
        _ user: SCIMUser, _ context: WriteContext, _ what: String
    ) throws {
        guard user.user.role == "admin", !user.isDeactivated else { return }
        guard try SCIMUserTable.hasOtherAdministrator(than: user.user.id, in: context.session) else {
            throw SCIMError(403, nil, "The last administrator cannot be \(what).")
        }
    }

    // MARK: Writing

    private static func store(
        _ document: ResourceDocument, of user: SCIMUser, _ context: inout WriteContext
    ) throws {
        try document.checkRequired(.user)
        let (id, details) = (user.user.id, AccountDetails(document))
        try checkFree(document, details, except: id, context)
        let (role, formerRole) = try applyActive(document, user, context)
        if (details.name, details.email, role) != (user.user.name, user.user.email, user.user.role) {
            try UserTable.update(
                id: id, name: details.name, email: details.email, role: role,
                profileImageURL: user.user.profileImageURL, at: context.seconds, in: context.session)
        }
        try save(document, details, id: id, user.provisioned, formerRole: formerRole, context)
        if user.provisioned == nil {
            try context.note(
                "adopted", userID: id, email: user.user.email, "\(context.request.verb) \(details.userName)")
        } else {
            try context.note("changed", userID: id, email: details.email, context.request.verb)
        }
        context.changed([id])
    }

    /// Lets the account in or keeps it out, as the document says; the role, and the one to give back later.
    private static func applyActive(
        _ document: ResourceDocument, _ user: SCIMUser, _ context: WriteContext
    ) throws -> (role: String, formerRole: String?) {
        let (id, role, former) = (user.user.id, user.user.role, user.provisioned?.formerRole)
        guard case .bool(let wanted)? = document["active"], wanted != isActive(user) else { return (role, former) }
        if wanted {
            try AuthTable.setActive(true, id: id, email: user.user.email, in: context.session)
            try context.note("reactivated", userID: id, email: user.user.email, context.request.verb)
            return (role == "pending" ? former ?? "user" : role, nil)
        }
        try protectLastAdministrator(user, context, "deactivated")
        try AuthTable.setActive(false, id: id, email: user.user.email, in: context.session)
        // Sessions of before do not come back with the account.
        try RevocationTable.revokeAll(userID: id, before: context.now, keeping: nil, in: context.session)
        try context.note("deactivated", userID: id, email: user.user.email, context.request.verb)
        return ("pending", role)
    }

    private static func save(
        _ document: ResourceDocument, _ details: AccountDetails, id: String, _ old: SCIMUser.Provisioned?,
        formerRole: String?, _ context: WriteContext
    ) throws {
        let json = JSONValue.object(document.members)
        let emails = document["emails"]?.elements?.compactMap { $0["value"]?.text?.lowercased() } ?? []
        let row = SCIMUser.Provisioned(
            userNameKey: details.userName.lowercased(), displayNameKey: document.text("displayName")?.lowercased(),
            externalID: document.text("externalId"), formerRole: formerRole, document: json.jsonText,
            folded: json.folded.jsonText, emails: Set(emails), createdAt: old?.createdAt ?? context.now,
            updatedAt: max(context.now, (old?.updatedAt ?? 0) + 1))
        try SCIMUserTable.save(id, row, in: context.session)
    }
}

/// What the application's own columns get of a document.
struct AccountDetails {
    /// Characters of a name, an e-mail or a userName.
    static let limit = 255

    var userName: String
    var name: String
    /// Lower case: it is what people sign in with.
    var email: String

    init(_ document: ResourceDocument) {
        userName = document.text("userName") ?? ""
        let emails = document["emails"]?.elements ?? []
        let chosen =
            emails.first { $0["primary"] == .bool(true) } ?? emails.first { $0["type"]?.text?.lowercased() == "work" }
            ?? emails.first
        let address = chosen?["value"]?.text ?? ""
        email = (address.isEmpty ? userName : address).lowercased()
        let parts = ["givenName", "familyName"].compactMap { document["name"]?[$0]?.text }.joined(separator: " ")
        let names = [document.text("displayName"), document["name"]?["formatted"]?.text, parts, userName]
        let full = names.compactMap { $0 }.first { !$0.allSatisfy(\.isWhitespace) } ?? userName
        name = String(String.UnicodeScalarView(full.unicodeScalars.prefix(Self.limit)))
    }

    /// - Throws: 400 `invalidValue`.
    func check() throws(SCIMError) {
        guard userName.unicodeScalars.count <= Self.limit, email.unicodeScalars.count <= Self.limit else {
            throw .invalid(.invalidValue, "userName and e-mail have at most \(Self.limit) characters.")
        }
    }
}
