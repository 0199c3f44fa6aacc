import Synchronization

/// The settings in force, shared by all parts of identity.
public final class IdentitySettingsStore: Sendable {
    /// Settings and what is derived from them, of one moment.
    public struct Snapshot: Sendable {
        public let settings: IdentitySettings
        public let tokens: TokenService
        /// Counts replacements: what was decided under an older version may not hold any more.
        public let version: Int
    }

    private let state: Mutex<Snapshot>
    private let latest = Atomic<Int>(0)

    /// - Throws: `TokenError.emptyKey`.
    public init(_ settings: IdentitySettings) throws(TokenError) {
        let tokens = try TokenService(secretKey: settings.secretKey)
        state = Mutex(Snapshot(settings: settings, tokens: tokens, version: 0))
    }

    public var snapshot: Snapshot { state.withLock { $0 } }

    public var settings: IdentitySettings { snapshot.settings }

    /// The version of the settings in force, without taking the lock.
    public var version: Int { latest.load(ordering: .acquiring) }

    /// - Throws: `TokenError.emptyKey`; the old settings stay in force then.
    public func replace(_ settings: IdentitySettings) throws(TokenError) {
        try update { $0 = settings }
    }

    /// Changes some settings at once.
    /// - Throws: `TokenError.emptyKey`; the old settings stay in force then.
    public func update(_ change: (inout IdentitySettings) -> Void) throws(TokenError) {
        try state.withLock { state throws(TokenError) in
            var settings = state.settings
            change(&settings)
            guard settings != state.settings else { return }
            let tokens =
                settings.secretKey == state.settings.secretKey
                ? state.tokens : try TokenService(secretKey: settings.secretKey)
            state = Snapshot(settings: settings, tokens: tokens, version: state.version + 1)
            latest.store(state.version, ordering: .releasing)
        }
    }
}
