import Egress
import Storage
import Synchronization

/// Asks a directory who somebody is, on threads of its own: a directory that hangs delays nobody but those who sign in
/// through it, and them for a bounded time.
final class LDAPDirectory: Sendable {
    private static let threads = 4
    private static let capacity = 64
    static let longestName = 256

    /// Made when it is first needed.
    private let pool = Mutex<WorkerPool?>(nil)

    /// - Parameter name: in lower case.
    func authenticate(
        name: String, password: String, _ settings: LDAPSettings
    ) async throws(LDAPSignInFailure) -> LDAPPerson {
        guard !name.isEmpty, name.utf8.count <= Self.longestName, !name.utf8.contains(0), !password.isEmpty,
            !password.utf8.contains(0), password.utf8.count <= LDAPCredentials.longestPassword
        else { throw .unusable }
        let pool = pool.withLock { pool in
            let made = pool ?? WorkerPool(name: "ldap", threads: Self.threads, capacity: Self.capacity)
            pool = made
            return made
        }
        let asked = ContinuousClock.now
        do {
            return try await pool.run {
                // Whoever waited so long has gone.
                guard ContinuousClock.now - asked < settings.totalTimeout else {
                    throw LDAPSignInFailure.overloaded
                }
                return try Self.identify(name: name, password: password, settings)
            }
        } catch let error as LDAPSignInFailure {
            throw error
        } catch {
            throw .overloaded
        }
    }

    /// Blocks.
    private static func identify(
        name: String, password: String, _ settings: LDAPSettings
    ) throws(LDAPSignInFailure) -> LDAPPerson {
        let client = LDAPClient(settings.server)
        let entry = try first(client, name: name, settings)
        let person = try LDAPPerson(entry, typed: name, settings)
        do throws(LDAPError) {
            try client.verify(LDAPCredentials(dn: person.dn, password: password))
        } catch {
            throw .bind(dn: person.dn, error)
        }
        return person
    }

    private static func first(
        _ client: LDAPClient, name: String, _ settings: LDAPSettings
    ) throws(LDAPSignInFailure) -> LDAPEntry {
        let found: LDAPEntry?
        do throws(LDAPError) {
            let filter = "(&\(try LDAPFilter.equal(settings.userAttribute, name))\(settings.searchFilter))"
            var attributes = [settings.userAttribute, settings.mailAttribute, "cn"]
            if settings.managesGroups { attributes.append(settings.groupsAttribute) }
            let app =
                settings.appDN.isEmpty
                ? nil : try LDAPCredentials(dn: settings.appDN, password: settings.appPassword)
            found = try client.search(
                LDAPSearch(base: settings.searchBase, filter: filter, attributes: attributes), as: app
            ).first
        } catch {
            throw .search(error)
        }
        guard let found else { throw .unknown }
        return found
    }
}
