import Contracts
import NIOCore
import SwiftProtobuf

/// A streaming call to ollama-lb-proxy whose answer is relayed to an HTTP client: OPEN DATA* → HEAD DATA* END.
protocol UpstreamCall: Message {
    static var method: String { get }
    static var dialect: UpstreamDialect { get }
    /// It may be made again though ollama-lb-proxy may have begun with it.
    static var isRepeatable: Bool { get }
    /// The same, where it depends on what is asked for.
    var isRepeatable: Bool { get }
    /// The whole body of the request travels in the message itself.
    mutating func take(_ body: ByteBuffer)
}

extension UpstreamCall {
    static var isRepeatable: Bool { true }
    var isRepeatable: Bool { Self.isRepeatable }
}

extension OllamaExchange: UpstreamCall {
    static var method: String { Methods.exchange.name }
    static var dialect: UpstreamDialect { .ollama }
    mutating func take(_ body: ByteBuffer) { self.body = .init(body.readableBytesView) }
}

extension OpenAIExchange: UpstreamCall {
    static var method: String { Methods.openAIExchange.name }
    static var dialect: UpstreamDialect { .openAI }
    /// Files, batches and the like would be made twice.
    var isRepeatable: Bool { verb == "GET" || !model.isEmpty }
    mutating func take(_ body: ByteBuffer) { self.body = .init(body.readableBytesView) }
}

extension OpenAIModelsRequest: UpstreamCall {
    static var method: String { Methods.openAIModels.name }
    static var dialect: UpstreamDialect { .openAI }
    mutating func take(_ body: ByteBuffer) {}
}

extension OpenAIVerifyRequest: UpstreamCall {
    static var method: String { Methods.openAIVerify.name }
    static var dialect: UpstreamDialect { .openAI }
    mutating func take(_ body: ByteBuffer) {}
}

/// How errors look to the clients of an upstream's API.
enum UpstreamDialect: Sendable {
    case ollama
    case openAI

    /// The body of an answer that the upstream did not make.
    func refusal(_ text: String) -> String {
        switch self {
        case .ollama: OllamaErrorBody.text(text)
        case .openAI: OpenAIErrorText.body(text)
        }
    }
}
