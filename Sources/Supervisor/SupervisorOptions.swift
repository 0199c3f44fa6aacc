import Contracts
import DaemonKit
import Glibc

/// What the command line of `martlet serve` decides.
public struct SupervisorOptions: Sendable {
    /// Absolute path of the executable that the daemons are started from.
    public var executable: String
    /// The whole command line, for re-execution.
    public var arguments: [String]
    public var loader: ConfigurationLoader
    public var runtimeDirectory: String
    public var dataDirectory: String
    public var version: String
    /// The descriptor whose lock says that the data directory is in use; -1 for none.
    public var dataLock: CInt

    public init(
        executable: String, arguments: [String], loader: ConfigurationLoader, runtimeDirectory: String,
        dataDirectory: String, version: String, dataLock: CInt = -1
    ) {
        self.executable = executable
        self.arguments = arguments
        self.loader = loader
        self.runtimeDirectory = runtimeDirectory
        self.dataDirectory = dataDirectory
        self.version = version
        self.dataLock = dataLock
    }
}

/// What the supervisor needs of the database, so that it does not depend on how it is stored.
public struct SupervisorStorage: Sendable {
    /// Creates or migrates; the text says what is wrong and what to do. Blocks; called before anything is served.
    public var prepare: @Sendable (_ dataDirectory: String) throws -> Void
    /// The saved document; an empty object when there is no database yet.
    public var savedSettings: @Sendable (_ dataDirectory: String) async throws -> JSONValue

    public init(
        prepare: @escaping @Sendable (String) throws -> Void,
        savedSettings: @escaping @Sendable (String) async throws -> JSONValue
    ) {
        self.prepare = prepare
        self.savedSettings = savedSettings
    }
}
