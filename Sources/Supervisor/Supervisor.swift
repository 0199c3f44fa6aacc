import CLinux
import Contracts
import DaemonKit
import Glibc
import Link
import Logging
import Reactor
import Systemd

/// The process that systemd knows: owns the configuration, the listening sockets and the child table. It decides with
/// `Lifecycle` and only carries out here what that says. It parses no HTTP and reaches no network.
@ReactorActor
public final class Supervisor {
    static let startOrder: [[DaemonName]] = [[.ollamaLBProxy], [.snapshotCollector, .archiver, .scim], [.api]]
    /// Daemons without which the service is not ready.
    static let required: [DaemonName] = [.ollamaLBProxy, .api]
    static let beatLimit: Duration = .milliseconds(3200)

    let options: SupervisorOptions
    let storage: SupervisorStorage
    let logger = Logger(label: "supervisor")
    let notifier = Notifier()
    var settings: Settings
    /// The last reading of the configuration; gives the keys that it has changed.
    var lastRefresh: Task<[String], any Error>?
    /// One that has not begun to read, and may be shared.
    var waitingRefresh: Task<[String], any Error>?
    /// Places of the `config` table that were written since the service started.
    var savedSinceStart: Set<String> = []
    var revision: UInt64 = 0
    var sockets = ListeningSockets()
    var lifecycles: [DaemonName: Lifecycle] = [:]
    var children: [DaemonName: [InstanceID: Child]] = [:]
    var timers: [DaemonName: [LifecycleTimer: ReactorTimer]] = [:]
    var waiters: [DaemonName: [Waiter]] = [:]
    var control: LinkListener?
    var isStopping = false
    var hasBeenReady = false
    var startedAt = ContinuousClock.now
    var generation: UInt32 = 1
    var upgradeState = ""
    private var lastTick = ContinuousClock.now
    private var lastStatus = ""

    /// Somebody who waits for an outcome of a daemon.
    struct Waiter {
        enum Kind: Equatable { case ready, settled, stopped, drained(InstanceID) }
        var kind: Kind
        var resume: (Result<InstanceID?, LinkError>) -> Void
    }

    public init(options: SupervisorOptions, settings: Settings, storage: SupervisorStorage) {
        self.options = options
        self.settings = settings
        self.storage = storage
        for name in DaemonName.allCases { lifecycles[name] = Lifecycle(policy: policy()) }
    }

    func policy() -> LifecyclePolicy {
        var policy = LifecyclePolicy()
        policy.readyLimit = settings.duration("MARTLET_READY_LIMIT")
        policy.drainLimit = settings.duration("MARTLET_DRAIN_LIMIT")
        return policy
    }

    // MARK: Start

    /// Binds the sockets, starts the daemons in their order. Returns when each has become ready or has failed once.
    public func start() async throws {
        if let state = try UpgradeState.take() {
            resume(state)
            return serve()
        }
        try sockets.open(
            settings: settings, runtimeDirectory: options.runtimeDirectory, passed: InheritedDescriptors.take(),
            notifier: notifier, logger: logger)
        logger.info(
            "starting",
            metadata: ["version": "\(options.version)", "http": "\(sockets[ListeningSockets.http]?.address ?? "")"])
        serve()
        for group in Self.startOrder {
            for name in group { send(.start, to: name) }
            for name in group { _ = try? await outcome(.settled, of: name, within: .seconds(15)) }
        }
        statusChanged()
        martlet_trim_heap()
    }

    private func serve() {
        watchSignals()
        serveControl()
        tick()
        armWatchdog()
    }

    func serveControl() {
        // A copy: the listener closes its own when it drains, and the socket must outlive it (upgrade).
        guard let item = sockets[ListeningSockets.control] else { return }
        let copy = fcntl(item.descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return logger.critical("no descriptor for control.sock") }
        let policy = PeerPolicy(group: SocketGroup.resolve(settings.text("MARTLET_SOCKET_GROUP")))
        let listener = LinkListener(
            fd: copy, configuration: SessionConfiguration(role: "supervisor", build: options.version),
            service: controlRouter(), policy: policy, maximumConnections: 256)
        listener.onRefused = { [logger] peer, why in
            logger.warning("peer refused", metadata: ["uid": "\(peer.map { Int($0.uid) } ?? -1)", "why": "\(why)"])
        }
        listener.start()
        control = listener
    }

    // MARK: Events in, actions out

    func send(_ event: LifecycleEvent, to name: DaemonName) {
        guard var lifecycle = lifecycles[name] else { return }
        let actions = lifecycle.handle(event)
        lifecycles[name] = lifecycle
        for action in actions { perform(action, name) }
        statusChanged()
    }

    private func perform(_ action: LifecycleAction, _ name: DaemonName) {
        switch action {
        case .spawn(let id): spawn(name, id)
        case .drain(let id): drain(name, id)
        case .abort(let id):
            logger.error("daemon hangs", metadata: ["name": "\(name.rawValue)", "pid": "\(child(name, id)?.pid ?? 0)"])
            child(name, id)?.signal(SIGABRT)
        case .kill(let id): child(name, id)?.signal(SIGKILL)
        case .arm(let timer, let delay):
            timers[name]?[timer]?.cancel()
            timers[name, default: [:]][timer] = Reactor.shared.schedule(after: delay) { [weak self] in
                self?.timers[name]?[timer] = nil
                self?.send(.timer(timer), to: name)
            }
        case .disarm(let timer): timers[name]?.removeValue(forKey: timer)?.cancel()
        case .report(let report): deliver(report, name)
        }
    }

    private func deliver(_ report: LifecycleReport, _ name: DaemonName) {
        switch report {
        case .ready(let id):
            logger.info("daemon ready", metadata: ["name": "\(name.rawValue)", "pid": "\(child(name, id)?.pid ?? 0)"])
            resume(name, .success(id)) { $0 == .ready || $0 == .settled }
        case .failed(let text):
            resume(name, .failure(LinkError(.unavailable, text))) { $0 == .ready || $0 == .settled }
        case .stopped:
            resume(name, .success(nil)) { $0 == .stopped }
            resume(name, .failure(LinkError(.unavailable, "it was stopped"))) { $0 == .ready || $0 == .settled }
        case .drained(let id): resume(name, .success(id)) { $0 == .drained(id) }
        case .crashed(let id, let reason):
            logger.error(
                "daemon ended unexpectedly",
                metadata: ["name": "\(name.rawValue)", "instance": "\(id)", "reason": "\(reason)"])
            resume(name, .failure(LinkError(.unavailable, reason))) { $0 == .settled || $0 == .drained(id) }
        }
    }

    private func resume(
        _ name: DaemonName, _ result: Result<InstanceID?, LinkError>, where matches: (Waiter.Kind) -> Bool
    ) {
        let all = waiters[name] ?? []
        waiters[name] = all.filter { !matches($0.kind) }
        for waiter in all where matches(waiter.kind) { waiter.resume(result) }
    }

    /// Waits for what becomes of a daemon.
    @discardableResult
    func outcome(_ kind: Waiter.Kind, of name: DaemonName, within limit: Duration) async throws(LinkError)
        -> InstanceID?
    {
        if kind == .settled || kind == .ready, case .ready(let id)? = lifecycles[name]?.phase { return id }
        if kind == .stopped, lifecycles[name]?.phase == .stopped { return nil }
        let result: Result<InstanceID?, LinkError> = await withCheckedContinuation { continuation in
            var isOver = false
            let finish: (Result<InstanceID?, LinkError>) -> Void = { result in
                guard !isOver else { return }
                isOver = true
                continuation.resume(returning: result)
            }
            waiters[name, default: []].append(Waiter(kind: kind, resume: finish))
            Reactor.shared.schedule(after: limit) {
                finish(.failure(LinkError(.deadlineExceeded, "\(name.rawValue): nothing within \(limit)")))
            }
        }
        return try result.get()
    }

    func child(_ name: DaemonName, _ id: InstanceID) -> Child? { children[name]?[id] }

    /// The process that serves now.
    func serving(_ name: DaemonName) -> Child? {
        lifecycles[name]?.serving.flatMap { child(name, $0) }
    }

    // MARK: Looking after them

    /// Four times a second: who has not beaten?
    private func tick() {
        let now = ContinuousClock.now
        let late = lastTick.duration(to: now)
        lastTick = now
        for child in allChildren {
            // When this process itself was held up, silence says nothing about the daemons.
            if late > .seconds(1), child.lastBeat != nil { child.lastBeat = now }
            guard let beat = child.lastBeat, !child.isCondemned, beat.duration(to: now) > Self.beatLimit else {
                continue
            }
            child.isCondemned = true
            send(.beatsMissed(child.id), to: child.name)
        }
        Reactor.shared.schedule(after: .milliseconds(250)) { [weak self] in self?.tick() }
    }

    var allChildren: [Child] { children.values.flatMap(\.values) }

    private func armWatchdog() {
        guard let interval = Notifier.watchdogInterval() else { return }
        Reactor.shared.schedule(after: interval / 3) { [weak self] in
            guard let self else { return }
            // A required daemon that hangs and cannot even be killed is a case for systemd.
            let stuck = allChildren.contains { child in
                child.isCondemned && Self.required.contains(child.name)
                    && (child.lastBeat ?? .now).duration(to: .now) > .seconds(15)
            }
            if !stuck { notifier.watchdog() }
            armWatchdog()
        }
    }

    /// What `systemctl status` shows, in one line.
    var statusLine: String {
        let ready = DaemonName.allCases.filter { lifecycles[$0]?.serving != nil }.count
        let address = sockets[ListeningSockets.http]?.address ?? ""
        var line = "\(ready) of \(DaemonName.allCases.count) daemons ready, http://\(address)"
        for name in DaemonName.allCases where lifecycles[name]?.serving == nil {
            line += "; \(name.rawValue) \(lifecycles[name]?.stateName ?? "")"
        }
        return upgradeState.isEmpty || upgradeState == "done" ? line : line + "; upgrade \(upgradeState)"
    }

    /// Tells systemd how things are, and READY once.
    func statusChanged() {
        let line = statusLine
        if Self.required.allSatisfy({ lifecycles[$0]?.serving != nil }), !hasBeenReady {
            hasBeenReady = true
            notifier.ready(status: line)
            let startup = startedAt.duration(to: .now).milliseconds
            let address = sockets[ListeningSockets.http]?.address ?? ""
            logger.notice("ready", metadata: ["http": "\(address)", "after_ms": "\(startup)"])
        } else if line != lastStatus, !isStopping {
            notifier.status(line)
        }
        lastStatus = line
    }
}
