import Contracts
import DaemonKit
import HTTPFront
import Identity
import Link
import Logging
import NIOCore
import NIOPosix
import Reactor
import Redis
import Storage

/// api: HTTP on TCP and api.sock, authentication, authorisation, resources.
///
/// HTTP is served on NIO's event loops; the control channel, and with it beats and settings, on the reactor. A beat is
/// sent only when every event loop has turned (`pulse`).
@ReactorActor
public final class APIDaemon: Daemon {
    nonisolated public static let name = DaemonName.api

    private let context: DaemonContext
    private let logger: Logger
    private let group: MultiThreadedEventLoopGroup
    private let proxy: LinkClient
    private var server: HTTPServer?
    /// The server's figures for the routes, which are made before the server is.
    private let figures = FiguresSource()
    private var identity: IdentitySettingsStore?
    private let board: SettingsBoard
    private var audit: AuditLog?
    private var oauth: (service: OAuthService, secretKey: [UInt8])?
    /// What other hosts tell and are told; nil: this host stands alone.
    private var shared: RedisEvents?

    public init(_ context: DaemonContext) {
        self.context = context
        logger = context.logger
        board = SettingsBoard(context.settings)
        let wanted = context.settings.integer("MARTLET_API_THREADS")
        group = MultiThreadedEventLoopGroup(numberOfThreads: wanted > 0 ? wanted : min(4, System.coreCount))
        proxy = LinkClient(path: Self.proxySocket(context), configuration: Self.linkConfiguration(context))
    }

    private static func proxySocket(_ context: DaemonContext) -> String {
        "\(context.runtimeDirectory)/\(DaemonName.ollamaLBProxy.rawValue).sock"
    }

    private static func linkConfiguration(_ context: DaemonContext) -> SessionConfiguration {
        SessionConfiguration(role: name.rawValue, build: context.version)
    }

    public func start() async throws {
        let url = context.settings.text("DATABASE_URL")
        let database = try url.isEmpty ? Database.open(path: context.dataDirectory + "/webui.db") : .open(url: url)
        let configured = Array(context.settings.text("WEBUI_SECRET_KEY").utf8)
        let key = configured.isEmpty ? try SecretKeyFile.loadOrCreate(dataDir: context.dataDirectory) : configured
        let identity = try IdentitySettingsStore(IdentitySettings(context.settings, secretKey: key))
        self.identity = identity
        let authenticator = try share(database, identity)
        let accounts = AccountService(
            database: database, settings: identity, hasher: PasswordHasher(), authenticator: authenticator,
            logger: logger,
            settingsChanged: announcer())
        let links = try await ProxyLinks(
            group: group, path: Self.proxySocket(context), configuration: Self.linkConfiguration(context))
        let (board, logger) = (board, logger)
        let audit = AuditLog(database: database, logger: logger) {
            board.settings.integer("MARTLET_AUDIT_RETENTION_DAYS")
        }
        self.audit = audit
        let admission = Admission(
            authenticator: authenticator, board: board, audit: audit,
            provisioning: ProvisioningClients(database: database, board: board))
        let editor = SettingsEditor(database: database, board: board, announce: announcement(), logger: logger)
        let oauth = OAuthService(OAuthSettings(context.settings, secretKey: key), accounts: accounts, logger: logger)
        self.oauth = (oauth, key)
        let provisioning = try await provisioningRoutes(authenticator)
        let responder = try RouterResponder(
            routes(database, accounts, links, editor, audit, oauth) + provisioning.routes
        ) { request, info in
            admission.admit(&request, info.metadata)
        }
        var limits = HTTPLimits()
        limits.maxConnections = context.settings.integer("MARTLET_MAX_CONNECTIONS")
        let server = HTTPServer(
            group: group, limits: limits, responder: responder, logger: logger, accessLog: accessLog())
        self.server = server
        figures.set { server.figures }
        let uploads = ModelFile.directory(in: context.dataDirectory)
        Task { await ModelFile.removeLeftovers(in: uploads) }
        let listeners = [context.listeners["http"], context.listeners["local"]].compactMap { $0 }
        try await server.start(listeners: listeners)
    }

    /// The authenticator, which hears what other hosts tell if there are some.
    private func share(_ database: Database, _ identity: IdentitySettingsStore) throws -> Authenticator {
        guard !context.settings.text("REDIS_URL").isEmpty else {
            return Authenticator(database: database, settings: identity, logger: logger)
        }
        let shared = try RedisEvents(context.settings, logger: logger)
        self.shared = shared
        let authenticator = Authenticator(database: database, settings: identity, shared: shared, logger: logger)
        let refresh = SettingsRefresh(announce: settingsReader(), logger: logger)
        shared.listen { event in
            authenticator.hear(event)
            guard let keys = event.settings else { return }
            Task { @ReactorActor in refresh.request(keys) }
        }
        return authenticator
    }

    private func provisioningRoutes(_ authenticator: Authenticator) async throws -> SCIMRoutes {
        let links = try await ProxyLinks(
            group: group, path: "\(context.runtimeDirectory)/\(DaemonName.scim.rawValue).sock",
            configuration: Self.linkConfiguration(context))
        let supervisor = context.supervisor
        return SCIMRoutes(
            links: links, board: board, authenticator: authenticator,
            daemonState: { @ReactorActor in
                let status = try? await supervisor.call(
                    Methods.relayStatus, ControlStatusRequest(), timeout: .seconds(5))
                return status?.daemons.first { $0.name == DaemonName.scim.rawValue }?.state
            }, logger: logger)
    }

    private func routes(
        _ database: Database, _ accounts: AccountService, _ links: ProxyLinks, _ editor: SettingsEditor,
        _ audit: AuditLog, _ oauth: OAuthService
    ) -> [APIRoute] {
        let health = HealthRoutes(
            database: database, proxy: proxy, supervisor: context.supervisor, version: "0.8.3",
            figures: { [figures] in figures.value().map(Self.controlFigures) ?? [] })
        let metrics = SystemMetrics(
            collector: LinkClient(
                path: "\(context.runtimeDirectory)/\(DaemonName.snapshotCollector.rawValue).sock",
                configuration: Self.linkConfiguration(context)), proxy: proxy, supervisor: context.supervisor)
        let (users, groups) = (UserService(accounts: accounts), GroupService(accounts: accounts))
        let clock = IdentityClock.system.now
        let openAIModels = OpenAIModels(client: proxy)
        let catalogue = ModelCatalogue(
            sources: [ModelCatalogue.ollama(proxy, now: clock), ModelCatalogue.openAI(openAIModels)], logger: logger)
        let models = ModelAccess(database: database, board: board, catalogue: catalogue, logger: logger)
        let bodyLimit = context.settings.integer("MARTLET_MAX_BODY")
        let registry = ModelsRoutes(
            models: ModelService(access: models, users: users, clock: clock), bodyLimit: bodyLimit)
        let ollama = OllamaRoutes(
            services: OllamaServices(
                links: links, client: proxy, access: models, editor: editor, dataDirectory: context.dataDirectory,
                bodyLimit: bodyLimit, logger: logger))
        let askers = OpenAIAskers(board: board) { id, user async throws(APIError) in
            try await oauth.accessToken(sessionID: id, userID: user)
        }
        let openAI = OpenAIServices(
            links: links, models: openAIModels, access: models, users: users, editor: editor,
            askers: askers, bodyLimit: bodyLimit, logger: logger)
        let completions = CompletionRoutes(services: openAI)
        let settings: [APIRoute] =
            ConfigsRoutes(editor: editor).routes + AuthConfigRoutes(editor: editor, providers: { oauth.labels }).routes
            + OAuthConfigRoutes(editor: editor).routes
            + ToolServerRoutes(editor: editor, oauth: oauth, logger: logger).routes
            + AppConfigRoutes(
                editor: editor, database: database, authenticator: accounts.authenticator, users: users,
                version: "0.8.3", providers: { oauth.labels }
            ).routes
        let providers = OAuthRoutes(oauth: oauth, board: board, audit: audit, logger: logger)
        let authentication = AuthsRoutes(
            accounts: accounts, board: board, audit: audit,
            signOutRedirect: { await providers.signOutRedirect($0, $1) })
        let ldap = LDAPRoutes(auths: authentication, directory: LDAPSignIn(accounts: accounts), editor: editor)
        let auths =
            authentication.routes + providers.routes + ldap.routes
            + AccountRoutes(accounts: accounts, board: board, audit: audit).routes
        let upstreams: [APIRoute] =
            ollama.routes + OpenAIRoutes(services: openAI).routes + registry.routes + completions.routes
        let system = SystemRoutes(editor: editor, database: database, metrics: metrics).routes
        return health.routes + system + auths + settings + upstreams
            + UsersRoutes(users: users, groups: groups, clock: clock).routes
            + OwnUserRoutes(users: users, groups: groups).routes + GroupsRoutes(groups: groups, clock: clock).routes
    }

    /// Identity saved a setting: the supervisor reads it again and tells every daemon.
    private func announcer() -> @Sendable (SettingChange) async -> Void {
        let announce = announcement()
        let logger = logger
        return { change in
            do {
                try await announce([change.key])
            } catch {
                logger.error(
                    "a saved setting was not announced", metadata: ["key": "\(change.key)", "error": "\(error)"])
            }
        }
    }

    /// Settings were saved: tells the other hosts, and has this one take them over.
    private func announcement() -> @Sendable ([String]) async throws -> Void {
        let (shared, read, identity, board) = (shared, settingsReader(), identity, board)
        return { keys in
            shared?.settingsChanged(keys)
            try await read(keys)
            // Closed by the first sign-up and opened again before the supervisor read it: no change, for the supervisor.
            guard keys.isEmpty || keys.contains("ui.enable_signup") else { return }
            try identity?.update { $0.enableSignup = board.settings.flag("ENABLE_SIGNUP") }
        }
    }

    /// Has the supervisor read the saved settings again; returns when every daemon has taken them over.
    private func settingsReader() -> @Sendable ([String]) async throws -> Void {
        let supervisor = context.supervisor
        return { @ReactorActor keys in
            var message = ControlSettingsChanged()
            message.keys = keys
            _ = try await supervisor.call(Methods.settingsChanged, message, timeout: .seconds(10))
        }
    }

    private func accessLog() -> @Sendable (HTTPAccessRecord) -> Void {
        let logger = logger
        return { record in
            guard logger.logLevel <= .debug || record.status >= 500 else { return }
            logger.log(
                level: record.status >= 500 ? .warning : .debug, "request",
                metadata: [
                    "method": "\(record.method.rawValue)", "path": "\(record.path)", "status": "\(record.status)",
                    "ms": "\(record.duration.nanoseconds / 1_000_000)", "bytes": "\(record.bytes)",
                    "request_id": "\(record.requestID)",
                ])
        }
    }

    public func apply(_ settings: Settings, changed: [String]) {
        board.replace(settings)
        do {
            try identity?.update { $0.update(settings, changed: changed) }
        } catch {
            logger.error("settings refused", metadata: ["error": "\(error)"])
        }
        if let oauth { oauth.service.update(OAuthSettings(settings, secretKey: oauth.secretKey)) }
    }

    public func drain(isFinal: Bool) async {
        server?.drain(closingIdle: isFinal)
        await server?.drained()
        await audit?.flush()
    }

    public func abandon() { server?.closeAll() }

    public func pulse() async {
        for loop in group.makeIterator() { try? await loop.submit {}.get() }
    }

    public var report: DaemonReport {
        var report = DaemonReport()
        guard let figures = server?.figures else { return report }
        report.inFlight = UInt64(clamping: figures.requestsInFlight)
        report.figures = Self.controlFigures(figures)
        if let shared {
            report.figures.append(.gauge("martlet_redis_up", "1 when Redis answers", shared.isHearing ? 1 : 0))
        }
        return report
    }

    nonisolated static func controlFigures(_ figures: HTTPFigures) -> [ControlFigure] {
        [
            .gauge("martlet_http_connections", "Open connections", Double(figures.connections)),
            .counter("martlet_http_connections_accepted", "Connections accepted", Double(figures.connectionsAccepted)),
            .counter(
                "martlet_http_connections_refused", "Connections above the limit", Double(figures.connectionsRefused)),
            .gauge("martlet_http_requests_in_flight", "Requests under way", Double(figures.requestsInFlight)),
            .counter("martlet_http_incomplete", "Answers that were not finished", Double(figures.incomplete)),
            .counter("martlet_http_received_bytes", "Bytes received", Double(figures.bytesReceived)),
            .counter("martlet_http_sent_bytes", "Bytes sent", Double(figures.bytesSent)),
        ]
            + figures.responses.enumerated().map { index, count in
                .counter(
                    "martlet_http_responses", "Answers by class of status", Double(count), ["class": "\(index + 1)xx"])
            }
    }
}
