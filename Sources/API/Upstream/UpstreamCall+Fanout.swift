import Contracts
import NIOCore

extension OllamaFanout: UpstreamCall {
    static var method: String { Methods.fanout.name }
    static var dialect: UpstreamDialect { .ollama }
    /// A server may have begun with it.
    static var isRepeatable: Bool { false }
    mutating func take(_ body: ByteBuffer) { self.body = .init(body.readableBytesView) }
}
