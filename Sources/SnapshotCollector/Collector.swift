import Contracts
import DaemonKit
import Glibc
import Link
import Logging
import Reactor
import Storage

/// Writes one row for each backend at each interval, in one process of all hosts at a time.
@ReactorActor
final class Collector {
    private let database: Database
    private let proxy: LinkClient
    private let logger: Logger
    private let host: () -> SnapshotHost
    private var schedule: Schedule
    private var backends: [String]
    private var timer: ReactorTimer?
    private var round: Task<Void, Never>?
    private var isStopped = false
    private var knowsProxy = true
    /// Rows written since the start.
    private(set) var written: UInt64 = 0
    private(set) var isActive = false

    private let holder = "\(getpid())-\(UInt64.random(in: 0 ... .max))"
    nonisolated private static let lease = "snapshot-collector"
    /// How long a round may be late before another host takes over.
    private static let grace: Int64 = 30_000
    /// Rows deleted in one transaction.
    nonisolated private static let batch = 500

    init(
        database: Database, proxy: LinkClient, settings: Settings, logger: Logger, host: @escaping () -> SnapshotHost
    ) {
        self.database = database
        self.proxy = proxy
        self.logger = logger
        self.host = host
        schedule = Self.schedule(settings)
        backends = Self.backends(settings)
    }

    private static func schedule(_ settings: Settings) -> Schedule {
        Schedule(
            interval: Int64(settings.integer("BACKEND_SNAPSHOT_INTERVAL")),
            retentionDays: Int64(settings.integer("BACKEND_SNAPSHOT_RETENTION_DAYS")))
    }

    private static func backends(_ settings: Settings) -> [String] {
        settings.flag("ENABLE_OLLAMA_API") ? settings.list("OLLAMA_BASE_URLS") : []
    }

    func apply(_ settings: Settings) {
        backends = Self.backends(settings)
        let new = Self.schedule(settings)
        guard new != schedule else { return }
        schedule = new
        begin()
    }

    // MARK: The clock

    /// Waits until a row is due, by the rows that are there already: a restart neither skips one nor takes one twice.
    func begin() {
        guard !isStopped else { return }
        timer?.cancel()
        round?.cancel()
        round = Task { @ReactorActor in
            let newest = try? await database.read { try BackendSnapshotTable.newest(in: $0) }
            guard !Task.isCancelled else { return }
            plan(after: schedule.wait(newest: newest ?? nil, now: Int64(time(nil))))
        }
    }

    private func plan(after seconds: Int64) {
        guard !isStopped else { return }
        timer = Reactor.shared.schedule(after: .seconds(seconds)) { [weak self] in
            guard let self else { return }
            round = Task { @ReactorActor in await self.due() }
        }
    }

    private func due() async {
        do {
            isActive = try await holdsLease()
            if isActive { _ = try await collect() }
        } catch {
            logger.warning("no snapshot was taken", metadata: ["error": "\(error)"])
        }
        guard !Task.isCancelled else { return }
        // Who does not hold the lease looks soon again, for the holder may be gone.
        plan(after: isActive ? schedule.interval : min(30, schedule.interval))
    }

    private func holdsLease() async throws -> Bool {
        let (holder, milliseconds) = (holder, schedule.interval * 1000 + Self.grace)
        return try await database.write { session in
            try LeaseTable.acquire(Self.lease, holder: holder, milliseconds: milliseconds, in: session)
        }
    }

    /// Another process may take over at once.
    func stop() async {
        isStopped = true
        timer?.cancel()
        round?.cancel()
        await round?.value
        guard isActive else { return }
        let holder = holder
        try? await database.write { try LeaseTable.release(Self.lease, holder: holder, in: $0) }
    }

    // MARK: A round

    /// One row for each backend, now.
    /// - Returns: how many.
    func collect() async throws -> Int {
        let wall = Int64(time(nil))
        var rows = await fleet(wall) ?? backends.map { BackendSnapshot(capturedAt: wall, backendURL: $0) }
        let host = host()
        for index in rows.indices {
            rows[index].cpuPercent = host.hasCpuPercent ? host.cpuPercent : nil
            rows[index].ramPercent =
                host.ramTotalBytes > 0 ? Double(host.ramUsedBytes) / Double(host.ramTotalBytes) * 100 : nil
        }
        let taken = rows
        try await database.write { session in
            for row in taken { try BackendSnapshotTable.insert(row, in: session) }
        }
        written += UInt64(taken.count)
        try await purge(wall)
        return taken.count
    }

    private func fleet(_ wall: Int64) async -> [BackendSnapshot]? {
        do throws(LinkError) {
            let stats = try await proxy.call(Methods.stats, OllamaStatsRequest(), timeout: .seconds(5))
            knowsProxy = true
            return stats.backends.filter(\.backend.enabled).map { BackendSnapshot($0, capturedAt: wall) }
        } catch {
            // Once, not at each round of an outage.
            if knowsProxy { logger.warning("ollama-lb-proxy does not answer", metadata: ["error": "\(error)"]) }
            knowsProxy = false
            return nil
        }
    }

    private func purge(_ wall: Int64) async throws {
        var clock = timespec()
        clock_gettime(CLOCK_BOOTTIME, &clock)
        guard let limit = schedule.purgeLimit(wall: wall, steady: Int64(clock.tv_sec)) else { return }
        var deleted = 0
        while !Task.isCancelled {
            let count = try await database.write { session in
                try BackendSnapshotTable.purge(before: limit, limit: Self.batch, in: session)
            }
            deleted += count
            if count < Self.batch { break }
        }
        if deleted > 0 { logger.info("old snapshots deleted", metadata: ["rows": "\(deleted)"]) }
    }
}
