import FoundationEssentials
import Storage

/// What a change needs to know besides the database; one transaction's, made anew when that runs again.
struct WriteContext {
    let session: any SQLSession
    let request: SCIMRequest
    let rules: SCIMRules
    /// Epoch milliseconds.
    let now: Int64
    private(set) var changedUsers: Set<String> = []

    init(_ session: any SQLSession, _ request: SCIMRequest, _ rules: SCIMRules, now: Int64) {
        self.session = session
        self.request = request
        self.rules = rules
        self.now = now
    }

    var seconds: Int64 { now / 1000 }

    mutating func changed(_ userIDs: some Sequence<String>) { changedUsers.formUnion(userIDs) }

    /// Notes in the audit what was done to an account or group.
    func note(_ result: String, userID: String?, email: String?, _ detail: String) throws {
        try AuditTable.insert(
            AuditEntry(
                at: now, event: "scim", result: result, userID: userID, email: email, source: request.source,
                detail: "\(detail) by \(request.caller)", requestID: request.requestID), in: session)
    }

    static func newID() -> String { UUID().uuidString.lowercased() }
}

/// Settings of provisioning.
struct SCIMRules: Sendable, Equatable {
    /// Accounts and groups that no client has made may be taken over.
    var adopts = false
    /// The group of all new accounts; empty: none.
    var defaultGroupID = ""
}
