import SwiftProtobuf

/// One unary call of the protocol: its name on the wire and the messages on both sides.
public struct Method<Request: Message, Reply: Message>: Sendable {
    public let name: String

    init(_ name: String) { self.name = name }
}

/// Every call, by the service that answers it. `AnyMethod.all` lists them for `martlet call`.
public enum Methods {
    // control.sock
    public static let status = Method<ControlStatusRequest, ControlStatus>("control.status")
    public static let restart = Method<ControlDaemonRequest, ControlDaemonReply>("control.restart")
    public static let stop = Method<ControlDaemonRequest, ControlDaemonReply>("control.stop")
    public static let start = Method<ControlDaemonRequest, ControlDaemonReply>("control.start")
    public static let reload = Method<ControlReloadRequest, ControlReloadReply>("control.reload")
    public static let upgrade = Method<ControlUpgradeRequest, ControlUpgradeReply>("control.upgrade")
    public static let shutdown = Method<ControlShutdownRequest, ControlShutdownReply>("control.shutdown")
    public static let settings = Method<ControlSettingsRequest, ControlSettings>("control.settings")
    public static let figures = Method<ControlFiguresRequest, ControlFigures>("control.figures")

    // the control channel: supervisor to daemon
    public static let configure = Method<ControlSettings, ControlConfigureReply>("daemon.configure")
    public static let drain = Method<ControlDrain, ControlEmpty>("daemon.drain")

    // the control channel: daemon to supervisor
    public static let ready = Method<ControlReady, ControlEmpty>("supervisor.ready")
    public static let beat = Method<ControlBeat, ControlEmpty>("supervisor.beat")
    public static let settingsChanged = Method<ControlSettingsChanged, ControlEmpty>("supervisor.settings-changed")
    /// A daemon asks on behalf of its own socket's client, or of /metrics.
    public static let relayReload = Method<ControlReloadRequest, ControlReloadReply>("supervisor.reload")
    public static let relayStatus = Method<ControlStatusRequest, ControlStatus>("supervisor.status")
    public static let relayFigures = Method<ControlFiguresRequest, ControlFigures>("supervisor.figures")

    // every daemon's own socket
    public static let ping = Method<ControlPing, ControlPong>("daemon.ping")
    public static let daemonStatus = Method<ControlDaemonStatusRequest, ControlDaemonStatus>("daemon.status")
    public static let daemonReload = Method<ControlReloadRequest, ControlReloadReply>("daemon.reload")

    // snapshot-collector.sock
    public static let host = Method<SnapshotHostRequest, SnapshotHost>("snapshot.host")
    public static let collect = Method<SnapshotCollectRequest, SnapshotCollectReply>("snapshot.collect")

    // ollama-lb-proxy.sock
    public static let tags = Method<OllamaListRequest, OllamaJsonReply>("ollama.tags")
    public static let loadedModels = Method<OllamaListRequest, OllamaJsonReply>("ollama.ps")
    public static let ollamaVersion = Method<OllamaListRequest, OllamaJsonReply>("ollama.version")
    public static let backends = Method<OllamaBackendsRequest, OllamaBackends>("ollama.backends")
    public static let strategy = Method<OllamaStrategyRequest, OllamaStrategyReply>("ollama.strategy")
    public static let stats = Method<OllamaStatsRequest, OllamaStats>("ollama.stats")
    public static let verify = Method<OllamaVerifyRequest, OllamaJsonReply>("ollama.verify")
    /// Streaming: OPEN(`OllamaFanout`) DATA* → HEAD DATA* END(`OllamaFanoutResult`).
    public static let fanout = Method<OllamaFanout, OllamaFanoutResult>("ollama.fanout")
    /// Streaming: OPEN(`OllamaExchange`) DATA* → HEAD DATA* END(`OllamaStatistics`).
    public static let exchange = Method<OllamaExchange, OllamaStatistics>("ollama.exchange")
    /// Streaming: OPEN(`OpenAIExchange`) DATA* → HEAD DATA* END(`OllamaStatistics`).
    public static let openAIExchange = Method<OpenAIExchange, OllamaStatistics>("openai.exchange")
    /// Streaming: OPEN(`OpenAIModelsRequest`) → HEAD DATA* END.
    public static let openAIModels = Method<OpenAIModelsRequest, OllamaStatistics>("openai.models")
    /// Streaming: OPEN(`OpenAIVerifyRequest`) → HEAD DATA* END.
    public static let openAIVerify = Method<OpenAIVerifyRequest, OllamaStatistics>("openai.verify")

    // scim.sock
    /// Streaming: OPEN(`ScimExchange`) DATA* → HEAD DATA* END(`ScimOutcome`).
    public static let scimExchange = Method<ScimExchange, ScimOutcome>("scim.exchange")
    public static let scimTokenAdd = Method<ScimTokenRequest, ScimToken>("scim.token-add")
    public static let scimTokenRemove = Method<ScimTokenRequest, ScimToken>("scim.token-remove")
    public static let scimTokenList = Method<ScimTokenListRequest, ScimTokenList>("scim.token-list")
}

/// A call whose types are known only by its name: JSON in, JSON out, for a person at a terminal.
public struct AnyMethod: Sendable {
    public let name: String
    /// Encodes a request that is given as protobuf JSON.
    public let encode: @Sendable (_ json: String) throws -> [UInt8]
    /// Protobuf JSON of an encoded reply.
    public let decode: @Sendable (_ reply: [UInt8]) throws -> String

    init<Request: Message, Reply: Message>(_ method: Method<Request, Reply>) {
        name = method.name
        encode = { json in try Request(jsonString: json).serializedBytes() }
        decode = { reply in
            var options = JSONEncodingOptions()
            options.preserveProtoFieldNames = true
            options.alwaysPrintInt64sAsNumbers = true
            return try Reply(serializedBytes: reply).jsonString(options: options)
        }
    }

    public static let all: [AnyMethod] = [
        .init(Methods.status), .init(Methods.restart), .init(Methods.stop), .init(Methods.start),
        .init(Methods.reload), .init(Methods.upgrade), .init(Methods.shutdown), .init(Methods.settings),
        .init(Methods.figures), .init(Methods.ping), .init(Methods.daemonStatus), .init(Methods.daemonReload),
        .init(Methods.host), .init(Methods.collect),
        .init(Methods.tags), .init(Methods.loadedModels), .init(Methods.ollamaVersion), .init(Methods.backends),
        .init(Methods.strategy), .init(Methods.stats), .init(Methods.verify), .init(Methods.fanout),
        .init(Methods.exchange), .init(Methods.openAIExchange), .init(Methods.openAIModels),
        .init(Methods.openAIVerify),
        .init(Methods.scimExchange), .init(Methods.scimTokenAdd), .init(Methods.scimTokenRemove),
        .init(Methods.scimTokenList),
    ]

    public static func named(_ name: String) -> AnyMethod? { all.first { $0.name == name } }
}
