import Egress
import Logging

/// Sign-in with a name and a password of a directory.
public final class LDAPSignIn: Sendable {
    private let accounts: AccountService
    private let directory = LDAPDirectory()

    public init(accounts: AccountService) { self.accounts = accounts }

    /// The account is the one with the directory's e-mail, and is made if there is none.
    ///
    /// Whatever keeps somebody out is answered the same; the log has the cause.
    public func signIn(user: String, password: String) async throws(APIError) -> SessionResponse {
        let settings = accounts.store.settings
        guard settings.ldap.isEnabled else { throw .ldapDisabled }
        guard settings.enablePasswordAuth else { throw .actionProhibited }
        let name = user.lowercased()
        // The NUL keeps these apart from e-mails.
        guard await accounts.allowsAttempt("ldap\0" + name) else { throw .rateLimited }
        let person: LDAPPerson
        do throws(LDAPSignInFailure) {
            person = try await directory.authenticate(name: name, password: password, settings.ldap)
        } catch {
            log(error)
            if case .overloaded = error { throw .overloaded }
            throw .ldapFailed
        }
        do throws(APIError) {
            return try await accounts.signIn(external: Self.identity(person, settings.ldap))
        } catch {
            // Trouble of ours is told; it does not tell anything of the account.
            guard error.status < 500 else { throw error }
            accounts.logger.info(
                "an LDAP sign-in was refused", metadata: ["cause": "\(error.detail)", "dn": "\(person.dn)"])
            throw .ldapFailed
        }
    }

    private static func identity(_ person: LDAPPerson, _ settings: LDAPSettings) -> ExternalIdentity {
        var identity = ExternalIdentity(email: person.email, name: person.name)
        if settings.managesGroups {
            identity.groups = .init(names: person.groups)
            identity.groups?.creates = settings.createsGroups
        }
        return identity
    }

    /// Without the name that was typed: people type their password there.
    private func log(_ failure: LDAPSignInFailure) {
        if failure.isTrouble {
            accounts.logger.error("the LDAP directory failed", metadata: ["cause": "\(failure)"])
        } else {
            accounts.logger.info("an LDAP sign-in was refused", metadata: ["cause": "\(failure)"])
        }
    }
}

extension APIError {
    public static let ldapDisabled = APIError(status: 400, detail: "LDAP authentication is not enabled")
    public static let ldapFailed = APIError(status: 400, detail: "LDAP authentication failed.")
}
