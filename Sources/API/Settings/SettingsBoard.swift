import DaemonKit
import Synchronization

/// The settings in force, and what the HTTP front derives from them, for every route.
final class SettingsBoard: Sendable {
    private let state: Mutex<(settings: Settings, front: FrontSettings)>

    init(_ settings: Settings) { state = Mutex((settings, FrontSettings(settings))) }

    var settings: Settings { state.withLock { $0.settings } }
    var front: FrontSettings { state.withLock { $0.front } }

    func replace(_ settings: Settings) {
        let front = FrontSettings(settings)
        state.withLock { $0 = (settings, front) }
    }
}
