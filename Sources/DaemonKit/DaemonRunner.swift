import CLinux
import Contracts
import Glibc
import Link
import Logging
import Reactor

/// The skeleton of every daemon: control channel, settings, readiness, beats, drain.
///
/// Order of life: the supervisor spawns the process with the control channel as descriptor 3 and the daemon's
/// listening sockets behind it; sends `daemon.configure`; the daemon starts and says `supervisor.ready`, then
/// `supervisor.beat` every second; on `daemon.drain` (another process takes over) or SIGTERM (nobody does) it drains and exits 0. When the control channel closes,
/// the supervisor is gone, and the process ends.
@ReactorActor
public final class DaemonRunner<Served: Daemon> {
    private let control: LinkConnection
    private let router = LinkRouter()
    private let local = LinkRouter()
    private var context: DaemonContext?
    private var daemon: Served?
    private var listener: LinkListener?
    private var startedAt = ContinuousClock.now
    private var isDraining = false
    private let version: String

    /// Runs the daemon until the process ends. Call first thing on the main thread.
    nonisolated public static func run(version: String) -> Never {
        let name = Served.name.rawValue
        martlet_set_process_name(name)
        martlet_tune_malloc()
        signal(SIGPIPE, SIG_IGN)
        // SIGINT at a terminal reaches the whole group: the supervisor decides what it means.
        let signals: [CInt] = [SIGTERM, SIGINT, SIGHUP]
        martlet_block_signals(signals, CInt(signals.count))
        MartletLogHandler.bootstrap(
            daemon: name, format: getenv("MARTLET_LOG_FORMAT").map { String(cString: $0) } ?? "")
        Reactor.shared.runForever {
            let runner = DaemonRunner(version: version)
            runner.start()
        }
    }

    private init(version: String) {
        self.version = version
        control = LinkConnection(
            fd: 3, side: .acceptor, configuration: SessionConfiguration(role: Served.name.rawValue, build: version),
            service: router)
    }

    private func start() {
        martlet_set_cloexec(3, 1)
        control.onClose = { _ in exit(0) }
        router.unary(Methods.configure) { [weak self] request, _ in
            try await self?.configure(request)
            return ControlConfigureReply()
        }
        router.unary(Methods.drain) { [weak self] request, _ in
            self?.beginDrain(limit: .milliseconds(Int(request.limitMs)), isFinal: false)
            return ControlEmpty()
        }
        let signals: [CInt] = [SIGTERM]
        let fd = martlet_signalfd(signals, 1)
        // Holds the runner: it lives as long as the process.
        Reactor.shared.watch(fd, .readable) { _ in
            var sender: CInt = 0
            guard martlet_signalfd_read(fd, &sender) == SIGTERM else { return }
            let limit = self.context?.settings.duration("MARTLET_STOP_LIMIT") ?? .seconds(30)
            self.beginDrain(limit: limit, isFinal: true)
        }
        control.start()
    }

    // MARK: Settings and start

    private func configure(_ message: ControlSettings) async throws {
        if let context, let daemon {
            let settings = Settings(message)
            let changed = settings.changes(from: context.settings)
            context.settings = settings
            MartletLogHandler.setLevel(settings.text("LOG_LEVEL"))
            if !changed.isEmpty { daemon.apply(settings, changed: changed) }
            return
        }
        guard context == nil else { throw LinkError(.failedPrecondition, "still starting", isSafeToRetry: true) }
        let context = DaemonContext(message, name: Served.name, supervisor: control)
        self.context = context
        MartletLogHandler.setLevel(context.settings.text("LOG_LEVEL"))
        for fd in context.listeners.values { martlet_set_cloexec(fd, 1) }
        Task { @ReactorActor in await self.startDaemon(context) }
    }

    private func startDaemon(_ context: DaemonContext) async {
        let daemon = Served(context)
        do {
            try await daemon.start()
            serveLocalSocket(context, daemon)
            self.daemon = daemon
            _ = try await control.call(Methods.ready, ControlReady())
            context.logger.info("ready", metadata: ["pid": "\(getpid())"])
            martlet_trim_heap()
            beat()
        } catch {
            context.logger.critical("cannot start", metadata: ["error": "\(error)"])
            exit(1)
        }
    }

    private func serveLocalSocket(_ context: DaemonContext, _ daemon: Served) {
        guard let fd = context.listeners[Served.name.rawValue] else { return }
        local.unary(Methods.ping) { [weak self] request, _ in
            var reply = ControlPong()
            reply.text = request.text
            reply.daemon = Served.name.rawValue
            reply.version = self?.version ?? ""
            reply.pid = UInt32(getpid())
            return reply
        }
        local.unary(Methods.daemonStatus) { [weak self] _, _ in self?.status() ?? ControlDaemonStatus() }
        local.unary(Methods.daemonReload) { [weak self] request, _ in
            guard let self else { throw LinkError(.unavailable, "the daemon stops") }
            return try await control.call(Methods.relayReload, request, timeout: .seconds(120))
        }
        daemon.register(on: local)
        let listener = LinkListener(
            fd: fd, configuration: SessionConfiguration(role: Served.name.rawValue, build: version), service: local,
            policy: context.peerPolicy)
        listener.onRefused = { peer, why in
            context.logger.warning(
                "peer refused", metadata: ["uid": "\(peer.map { Int($0.uid) } ?? -1)", "why": "\(why)"])
        }
        listener.start()
        self.listener = listener
    }

    private func status() -> ControlDaemonStatus {
        var status = ControlDaemonStatus()
        let report = daemon?.report ?? DaemonReport()
        status.name = Served.name.rawValue
        status.state = isDraining ? "draining" : "ready"
        status.pid = UInt32(getpid())
        status.uptimeSeconds = startedAt.duration(to: .now).seconds
        status.inFlight = report.inFlight
        status.figures = report.figures
        return status
    }

    // MARK: Beats

    private func beat() {
        Task { @ReactorActor in
            await daemon?.pulse()
            sendBeat()
            Reactor.shared.schedule(after: .seconds(1)) { [weak self] in self?.beat() }
        }
    }

    private func sendBeat() {
        guard let daemon else { return }
        let report = daemon.report
        var beat = ControlBeat()
        beat.inFlight = report.inFlight
        beat.backends = report.backends
        beat.figures = report.figures
        Task { @ReactorActor in
            do throws(LinkError) {
                _ = try await control.call(Methods.beat, beat, timeout: .seconds(5))
            } catch  where error.code == .resourceExhausted {
                // The figures do not fit into a frame. That must not look like a hang: the beat itself is what counts.
                context?.logger.error("figures left out of the beat", metadata: ["why": "\(error)"])
                var bare = ControlBeat()
                bare.inFlight = report.inFlight
                _ = try? await control.call(Methods.beat, bare, timeout: .seconds(5))
            } catch {}
        }
    }

    // MARK: The end

    private func beginDrain(limit: Duration, isFinal: Bool) {
        guard !isDraining else { return }
        isDraining = true
        context?.logger.info("draining", metadata: ["limit": "\(limit)"])
        guard let daemon else { exit(0) }
        Reactor.shared.schedule(after: limit) { [weak self] in
            self?.context?.logger.warning("drain limit reached", metadata: ["in_flight": "\(daemon.report.inFlight)"])
            daemon.abandon()
            // What that told the peers must be on its way first.
            Reactor.shared.schedule(after: .milliseconds(200)) {
                self?.listener?.closeAll()
                exit(0)
            }
        }
        Task { @ReactorActor in
            await drainLocalSocket()
            await daemon.drain(isFinal: isFinal)
            context?.logger.info("drained")
            exit(0)
        }
    }

    /// Returns when the last stream of every local peer is over.
    private func drainLocalSocket() async {
        guard let listener else { return }
        await withCheckedContinuation { continuation in
            listener.onDrained = { [weak listener] in
                listener?.onDrained = nil
                continuation.resume()
            }
            listener.drain()
        }
    }
}
