import Logging
import Reactor

/// Has the supervisor read the saved settings again when another host has saved some: one call at a time, however many
/// events come, and again until it succeeds.
@ReactorActor
final class SettingsRefresh {
    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(60)

    private let announce: @Sendable (_ keys: [String]) async throws -> Void
    private let logger: Logger
    private var keys: Set<String> = []
    private var isWanted = false
    private var isRunning = false

    init(announce: @escaping @Sendable (_ keys: [String]) async throws -> Void, logger: Logger) {
        self.announce = announce
        self.logger = logger
    }

    /// - Parameter keys: for the log; those of the events that come meanwhile are put together.
    func request(_ new: [String]) {
        // Many keys are as good as none: they are only shown.
        keys = Set(keys.union(new).prefix(100))
        isWanted = true
        guard !isRunning else { return }
        isRunning = true
        Task { @ReactorActor in await run() }
    }

    private func run() async {
        var pause = Self.shortestPause
        while isWanted {
            isWanted = false
            let told = keys.sorted()
            keys = []
            do {
                try await announce(told)
                pause = Self.shortestPause
            } catch {
                logger.warning("settings of another host could not be taken over yet", metadata: ["error": "\(error)"])
                request(told)
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
        isRunning = false
    }
}
