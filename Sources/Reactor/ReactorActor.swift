/// The isolation domain of a process's event loop: whatever is `@ReactorActor` runs on the one thread that waits in
/// epoll, so it needs no locks, and the compiler keeps other threads out.
///
/// Nothing in this domain may block: files, passwords and databases have executors of their own.
@globalActor
public actor ReactorActor {
    public static let shared = ReactorActor()

    nonisolated public var unownedExecutor: UnownedSerialExecutor {
        Reactor.shared.asUnownedSerialExecutor()
    }
}

extension ReactorActor {
    /// Runs `operation` at once. The caller must already be on the reactor's thread (a callback from C, for instance).
    public static func assumeIsolated<Result>(_ operation: @ReactorActor () throws -> Result) rethrows -> Result {
        typealias Isolated = @ReactorActor () throws -> Result
        typealias Plain = () throws -> Result
        Reactor.shared.checkIsolated()
        return try withoutActuallyEscaping(operation) { (escapable: @escaping Isolated) throws -> Result in
            try unsafeBitCast(escapable, to: Plain.self)()
        }
    }
}
