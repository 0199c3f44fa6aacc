import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import Logging
import Storage

/// The registry: who may see and change the rows of models, and what becomes of them.
///
/// Administrators may do everything; others what they own or have a grant for. Making, exporting and importing are
/// permissions of their own (`workspace.models`, `…_export`, `…_import`), public grants too (`sharing.public_models`).
/// Only an administrator makes or changes what concerns a base model itself: it holds for everybody.
struct ModelService: Sendable {
    let access: ModelAccess
    let users: UserService
    let clock: @Sendable () -> Int64

    static let notFound = APIError(status: 404, detail: "We could not find what you're looking for :/")
    static let idTaken = APIError(
        status: 400, detail: "Uh-oh! This model id is already registered. Please choose another model id string.")
    static let idTooLong = APIError(
        status: 400,
        detail: "The model id is too long. Please make sure your model id is less than 256 characters long.")
    static let baseIsProtected = APIError(
        status: 403, detail: "Only an administrator may make or change a model without a base model.")
    /// Models of one import.
    static let importLimit = 10_000

    /// A row with what its reader may know.
    struct Entry: Sendable {
        var record: ModelRecord
        var grants: [AccessGrant]
        var mayWrite: Bool
    }

    // MARK: Reading

    func search(_ search: ModelSearch) async throws(APIError) -> (models: [ListedModel], total: Int) {
        try await read { try ModelTable.search(search, in: $0) }
    }

    func base() async throws(APIError) -> [Entry] {
        try await read { session in try Self.entries(ModelTable.base(in: session), in: session) }
    }

    /// For one who may read it; else as if it were not there.
    func find(_ id: String, for principal: Principal) async throws(APIError) -> Entry {
        let isUnrestricted = access.isUnrestricted(principal)
        let userID = principal.userID
        let entry = try await read { session -> Entry? in
            guard let (record, rights) = try ModelTable.find(id: Self.checked(id), for: userID, in: session),
                isUnrestricted || rights.mayRead
            else { return nil }
            return Entry(
                record: record, grants: try AccessGrantTable.of(.model, id: record.id, in: session),
                mayWrite: isUnrestricted || rights.mayWrite)
        }
        guard let entry else { throw Self.notFound }
        return entry
    }

    func tags(for principal: Principal) async throws(APIError) -> [String] {
        let (isUnrestricted, userID) = (access.isUnrestricted(principal), principal.userID)
        let records = try await read { session in
            try ModelTable.custom(
                .read, userID: userID, isUnrestricted: isUnrestricted, isLight: true, in: session)
        }
        let names = records.flatMap { ModelTags.names(meta: $0.meta) }
        return Set(names).sorted()
    }

    func export(for principal: Principal) async throws(APIError) -> [Entry] {
        try await need("workspace.models_export", principal)
        let (isUnrestricted, userID) = (access.isUnrestricted(principal), principal.userID)
        return try await read { session in
            try Self.entries(
                ModelTable.custom(
                    .write, userID: userID, isUnrestricted: isUnrestricted, isLight: false, in: session), in: session)
        }
    }

    // MARK: Making and changing

    func create(_ form: ModelForm, by principal: Principal) async throws(APIError) -> Entry {
        try await need("workspace.models", principal)
        try await check(form, by: principal)
        let now = clock()
        let record = form.record(userID: principal.userID, now: now)
        let grants = try await grants(form.grants ?? [], by: principal, now: now)
        return try await write { session in
            guard try ModelTable.find(id: record.id, in: session) == nil else { throw Self.idTaken }
            try ModelTable.insert(record, in: session)
            try AccessGrantTable.replace(.model, id: record.id, with: grants, in: session)
            return Entry(record: record, grants: grants, mayWrite: true)
        }
    }

    func update(_ form: ModelForm, by principal: Principal) async throws(APIError) -> Entry {
        try await check(form, by: principal)
        let now = clock()
        var grants: [AccessGrant]?
        if let sent = form.grants { grants = try await self.grants(sent, by: principal, now: now) }
        return try await change(form.id, by: principal) { [grants] session, old in
            let record = form.record(over: old, now: now)
            try ModelTable.update(record, in: session)
            if let grants { try AccessGrantTable.replace(.model, id: old.id, with: grants, in: session) }
            return record
        }
    }

    func toggle(_ id: String, by principal: Principal) async throws(APIError) -> Entry {
        let now = clock()
        return try await change(id, by: principal) { session, old in
            var record = old
            record.isActive.toggle()
            record.updatedAt = now
            try ModelTable.update(record, in: session)
            return record
        }
    }

    /// A base model without a row gets one, so that the grants have something to hang on.
    func updateAccess(
        _ id: String, _ sent: [AccessGrantForm], by principal: Principal
    ) async throws(APIError) -> Entry {
        let now = clock()
        let grants = try await grants(sent, by: principal, now: now)
        let id = Self.checked(id)
        guard !id.isEmpty, id.unicodeScalars.count <= 256 else { throw Self.idTooLong }
        let isKnown = principal.role == .admin ? await access.catalogue.isKnown(id) : false
        return try await change(id, by: principal) { session in
            guard isKnown else { return nil }
            let record = ModelRecord(
                id: id, userID: principal.userID, baseModelID: nil, name: id,
                meta: #"{"profile_image_url":"/static/favicon.png","description":null,"capabilities":null}"#,
                params: "{}", now: now)
            try ModelTable.insert(record, in: session)
            return record
        } _: { session, old in
            try AccessGrantTable.replace(.model, id: old.id, with: grants, in: session)
            return old
        }
    }

    func delete(_ id: String, by principal: Principal) async throws(APIError) {
        _ = try await change(id, by: principal) { session, old in
            try ModelTable.delete(id: old.id, in: session)
            return old
        }
    }

    func deleteAll() async throws(APIError) { try await write { try ModelTable.deleteAll(in: $0) } }

    // MARK: Rights

    /// May use and change every row: administrators, even where they do not see what others own.
    private func mayChangeAll(_ principal: Principal) -> Bool { principal.role == .admin }

    func need(_ permission: String, _ principal: Principal) async throws(APIError) {
        if principal.role == .admin { return }
        guard try await users.permissions(of: principal).allows(permission) else { throw APIError.accessProhibited }
    }

    /// What a form may say at all, and what it may say for this caller.
    func check(_ form: ModelForm, by principal: Principal) async throws(APIError) {
        if let problem = form.problem { throw problem }
        guard principal.role != .admin else { return }
        // A row under a base model's name would change it for everybody, and make the maker its owner.
        guard form.baseModelID?.isEmpty == false, await !access.catalogue.isKnown(form.id) else {
            throw Self.baseIsProtected
        }
    }

    /// The grants to store; public ones only from those who may share with everybody.
    func grants(
        _ sent: [AccessGrantForm], by principal: Principal, now: Int64
    ) async throws(APIError) -> [AccessGrant] {
        var sent = sent
        if principal.role != .admin, sent.contains(where: \.isPublic),
            try await !users.permissions(of: principal).allows("sharing.public_models")
        {
            sent.removeAll(where: \.isPublic)
        }
        return sent.map { $0.grant(now: now) }
    }

    /// Changes a row that the caller may write; one that they may not, or that is not there, is 403 to them.
    private func change(
        _ id: String, by principal: Principal,
        orMake make: @escaping @Sendable (any SQLSession) throws -> ModelRecord? = { _ in nil },
        _ body: @escaping @Sendable (any SQLSession, ModelRecord) throws -> ModelRecord
    ) async throws(APIError) -> Entry {
        let (isAdmin, userID) = (mayChangeAll(principal), principal.userID)
        return try await write { session in
            let found = try ModelTable.find(id: Self.checked(id), for: userID, in: session)
            if !isAdmin {
                guard let found, found.rights.mayWrite, found.record.baseModelID != nil else {
                    throw APIError.accessProhibited
                }
            }
            guard let old = try found?.record ?? make(session) else { throw Self.notFound }
            let record = try body(session, old)
            return Entry(
                record: record, grants: try AccessGrantTable.of(.model, id: record.id, in: session), mayWrite: true)
        }
    }

    // MARK: Pieces

    /// No database looks for a NUL.
    private static func checked(_ id: String) -> String { id.utf8.contains(0) ? "" : id }

    static func entries(_ records: [ModelRecord], in session: some SQLSession) throws -> [Entry] {
        let grants = try AccessGrantTable.all(.model, in: session)
        return records.map { Entry(record: $0, grants: grants[$0.id] ?? [], mayWrite: true) }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(APIError) -> Value {
        do {
            return try await access.database.read(body)
        } catch {
            throw APIError(of: error, "models could not be read", access.logger)
        }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(APIError) -> Value {
        do {
            return try await access.database.write(body)
        } catch {
            throw APIError(of: error, "models could not be changed", access.logger)
        }
    }
}
