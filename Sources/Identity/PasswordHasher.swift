import Glibc
import Storage

public enum PasswordError: Error, Sendable, Equatable {
    /// More than 72 bytes, which is all that bcrypt takes.
    case tooLong
    /// Empty, or with a NUL, at which bcrypt would stop reading.
    case unusable
    /// Too many passwords are waiting to be checked.
    case overloaded
    /// Nobody wants the hash any more.
    case unwanted
    /// libxcrypt refused.
    case failed
}

/// Hashes and checks passwords with bcrypt, on threads of its own: as many as there are cores.
public final class PasswordHasher: Sendable {
    static let longest = 72
    /// Of a stored hash; a higher one would hold a thread for minutes.
    private static let highestCost = 17
    /// While every core hashes, a thread that answers a request goes first when it wakes; otherwise it would wait for the
    /// end of a time slice. Among equals (other programs, as busy) hashing still gets a third.
    private static let niceness: Int32 = 5

    private let pool: WorkerPool
    private let cost: Int

    /// - Parameters:
    ///   - cost: 4 to 17, the logarithm of the rounds; lower only makes sense in tests.
    ///   - queueCapacity: how many calls may wait; about 5 a second and core are done.
    public init(cost: Int = 12, threads: Int? = nil, queueCapacity: Int = 64) {
        self.cost = min(max(cost, 4), Self.highestCost)
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        pool = WorkerPool(
            name: "bcrypt", threads: threads ?? max(1, cores), capacity: queueCapacity, niceness: Self.niceness)
    }

    /// A new `$2b$` hash.
    /// - Parameter isWanted: asked when its turn has come, which may be long after the call.
    public func hash(
        _ password: String, while isWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(PasswordError) -> String {
        try Self.check(password)
        let cost = cost
        let result = try await run { () -> Result<String, PasswordError> in
            guard isWanted() else { return .failure(.unwanted) }
            guard let setting = Crypt.setting(cost: cost), let hash = Crypt.hash(password, setting: setting) else {
                return .failure(.failed)
            }
            return .success(String(decoding: hash, as: UTF8.self))
        }
        return try result.get()
    }

    /// Whether `password` belongs to `hash` (`$2a$`, `$2b$` or `$2y$`).
    ///
    /// Bytes beyond the 72nd do not count, as in Open WebUI. Without a hash, or with a text that is none, it takes as
    /// long and is false, so that nobody can tell by the time whether an account exists.
    public func verify(_ password: String, against hash: String?) async throws(PasswordError) -> Bool {
        let candidate = Self.truncated(password)
        let usable = (try? Self.check(candidate)) != nil
        let setting = Self.setting(for: hash, cost: cost)
        return try await run {
            guard let computed = Crypt.hash(candidate, setting: setting) else { return false }
            // A decoy is shorter than any hash, so nothing matches it.
            return usable && Crypt.isEqual(computed, Array(setting.utf8))
        }
    }

    /// The hash to check against, or one of equal cost that nothing matches.
    static func setting(for hash: String?, cost: Int) -> String {
        if let hash, isHash(hash) { return hash }
        return "$2b$\(cost < 10 ? "0" : "")\(cost)$......................"
    }

    /// Refuses what cannot be a password of an account.
    static func check(_ password: String) throws(PasswordError) {
        if password.utf8.count > longest { throw .tooLong }
        if password.isEmpty || password.utf8.contains(0) { throw .unusable }
    }

    /// The first 72 bytes, without a character that they cut in two.
    static func truncated(_ password: String) -> String {
        guard password.utf8.count > longest else { return password }
        var end = password.utf8.index(password.utf8.startIndex, offsetBy: longest)
        // A byte of the form 10xxxxxx continues a character.
        while end > password.utf8.startIndex, password.utf8[end] & 0xC0 == 0x80 {
            end = password.utf8.index(before: end)
        }
        return String(decoding: password.utf8[..<end], as: UTF8.self)
    }

    private static func isHash(_ text: String) -> Bool {
        guard text.utf8.count == Crypt.hashLength else { return false }
        guard ["$2a$", "$2b$", "$2y$"].contains(where: text.hasPrefix) else { return false }
        guard let cost = Int(text.dropFirst(4).prefix(2)) else { return false }
        return (4...highestCost).contains(cost)
    }

    private func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async throws(PasswordError) -> T {
        do {
            return try await pool.run(body)
        } catch {
            throw .overloaded
        }
    }
}
