import CLinux
import Contracts
import DaemonKit
import Glibc
import Link
import Reactor

/// Upgrade: the supervisor re-executes the (new) executable in place. Process id, children, control channels and
/// listening sockets are kept; then each daemon is handed over to a process of the new executable.
extension Supervisor {
    func beginUpgrade(_ request: ControlUpgradeRequest) async throws(LinkError) -> ControlUpgradeReply {
        guard !isStopping else { throw LinkError(.unavailable, "the service is stopping") }
        guard upgradeState != "running" else { throw LinkError(.failedPrecondition, "an upgrade is under way") }
        for (name, lifecycle) in lifecycles {
            switch lifecycle.phase {
            case .ready, .stopped, .backoff: continue
            case .starting, .replacing, .stopping:
                throw LinkError(
                    .failedPrecondition, "\(name.rawValue) is \(lifecycle.stateName); try again when it is ready")
            }
        }
        let executable = request.executable.isEmpty ? options.executable : request.executable
        upgradeState = "running"
        do throws(LinkError) {
            try await probe(executable)
        } catch {
            upgradeState = "failed: \(error.text)"
            throw error
        }
        // The reply must be on its way before this image ends.
        Reactor.shared.schedule(after: .milliseconds(20)) { [self] in
            drainControl { self.replaceImage(executable) }
        }
        var reply = ControlUpgradeReply()
        reply.generation = generation + 1
        return reply
    }

    /// Does the executable start at all, and does it accept the configuration? `martlet serve … --check` says so.
    private func probe(_ executable: String) async throws(LinkError) {
        guard access(executable, X_OK) == 0 else {
            throw LinkError(.invalidArgument, "\(executable): \(String(cString: strerror(errno)))")
        }
        let process: Spawner.Process
        do throws(Spawner.Failure) {
            process = try Spawner.spawn(
                executable, Array(options.arguments.dropFirst()) + ["--check"], environment: Spawner.current(),
                descriptors: [])
        } catch {
            throw LinkError(.invalidArgument, error.text)
        }
        let reason: String = await withCheckedContinuation { continuation in
            let deadline = Reactor.shared.schedule(after: .seconds(20)) {
                _ = martlet_pidfd_signal(process.pidfd, SIGKILL)
            }
            Reactor.shared.watch(process.pidfd, .readable) { _ in
                var status: CInt = 0
                guard martlet_pidfd_reap(process.pidfd, &status) != 0 else { return }
                Reactor.shared.unwatch(process.pidfd)
                close(process.pidfd)
                deadline.cancel()
                continuation.resume(returning: status == 0 ? "" : Child.reason(status))
            }
        }
        guard reason.isEmpty else {
            throw LinkError(
                .invalidArgument, "\(executable) serve --check failed: \(reason); its errors are in the log")
        }
    }

    /// Local programs hear GOAWAY before this image ends; who connects meanwhile waits for the next one.
    private func drainControl(_ then: @escaping @ReactorActor () -> Void) {
        guard let listener = control else { return then() }
        control = nil
        var isOver = false
        let finish: @ReactorActor () -> Void = {
            guard !isOver else { return }
            isOver = true
            listener.onDrained = nil
            listener.closeAll()
            then()
        }
        listener.onDrained = finish
        Reactor.shared.schedule(after: .seconds(2), finish)
        listener.drain()
    }

    private func replaceImage(_ executable: String) {
        logger.notice("replacing this image", metadata: ["executable": "\(executable)"])
        let state = UpgradeState(
            generation: generation + 1, uptime: startedAt.duration(to: .now).seconds, sockets: sockets.items,
            daemons: DaemonName.allCases.map(snapshot), dataLock: options.dataLock >= 0 ? options.dataLock : nil,
            savedSinceStart: savedSinceStart.sorted())
        let error: String
        do {
            let fd = try state.write()
            keepDescriptors(state)
            martlet_reset_signals()
            var environment = Spawner.current().filter { !$0.hasPrefix(UpgradeState.environmentKey + "=") }
            environment.append("\(UpgradeState.environmentKey)=\(fd)")
            let number = Spawner.withCStrings([executable] + options.arguments.dropFirst()) { argv in
                Spawner.withCStrings(environment) { envp in martlet_exec(executable, argv, envp) }
            }
            error = String(cString: strerror(number))
            close(fd)
        } catch let failure {
            error = "\(failure)"
        }
        // Still the old image: its sessions are given up above, so take up again what was just written down.
        let signals: [CInt] = [SIGTERM, SIGINT, SIGHUP]
        martlet_block_signals(signals, CInt(signals.count))
        upgradeState = "failed: \(error)"
        if let lock = state.dataLock { martlet_set_cloexec(lock, 1) }
        logger.error("the image could not be replaced", metadata: ["error": "\(error)"])
        resume(state.daemons)
        serveControl()
    }

    private func snapshot(_ name: DaemonName) -> UpgradeState.DaemonState {
        let lifecycle = lifecycles[name]
        let all = children[name] ?? [:]
        children[name] = [:]
        return UpgradeState.DaemonState(
            name: name.rawValue, serving: lifecycle?.serving.flatMap { all[$0] }.flatMap(process),
            draining: (lifecycle?.draining ?? []).compactMap { all[$0] }.compactMap(process),
            lastInstance: lifecycle?.lastInstance ?? 0, restarts: lifecycle?.restarts ?? 0,
            isStopped: lifecycle?.phase == .stopped)
    }

    /// Lets go of a child without ending it.
    private func process(_ child: Child) -> UpgradeState.Process? {
        Reactor.shared.unwatch(child.pidfd)
        child.control.onClose = nil
        guard let detached = child.control.detach() else { return nil }
        return UpgradeState.Process(
            id: child.id.number, pid: child.pid, pidfd: child.pidfd, control: detached.fd, session: detached.snapshot,
            age: child.startedAt.duration(to: .now).seconds)
    }

    private func keepDescriptors(_ state: UpgradeState) {
        for item in state.sockets { martlet_set_cloexec(item.descriptor, 0) }
        if let lock = state.dataLock { martlet_set_cloexec(lock, 0) }
        for daemon in state.daemons {
            for process in daemon.draining + (daemon.serving.map { [$0] } ?? []) {
                martlet_set_cloexec(process.pidfd, 0)
                martlet_set_cloexec(process.control, 0)
            }
        }
    }

    // MARK: In the new image

    /// Takes over from the earlier image, then hands every daemon over to a process of this one.
    func resume(_ state: UpgradeState) {
        generation = state.generation
        startedAt = .now - .milliseconds(Int(state.uptime * 1000))
        sockets = ListeningSockets(items: state.sockets)
        for item in state.sockets { martlet_set_cloexec(item.descriptor, 1) }
        if let lock = state.dataLock { close(lock) }
        hasBeenReady = true
        resume(state.daemons)
        upgradeState = "running"
        logger.notice("image replaced", metadata: ["version": "\(options.version)", "generation": "\(generation)"])
        savedSinceStart = Set(state.savedSinceStart ?? [])
        Task { @ReactorActor in
            // This image has read them as at a start.
            if !savedSinceStart.isEmpty { try? await savedSettingsChanged([]) }
            await handOverAll()
        }
    }

    private func resume(_ daemons: [UpgradeState.DaemonState]) {
        for daemon in daemons {
            guard let name = DaemonName(rawValue: daemon.name) else { continue }
            var lifecycle = Lifecycle(policy: policy(), lastInstance: daemon.lastInstance)
            lifecycle.restarts = daemon.restarts
            lifecycle.draining = Set(daemon.draining.map { InstanceID($0.id) })
            if let serving = daemon.serving { lifecycle.phase = .ready(InstanceID(serving.id)) }
            lifecycles[name] = lifecycle
            for process in daemon.draining + (daemon.serving.map { [$0] } ?? []) { resume(process, name) }
            if daemon.serving == nil, !daemon.isStopped { send(.start, to: name) }
        }
    }

    private func resume(_ process: UpgradeState.Process, _ name: DaemonName) {
        martlet_set_cloexec(process.pidfd, 1)
        martlet_set_cloexec(process.control, 1)
        let id = InstanceID(process.id)
        guard
            let session = try? Session<LinkStream>(
                resuming: process.session,
                configuration: SessionConfiguration(role: "supervisor", build: options.version))
        else { return }
        let control = LinkConnection(fd: process.control, resuming: session, service: childRouter(name, id))
        let child = makeChild(
            name, id, process.pid, process.pidfd, control, startedAt: .now - .milliseconds(Int(process.age * 1000)))
        child.lastBeat = .now
        adopt(child)
    }

    private func handOverAll() async {
        var failures: [String] = []
        for name in Self.startOrder.joined() where lifecycles[name]?.serving != nil {
            do throws(LinkError) {
                try await handOver(name)
            } catch {
                failures.append(error.text)
            }
        }
        upgradeState = failures.isEmpty ? "done" : "failed: \(failures.joined(separator: "; "))"
        logger.notice("upgrade over", metadata: ["result": "\(upgradeState)"])
        statusChanged()
    }
}
