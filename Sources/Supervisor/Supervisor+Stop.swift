import CLinux
import Contracts
import DaemonKit
import Glibc
import Link
import Logging
import Reactor

extension Supervisor {
    /// SIGTERM and SIGINT stop in good order, a second one at once; SIGHUP reloads.
    func watchSignals() {
        let signals: [CInt] = [SIGTERM, SIGINT, SIGHUP]
        let fd = martlet_signalfd(signals, CInt(signals.count))
        Reactor.shared.watch(fd, .readable) { [self] _ in
            var sender: CInt = 0
            switch martlet_signalfd_read(fd, &sender) {
            case SIGHUP: Task { @ReactorActor in _ = try? await reload() }
            case SIGTERM: beginShutdown("SIGTERM")
            case SIGINT: beginShutdown("SIGINT")
            default: break
            }
        }
    }

    func beginShutdown(_ why: String) {
        guard !isStopping else {
            logger.warning("stopping at once", metadata: ["why": "\(why)"])
            return end(code: 1)
        }
        isStopping = true
        let limit = settings.duration("MARTLET_STOP_LIMIT")
        logger.notice("stopping", metadata: ["why": "\(why)", "limit": "\(limit)"])
        notifier.stopping(status: "stopping")
        notifier.extendTimeout(limit + .seconds(10))
        Reactor.shared.schedule(after: limit + .seconds(2)) { [self] in
            logger.warning("stop limit reached")
            end(code: 0)
        }
        Task { @ReactorActor in await stopAll(limit) }
    }

    /// In reverse of the order of the start; processes that were replaced earlier finish meanwhile.
    private func stopAll(_ limit: Duration) async {
        control?.drain()
        // With the manager's store somebody will accept again; without, those who connect now must hear no at once.
        if !notifier.isActive { sockets.close(ListeningSockets.http) }
        for group in Self.startOrder.reversed() {
            for name in group {
                lifecycles[name]?.policy.drainLimit = limit
                send(.stop, to: name)
            }
            for name in group { _ = try? await outcome(.stopped, of: name, within: limit) }
        }
        while !allChildren.isEmpty {
            await withCheckedContinuation { continuation in
                Reactor.shared.schedule(after: .milliseconds(20)) { continuation.resume() }
            }
        }
        end(code: 0)
    }

    /// The last thing this process does: nobody is left behind.
    private func end(code: Int32) {
        for child in allChildren { child.signal(SIGKILL) }
        let deadline = ContinuousClock.now + .seconds(2)
        for child in allChildren {
            var status: CInt = 0
            while martlet_pidfd_reap(child.pidfd, &status) == 0, ContinuousClock.now < deadline { usleep(1000) }
        }
        // Under systemd the runtime directory is kept over a restart, and the sockets with it.
        if !notifier.isActive { sockets.removeFiles() }
        logger.notice("stopped")
        exit(code)
    }
}
