import CLinux
import Contracts
import DaemonKit
import Glibc
import Link
import Reactor

extension Supervisor {
    /// Starts a process and sends it its settings. It is ready when it says so.
    func spawn(_ name: DaemonName, _ id: InstanceID) {
        var pair: [CInt] = [-1, -1]
        guard martlet_socketpair(&pair) == 0 else {
            return later { $0.send(.spawnFailed(id, "no descriptors left"), to: name) }
        }
        let items = sockets.inherited(by: name)
        var extra = ["MARTLET_LOG_FORMAT": settings.text("LOG_FORMAT")]
        // The runtime's own crash report takes seconds, in which nobody is served; it can be asked for.
        if getenv("SWIFT_BACKTRACE") == nil { extra["SWIFT_BACKTRACE"] = "enable=no" }
        let environment = Spawner.childEnvironment(adding: extra)
        do throws(Spawner.Failure) {
            let process = try Spawner.spawn(
                options.executable, ["daemon", name.rawValue], environment: environment,
                descriptors: [pair[1]] + items.map(\.descriptor))
            close(pair[1])
            adopt(makeChild(name, id, process.pid, process.pidfd, controlChannel(pair[0], name, id)))
            configure(name, id)
        } catch {
            close(pair[0])
            close(pair[1])
            let text = error.text
            later { $0.send(.spawnFailed(id, text), to: name) }
        }
    }

    /// After the current event: events are not handled inside of one another.
    private func later(_ body: @escaping @ReactorActor (Supervisor) -> Void) {
        Reactor.shared.schedule(after: .zero) { [weak self] in
            if let self { body(self) }
        }
    }

    func controlChannel(_ fd: CInt, _ name: DaemonName, _ id: InstanceID) -> LinkConnection {
        LinkConnection(
            fd: fd, side: .initiator, configuration: SessionConfiguration(role: "supervisor", build: options.version),
            service: childRouter(name, id))
    }

    func makeChild(
        _ name: DaemonName, _ id: InstanceID, _ pid: pid_t, _ pidfd: CInt, _ control: LinkConnection,
        startedAt: ContinuousClock.Instant = .now
    ) -> Child {
        Child(name: name, id: id, pid: pid, pidfd: pidfd, control: control, startedAt: startedAt)
    }

    /// Begins to look after a process: new, or kept over a re-execution.
    func adopt(_ child: Child) {
        children[child.name, default: [:]][child.id] = child
        let name = child.name
        let id = child.id
        child.onExit = { [weak self] reason in
            self?.children[name]?[id] = nil
            self?.send(.exited(id, reason: reason), to: name)
            // It may have died between saving settings and telling of them.
            guard name == .api, let self, !self.isStopping else { return }
            Task { @ReactorActor in try? await self.savedSettingsChanged([]) }
        }
        child.watch()
        child.control.start()
    }

    /// What the daemon may ask of its supervisor.
    func childRouter(_ name: DaemonName, _ id: InstanceID) -> LinkRouter {
        let router = LinkRouter()
        router.unary(Methods.ready) { [weak self] _, _ in
            guard let self, let child = child(name, id) else { return ControlEmpty() }
            child.lastBeat = .now
            send(.ready(id), to: name)
            if child.revision != revision { configure(name, id) }
            return ControlEmpty()
        }
        router.unary(Methods.beat) { [weak self] beat, _ in
            guard let child = self?.child(name, id) else { return ControlEmpty() }
            child.lastBeat = .now
            child.beat = beat
            return ControlEmpty()
        }
        router.unary(Methods.settingsChanged) { [weak self] change, _ in
            try await self?.savedSettingsChanged(change.keys)
            return ControlEmpty()
        }
        router.unary(Methods.relayReload) { [weak self] _, _ in
            guard let self else { throw LinkError(.unavailable, "stopping") }
            return try await reload()
        }
        router.unary(Methods.relayStatus) { [weak self] _, _ in self?.status() ?? ControlStatus() }
        router.unary(Methods.relayFigures) { [weak self] _, _ in self?.figures() ?? ControlFigures() }
        return router
    }

    /// Sends a process the settings and says which of its descriptors is which socket.
    /// The task ends when the process has answered; nil: there is none.
    @discardableResult
    func configure(_ name: DaemonName, _ id: InstanceID) -> Task<Void, Never>? {
        guard let child = child(name, id) else { return nil }
        let message = settingsMessage(for: name)
        child.revision = revision
        return Task { @ReactorActor in
            do throws(LinkError) {
                _ = try await child.control.call(Methods.configure, message, timeout: .seconds(20))
            } catch {
                logger.error(
                    "daemon refuses its settings", metadata: ["name": "\(name.rawValue)", "error": "\(error)"])
                if lifecycles[name]?.serving != id { child.signal(SIGKILL) }
            }
        }
    }

    func settingsMessage(for name: DaemonName) -> ControlSettings {
        var message = settings.message(masked: false)
        message.listeners = sockets.inherited(by: name).enumerated().map { index, item in
            var listener = ControlListener()
            listener.name = item.name
            listener.descriptor = UInt32(4 + index)
            listener.address = item.address
            return listener
        }
        message.dataDirectory = options.dataDirectory
        message.runtimeDirectory = options.runtimeDirectory
        message.version = options.version
        message.revision = revision
        return message
    }

    func drain(_ name: DaemonName, _ id: InstanceID) {
        guard let child = child(name, id), let lifecycle = lifecycles[name] else { return }
        // Nobody takes over: the signal says so.
        if case .stopping(id) = lifecycle.phase { return child.signal(SIGTERM) }
        let limit = lifecycle.policy.drainLimit
        var message = ControlDrain()
        message.limitMs = UInt32(clamping: limit.milliseconds)
        Task { @ReactorActor in
            do throws(LinkError) {
                _ = try await child.control.call(Methods.drain, message, timeout: .seconds(5))
            } catch {
                // No control channel any more (or not yet): the signal says the same.
                child.signal(SIGTERM)
            }
        }
    }
}
