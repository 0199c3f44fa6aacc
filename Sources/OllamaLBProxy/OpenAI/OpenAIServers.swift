import Contracts
import DaemonKit
import Egress
import Logging
import NIOCore
import Reactor

/// All connections in use: asks each for its models again and again, and finds the one that has a model.
///
/// They are asked in parallel. Nobody waits for one that has failed the last time; what it said before stays listed.
@ReactorActor
final class OpenAIServers {
    private(set) var servers: [OpenAIServer] = []
    let client: HTTPClient
    private(set) var settings: Settings
    private let logger: Logger
    private var timer: ReactorTimer?
    private var isStopped = false
    /// The merged list as JSON, and a number that grows with each change of it. Begins at a number that an earlier
    /// process is not likely to have given.
    private(set) var merged: [UInt8] = Array(#"{"data":[]}"#.utf8)
    private(set) var revision = UInt64.random(in: 1...UInt64(UInt32.max)) << 16

    /// Longer answers are not taken.
    static let answerLimit = 32 << 20

    init(settings: Settings, client: HTTPClient, logger: Logger) {
        self.settings = settings
        self.client = client
        self.logger = logger
        servers = OpenAIConnection.all(settings).map(OpenAIServer.init)
    }

    /// Connections that are as they were keep what was learnt of them; what is under way on removed ones goes on.
    func apply(_ new: Settings) {
        settings = new
        let old = servers
        servers = OpenAIConnection.all(new).map { connection in
            old.first { $0.connection == connection } ?? OpenAIServer(connection)
        }
        changed()
        for server in servers where server.askedAt == nil { ask(server) }
    }

    func start() {
        for server in servers { ask(server) }
        plan()
    }

    func stop() {
        isStopped = true
        timer?.cancel()
    }

    private func plan() {
        guard !isStopped else { return }
        // Spread, so that several hosts do not ask in step.
        let delay = settings.duration("OPENAI_MODELS_INTERVAL") * Double.random(in: 0.8...1.2)
        timer = Reactor.shared.schedule(after: delay) { [weak self] in
            guard let self else { return }
            for server in servers { ask(server) }
            plan()
        }
    }

    // MARK: Choice

    enum Choice {
        /// In the order in which they are tried.
        case servers([OpenAIServer])
        case none
        case noSuchIndex
        case modelNotFound
    }

    /// Of several that have the model the first counts, as in the list, or the one that is asked for; one that is known
    /// not to answer comes last.
    func choose(model: String, pinned: Int?, mayBeUnlisted: Bool) -> Choice {
        guard !servers.isEmpty else { return .none }
        var asked: OpenAIServer?
        if let pinned {
            asked = servers.first { $0.connection.index == pinned }
            guard let asked else { return .noSuchIndex }
            if model.isEmpty || mayBeUnlisted { return .servers([asked]) }
        }
        guard !model.isEmpty else { return .servers([servers[0]]) }
        let having = servers.filter { $0.has(model) }
        guard !having.isEmpty else {
            guard mayBeUnlisted else { return .modelNotFound }
            return .servers([servers.first(where: \.connection.isOpenAI) ?? servers[0]])
        }
        let first = having.filter { $0 === asked }
        let others = having.filter { $0 !== asked }
        return .servers(first + others.filter { $0.failure == nil } + others.filter { $0.failure != nil })
    }

    // MARK: Lists

    /// Asks those whose list is older than MODELS_CACHE_TTL, and waits for them: not long, and not for one that failed
    /// the last time. `thoroughly`: asks all, and waits for all.
    /// `patiently`: waits as long as an answer may take.
    func refresh(thoroughly: Bool = false, patiently: Bool = false) async {
        let age = thoroughly ? .zero : Duration.seconds(settings.integer("MODELS_CACHE_TTL"))
        let old = servers.filter { $0.isOlder(than: age) }
        for server in old { ask(server) }
        let awaited = old.filter { thoroughly || $0.failure == nil }
        guard !awaited.isEmpty else { return }
        let isNew = awaited.contains { $0.askedAt == nil }
        let limit =
            thoroughly || patiently
            ? settings.duration("OPENAI_MODELS_TIMEOUT") : isNew ? .seconds(3) : .milliseconds(500)
        await wait(for: awaited.compactMap(\.question), within: limit)
    }

    private func wait(for questions: [Task<Void, Never>], within limit: Duration) async {
        await withCheckedContinuation { continuation in
            var isOver = false
            let finish: @ReactorActor () -> Void = {
                guard !isOver else { return }
                isOver = true
                continuation.resume()
            }
            let timer = Reactor.shared.schedule(after: limit, finish)
            Task { @ReactorActor in
                for question in questions { await question.value }
                timer.cancel()
                finish()
            }
        }
    }

    /// One question at a time.
    private func ask(_ server: OpenAIServer) {
        guard server.question == nil else { return }
        server.question = Task { @ReactorActor in
            let wasFailing = server.failure != nil
            await look(server)
            server.question = nil
            note(server, wasFailing)
            changed()
        }
    }

    private func note(_ server: OpenAIServer, _ wasFailing: Bool) {
        guard wasFailing != (server.failure != nil) else { return }
        var metadata: Logger.Metadata = ["connection": "\(server.connection.name)"]
        if let failure = server.failure {
            metadata["why"] = "\(failure)"
            logger.warning("models of an OpenAI server are not known", metadata: metadata)
        } else {
            logger.notice("an OpenAI server says its models", metadata: metadata)
        }
    }

    private func look(_ server: OpenAIServer) async {
        let connection = server.connection
        guard connection.modelIDs.isEmpty else { return server.said(OpenAIModelList(allowed: connection)) }
        // Azure does not say what is deployed; OpenAI says nothing to strangers.
        guard !connection.isAzure, !(connection.isOpenAI && connection.key.isEmpty) else {
            return server.said(OpenAIModelList())
        }
        do {
            let (head, body) = try await client.collect(
                try modelsRequest(connection, OpenAIAsker()), limit: Self.answerLimit)
            guard head.status == 200 else {
                let why = "status \(head.status)"
                return (400..<500).contains(head.status) && ![408, 429].contains(head.status)
                    ? server.refused(why) : server.failed(why)
            }
            server.said(try await Self.parsed(Array(buffer: body), connection))
        } catch let refusal as OpenAIHeaders.Refusal {
            server.refused("\(refusal)")
        } catch {
            server.failed("\(error)")
        }
    }

    /// The question for the models of a connection, also of one that is not saved.
    func modelsRequest(
        _ connection: OpenAIConnection, _ asker: OpenAIAsker
    ) throws(OpenAIHeaders.Refusal) -> Request {
        let headers = try OpenAIHeaders(connection: connection, asker: asker, settings: settings)
            .headers([("accept", "application/json")])
        let limit = settings.duration("OPENAI_MODELS_TIMEOUT")
        let timeouts = Request.Timeouts(
            connect: min(limit, settings.duration("OPENAI_CONNECT_TIMEOUT")), firstByte: limit, idle: limit,
            total: limit)
        return Request(
            url: OpenAIRequestURL.url(connection, path: "/models", model: ""), headers: headers, timeouts: timeouts)
    }

    /// Not on the loop: some lists have megabytes.
    @concurrent
    private nonisolated static func parsed(
        _ answer: [UInt8], _ connection: OpenAIConnection
    ) async throws -> OpenAIModelList {
        try OpenAIModelList(answer: answer, connection)
    }

    private func changed() {
        let new = OpenAIModelList.merged(servers.map(\.list))
        guard new != merged else { return }
        merged = new
        revision += 1
    }
}
