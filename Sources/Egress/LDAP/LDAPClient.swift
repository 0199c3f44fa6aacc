import CLinux
import Glibc

/// LDAP through libcurl. Both calls block until the directory has answered, or `LDAPServer.totalTimeout` is over: only
/// for threads that may wait. Each makes a connection of its own.
public struct LDAPClient: Sendable {
    public let server: LDAPServer

    public init(_ server: LDAPServer) { self.server = server }

    /// Binds (without credentials: anonymously), and searches. Nothing found is an empty answer. Referrals are not
    /// followed.
    public func search(_ search: LDAPSearch, as credentials: LDAPCredentials?) throws(LDAPError) -> [LDAPEntry] {
        let url = try server.url(search)
        if let complaint = CurlLibrary.complaint { throw LDAPError(.unavailable, complaint) }
        return try Self.apart { () throws(LDAPError) in
            try LDAPTransfer(search).run(url: url, server, credentials)
        }
    }

    /// Whether a bind with these credentials succeeds.
    /// - Throws: `wrongPassword`, or why it could not be told.
    public func verify(_ credentials: LDAPCredentials) throws(LDAPError) {
        _ = try search(.nothing, as: credentials)
    }

    /// Runs `body` on a thread of its own, with descriptors of its own, and waits. See `LDAPTransfer`.
    private static func apart(
        _ body: () throws(LDAPError) -> [LDAPEntry]
    ) throws(LDAPError) -> [LDAPEntry] {
        var result: Result<[LDAPEntry], LDAPError> = .failure(LDAPError(.unavailable, "no thread could be started"))
        let error = withoutActuallyEscaping(body) { body in
            var work: () -> Void = {
                do throws(LDAPError) { result = .success(try body()) } catch { result = .failure(error) }
            }
            return withUnsafeMutablePointer(to: &work) { work in
                martlet_run_apart({ $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, work)
            }
        }
        guard error == 0 else {
            throw LDAPError(.unavailable, "no thread of its own: \(String(cString: strerror(error)))")
        }
        return try result.get()
    }
}
