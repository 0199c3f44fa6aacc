import Contracts
import DaemonKit
import Glibc
import Link
import Logging
import Reactor

extension Supervisor {
    /// Reads the configuration again; a wrong one changes nothing. Live settings reach every process at once; daemons
    /// whose settings hold from the start only are handed over.
    func reload() async throws(LinkError) -> ControlReloadReply {
        guard !isStopping else { throw LinkError(.unavailable, "the service is stopping") }
        // Before the service is ready, READY would be a lie.
        let isReady = hasBeenReady
        if isReady { notifier.reloading() }
        defer { if isReady, !isStopping { notifier.ready(status: statusLine) } }
        let changed: [String]
        do {
            changed = try await refresh()
        } catch {
            logger.error("configuration refused", metadata: ["why": "\(error)"])
            throw LinkError(.invalidArgument, "\(error)")
        }
        var reply = ControlReloadReply()
        reply.changed = changed
        for name in daemonsToHandOver(changed) {
            try await handOver(name)
            reply.handedOver.append(name.rawValue)
        }
        logger.notice("configuration reloaded", metadata: ["changed": "\(changed.joined(separator: ","))"])
        return reply
    }

    private func load() async throws -> Settings {
        let saved = try await storage.savedSettings(options.dataDirectory)
        let logger = logger
        return try options.loader.load(saved: saved, recent: savedSinceStart) { problem in
            logger.warning("a saved setting is ignored", metadata: ["why": "\(problem)"])
        }
    }

    private func daemonsToHandOver(_ changed: [String]) -> [DaemonName] {
        var wanted: Set<DaemonName> = []
        for key in changed {
            if case .handOver(let names)? = SettingDefinition.named(key)?.effect { wanted.formUnion(names) }
        }
        return Self.startOrder.joined().filter { wanted.contains($0) && lifecycles[$0]?.serving != nil }
    }

    /// api wrote the `config` table.
    func savedSettingsChanged(_ keys: [String]) async throws(LinkError) {
        savedSinceStart.formUnion(keys.filter { SettingDefinition.persisted(at: $0) != nil })
        do {
            try await refreshTogether()
        } catch {
            logger.error(
                "saved settings refused", metadata: ["keys": "\(keys.joined(separator: ","))", "why": "\(error)"])
            throw LinkError(.invalidArgument, "\(error)")
        }
    }

    /// Reads the configuration and has every process take it over. One after the other: what was read first must not be
    /// taken over last.
    /// - Returns: the keys that differ from before.
    private func refresh() async throws -> [String] {
        let before = lastRefresh
        let refresh = Task { @ReactorActor in
            _ = await before?.result
            return try await self.refreshNow()
        }
        lastRefresh = refresh
        return try await refresh.value
    }

    /// The same for who only wants to know that it was done. Those who come before it begins share one: it reads later than
    /// they wrote, and a hundred changes are not read a hundred times.
    private func refreshTogether() async throws {
        if let waitingRefresh { return _ = try await waitingRefresh.value }
        let before = lastRefresh
        let refresh = Task { @ReactorActor in
            _ = await before?.result
            self.waitingRefresh = nil
            return try await self.refreshNow()
        }
        (lastRefresh, waitingRefresh) = (refresh, refresh)
        _ = try await refresh.value
    }

    private func refreshNow() async throws -> [String] {
        let new = try await load()
        let changed = new.changes(from: settings)
        await apply(new)
        return changed
    }

    /// Returns when every process has taken the settings over, or has failed to. One that still starts gets them as soon
    /// as it is ready: it would refuse them, and count as failed.
    private func apply(_ new: Settings) async {
        settings = new
        revision += 1
        MartletLogHandler.setLevel(new.text("LOG_LEVEL"))
        for name in DaemonName.allCases { lifecycles[name]?.policy = policy() }
        let told = allChildren.filter { lifecycles[$0.name]?.starting != $0.id }.map { configure($0.name, $0.id) }
        for task in told { await task?.value }
    }

    /// A new process takes over from the one that serves. Returns when it serves; throws when it failed and the old one
    /// carries on.
    @discardableResult
    func handOver(_ name: DaemonName) async throws(LinkError) -> InstanceID? {
        if case .replacing? = lifecycles[name]?.phase {
            throw LinkError(.failedPrecondition, "\(name.rawValue): a hand-over is under way")
        }
        guard !isStopping else { throw LinkError(.unavailable, "the service is stopping") }
        if case .stopping? = lifecycles[name]?.phase {
            throw LinkError(.failedPrecondition, "\(name.rawValue) is stopping")
        }
        send(.restart, to: name)
        do throws(LinkError) {
            return try await outcome(.ready, of: name, within: settings.duration("MARTLET_READY_LIMIT") + .seconds(10))
        } catch {
            let still = lifecycles[name]?.serving != nil ? "; the old process carries on" : ""
            throw LinkError(.unavailable, "\(name.rawValue): \(error.text)\(still)")
        }
    }
}
