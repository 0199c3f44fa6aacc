import Contracts
import DaemonKit
import Glibc
import Link
import Reactor

/// control.sock: what people and programs ask of the supervisor.
extension Supervisor {
    func controlRouter() -> LinkRouter {
        let router = LinkRouter()
        router.unary(Methods.ping) { [options] request, _ in
            var reply = ControlPong()
            reply.text = request.text
            reply.daemon = "supervisor"
            reply.version = options.version
            reply.pid = UInt32(getpid())
            return reply
        }
        router.unary(Methods.status) { [weak self] _, _ in self?.status() ?? ControlStatus() }
        router.unary(Methods.figures) { [weak self] _, _ in self?.figures() ?? ControlFigures() }
        router.unary(Methods.settings) { [weak self] _, _ in self?.settings.message(masked: true) ?? ControlSettings() }
        router.unary(Methods.restart) { [weak self] request, _ in
            try await self?.restart(request) ?? ControlDaemonReply()
        }
        router.unary(Methods.stop) { [weak self] request, _ in try await self?.stop(request) ?? ControlDaemonReply() }
        router.unary(Methods.start) { [weak self] request, _ in try await self?.start(request) ?? ControlDaemonReply() }
        router.unary(Methods.reload) { [weak self] _, _ in
            guard let self else { throw LinkError(.unavailable, "stopping") }
            return try await reload()
        }
        router.unary(Methods.upgrade) { [weak self] request, _ in
            guard let self else { throw LinkError(.unavailable, "stopping") }
            return try await beginUpgrade(request)
        }
        router.unary(Methods.shutdown) { [weak self] _, _ in
            self?.beginShutdown("asked over control.sock")
            return ControlShutdownReply()
        }
        return router
    }

    private func named(_ text: String) throws(LinkError) -> DaemonName {
        guard let name = DaemonName(rawValue: text) else {
            let names = DaemonName.allCases.map(\.rawValue).joined(separator: ", ")
            throw LinkError(.notFound, "there is no daemon \"\(text)\"; there are: \(names)")
        }
        return name
    }

    private func restart(_ request: ControlDaemonRequest) async throws(LinkError) -> ControlDaemonReply {
        let name = try named(request.name)
        let old = serving(name)
        let id = try await handOver(name)
        if request.waitDrained, let old {
            try await outcome(
                .drained(old.id), of: name, within: settings.duration("MARTLET_DRAIN_LIMIT") + .seconds(10))
        }
        return reply(name, id, old.map { "took over from pid \($0.pid)" } ?? "started")
    }

    private func stop(_ request: ControlDaemonRequest) async throws(LinkError) -> ControlDaemonReply {
        let name = try named(request.name)
        lifecycles[name]?.policy.drainLimit = settings.duration("MARTLET_STOP_LIMIT")
        defer { lifecycles[name]?.policy = policy() }
        send(.stop, to: name)
        try await outcome(.stopped, of: name, within: settings.duration("MARTLET_STOP_LIMIT") + .seconds(10))
        return reply(name, nil, "stopped")
    }

    private func start(_ request: ControlDaemonRequest) async throws(LinkError) -> ControlDaemonReply {
        let name = try named(request.name)
        send(.start, to: name)
        let id = try await outcome(.settled, of: name, within: settings.duration("MARTLET_READY_LIMIT") + .seconds(10))
        return reply(name, id, "ready")
    }

    private func reply(_ name: DaemonName, _ id: InstanceID?, _ text: String) -> ControlDaemonReply {
        var reply = ControlDaemonReply()
        reply.pid = UInt32(id.flatMap { child(name, $0)?.pid } ?? 0)
        reply.text = text
        return reply
    }

    // MARK: Figures

    func status() -> ControlStatus {
        var status = ControlStatus()
        status.version = options.version
        status.uptimeSeconds = startedAt.duration(to: .now).seconds
        status.supervisorPid = UInt32(getpid())
        status.supervisorRssBytes = Child.residentBytes(pid: getpid())
        status.generation = generation
        status.upgrade = upgradeState
        status.httpAddress = sockets[ListeningSockets.http]?.address ?? ""
        status.daemons = Self.startOrder.joined().map(daemonStatus)
        status.backends = serving(.ollamaLBProxy)?.beat.backends ?? []
        status.jobs = ControlJobTotals()
        return status
    }

    private func daemonStatus(_ name: DaemonName) -> ControlDaemonStatus {
        var status = ControlDaemonStatus()
        status.name = name.rawValue
        guard let lifecycle = lifecycles[name] else { return status }
        status.state = lifecycle.stateName
        status.restarts = UInt32(lifecycle.restarts)
        if lifecycle.serving == nil { status.detail = lifecycle.lastFailure }
        let current = serving(name) ?? children[name]?.values.first { !lifecycle.draining.contains($0.id) }
        if let current {
            status.pid = UInt32(current.pid)
            status.uptimeSeconds = current.startedAt.duration(to: .now).seconds
            status.rssBytes = Child.residentBytes(pid: current.pid)
            status.figures = current.beat.figures
        }
        status.inFlight = (children[name] ?? [:]).values.reduce(0) { $0 + $1.beat.inFlight }
        status.drainingPids = lifecycle.draining.compactMap { child(name, $0).map { UInt32($0.pid) } }.sorted()
        return status
    }

    /// Everybody's figures, for /metrics: the daemons' own with a label that names them, and the supervisor's.
    func figures() -> ControlFigures {
        var all = ControlFigures()
        for name in Self.startOrder.joined() {
            let status = daemonStatus(name)
            let labels = ["daemon": name.rawValue]
            all.figures += [
                .gauge("martlet_daemon_up", "1 when the daemon serves", serving(name) == nil ? 0 : 1, labels),
                .counter("martlet_daemon_restarts", "Starts that were not asked for", Double(status.restarts), labels),
                .gauge("martlet_daemon_resident_bytes", "Resident memory", Double(status.rssBytes), labels),
                .gauge(
                    "martlet_daemon_in_flight", "Requests, streams or jobs under way", Double(status.inFlight), labels),
                .gauge("martlet_daemon_uptime_seconds", "Age of the process", status.uptimeSeconds, labels),
            ]
            all.figures += status.figures
        }
        let labels = ["daemon": "supervisor"]
        all.figures.append(
            .gauge(
                "martlet_daemon_resident_bytes", "Resident memory", Double(Child.residentBytes(pid: getpid())), labels))
        return all
    }
}
