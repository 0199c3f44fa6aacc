import Contracts
import DaemonKit
import Link
import Logging
import Reactor
import Storage

/// scim: SCIM 2.0 provisioning (RFC 7643, RFC 7644). Calls on scim.sock: `scim.exchange` (streaming),
/// `scim.token-add`, `scim.token-list`, `scim.token-remove`.
///
/// Who may call was decided by api; here it is only checked that the operator wants provisioning at all. It writes
/// accounts, groups and `martlet_scim_*`, and what it did into the audit; of passwords it knows nothing.
@ReactorActor
public final class SCIMDaemon: Daemon {
    nonisolated public static let name = DaemonName.scim

    private let context: DaemonContext
    let logger: Logger
    private var settings: Settings
    /// Opened when it is first needed: most installations have no provisioning client.
    private var database: Database?
    private var exchanges: [ObjectIdentifier: ExchangeHandler] = [:]
    private var answered: [Int: UInt64] = [:]

    public init(_ context: DaemonContext) {
        self.context = context
        logger = context.logger
        settings = context.settings
    }

    public func register(on router: LinkRouter) {
        router.stream(Methods.scimExchange.name) { [weak self] stream in self?.exchange(stream) }
        router.unary(Methods.scimTokenAdd) { [weak self] request, _ in
            try await self?.tokens().add(request.name) ?? ScimToken()
        }
        router.unary(Methods.scimTokenRemove) { [weak self] request, _ in
            try await self?.tokens().remove(request.name) ?? ScimToken()
        }
        router.unary(Methods.scimTokenList) { [weak self] _, _ in
            try await self?.tokens().list() ?? ScimTokenList()
        }
    }

    public func start() async throws {}

    public func apply(_ settings: Settings, changed: [String]) { self.settings = settings }

    public func abandon() { for exchange in exchanges.values { exchange.abandon() } }

    public var report: DaemonReport {
        var report = DaemonReport()
        report.inFlight = UInt64(exchanges.count)
        report.figures = answered.sorted { $0.key < $1.key }.map { status, count in
            .counter("martlet_scim_responses", "Answers by class of status", Double(count), ["class": "\(status)xx"])
        }
        return report
    }

    private func exchange(_ stream: LinkStream) {
        let handler = ExchangeHandler(stream, daemon: self)
        exchanges[ObjectIdentifier(handler)] = handler
        handler.begin()
    }

    func ended(_ handler: ExchangeHandler, status: Int?) {
        exchanges[ObjectIdentifier(handler)] = nil
        if let status { answered[status / 100, default: 0] += 1 }
    }

    /// nil: provisioning is off.
    /// - Throws: `StorageError`.
    func service() throws -> SCIMService? {
        guard settings.flag("ENABLE_SCIM") else { return nil }
        let database = try opened()
        let rules = SCIMRules(adopts: settings.flag("SCIM_ADOPT"), defaultGroupID: settings.text("DEFAULT_GROUP_ID"))
        return SCIMService(database: database, rules: rules, logger: logger)
    }

    private func tokens() throws -> TokenStore { TokenStore(database: try opened()) }

    private func opened() throws -> Database {
        if let database { return database }
        let url = settings.text("DATABASE_URL")
        let opened = try url.isEmpty ? Database.open(path: context.dataDirectory + "/webui.db") : .open(url: url)
        database = opened
        return opened
    }
}
