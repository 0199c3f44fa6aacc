import Contracts
import Identity
import Link
import Storage

/// The tokens of provisioning clients, for the operator's commands. A change holds at the next request.
public struct TokenStore: Sendable {
    private let database: Database

    public init(database: Database) { self.database = database }

    /// Makes a token; it is in the answer and nowhere else.
    /// - Throws: `LinkError`, `StorageError`.
    public func add(_ name: String) async throws -> ScimToken {
        guard Self.isName(name) else {
            throw LinkError(.invalidArgument, "a token's name has 1 to 64 letters, digits, dots, dashes or underscores")
        }
        let (token, row) = ProvisioningTokens.make(name: name, at: IdentityClock.system.milliseconds())
        try await database.write { session in
            guard try SCIMTokenTable.all(in: session).count < ProvisioningTokens.countLimit else {
                throw LinkError(.resourceExhausted, "there are \(ProvisioningTokens.countLimit) tokens already")
            }
            guard try SCIMTokenTable.insert(row, in: session) else {
                throw LinkError(.failedPrecondition, "there is a token \"\(name)\" already")
            }
        }
        var reply = Self.message(row)
        reply.token = token
        return reply
    }

    /// - Throws: `LinkError` when there is no such token; `StorageError`.
    public func remove(_ name: String) async throws -> ScimToken {
        guard try await database.write({ try SCIMTokenTable.delete(name: name, in: $0) }) else {
            throw LinkError(.notFound, "there is no token \"\(name)\"")
        }
        var reply = ScimToken()
        reply.name = name
        return reply
    }

    /// By name, without the tokens themselves.
    /// - Throws: `StorageError`.
    public func list() async throws -> ScimTokenList {
        var reply = ScimTokenList()
        reply.tokens = try await database.read { try SCIMTokenTable.all(in: $0) }.map(Self.message)
        return reply
    }

    /// `2026-01-23T04:56:22.000Z`.
    public static func time(_ token: ScimToken) -> String { DateTime.text(token.createdAt) }

    private static func message(_ row: SCIMToken) -> ScimToken {
        var message = ScimToken()
        message.name = row.name
        message.createdAt = row.createdAt
        return message
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "._-".utf8.contains(byte)
                }
            }
    }
}
