import Contracts
import Identity
import Storage

/// Many rows at once. All or none.
extension ModelService {
    /// Adds what is new, and changes what is there, entry by entry. What has no id is passed over.
    func importModels(_ entries: [JSONSlice], by principal: Principal) async throws(APIError) {
        try await need("workspace.models_import", principal)
        guard entries.count <= Self.importLimit else {
            throw APIError(status: 400, detail: "At most \(Self.importLimit) models at a time.")
        }
        let ids = entries.compactMap { $0.members?["id"]?.text }
        let userID = principal.userID
        let old = try await read { session in
            var found: [String: (record: ModelRecord, rights: ModelRights)] = [:]
            for id in ids where !id.utf8.contains(0) {
                found[id] = try ModelTable.find(id: id, for: userID, in: session)
            }
            return found
        }
        let now = clock()
        var changes: [(record: ModelRecord, grants: [AccessGrant]?)] = []
        for entry in entries {
            guard let id = entry.members?["id"]?.text, !id.isEmpty else { continue }
            let before = old[id]
            guard let form = ModelForm(entry, over: before?.record) else {
                throw APIError(status: 400, detail: "A new model must have a name: \(id.prefix(64))")
            }
            try await check(form, by: principal)
            if let before, principal.role != .admin, !before.rights.mayWrite { throw APIError.accessProhibited }
            var grants: [AccessGrant]?
            if let sent = form.grants { grants = try await self.grants(sent, by: principal, now: now) }
            let record = before.map { form.record(over: $0.record, now: now) } ?? form.record(userID: userID, now: now)
            changes.append((record, grants))
        }
        let all = changes
        try await write { session in
            for (record, grants) in all { try Self.store(record, grants, in: session) }
        }
    }

    /// Makes the rows exactly these; the caller owns them.
    func sync(_ entries: [JSONSlice], by principal: Principal) async throws(APIError) -> [Entry] {
        guard entries.count <= Self.importLimit else {
            throw APIError(status: 400, detail: "At most \(Self.importLimit) models at a time.")
        }
        let now = clock()
        let forms = entries.compactMap { ModelForm($0, over: nil) }
        for form in forms { try await check(form, by: principal) }
        var kept: [String: Int64] = [:]
        for entry in entries {
            guard let members = entry.members, let id = members["id"]?.text else { continue }
            kept[id] = members["created_at"].flatMap { Int64(String(buffer: $0.bytes)) } ?? now
        }
        let created = kept
        return try await write { session in
            let stored = try ModelTable.all(in: session)
            for old in stored where created[old.id] == nil { try ModelTable.delete(id: old.id, in: session) }
            for form in forms {
                var record = form.record(userID: principal.userID, now: now)
                record.createdAt = created[form.id] ?? now
                try Self.store(record, (form.grants ?? []).map { $0.grant(now: now) }, in: session)
            }
            return try Self.entries(ModelTable.all(in: session), in: session)
        }
    }

    private static func store(
        _ record: ModelRecord, _ grants: [AccessGrant]?, in session: some SQLSession
    ) throws {
        if try !ModelTable.update(record, in: session) { try ModelTable.insert(record, in: session) }
        if let grants { try AccessGrantTable.replace(.model, id: record.id, with: grants, in: session) }
    }
}
