import Contracts
import HTTPFront
import NIOCore

extension OllamaServices {
    /// Passes the request on and its answer back, on the client's event loop.
    func relay(
        _ message: some UpstreamCall, _ request: HTTPRequest, _ exchange: any HTTPExchange, body: ByteBuffer? = nil
    ) {
        guard let link = links.link(on: exchange.eventLoop) else { return exchange.fail() }
        UpstreamRelay(
            exchange: exchange, link: link, request: message, body: body ?? request.body, call: Self.header(request),
            logger: logger
        ).begin()
    }

    /// The same after what must be decided first.
    func relay<Message: UpstreamCall>(
        _ request: HTTPRequest, _ exchange: any HTTPExchange,
        deciding decide: @escaping @Sendable () async throws -> (Message, ByteBuffer)
    ) {
        RelayDecision.wait(
            exchange, logger, refusal: OllamaErrorBody.response(to:), for: decide,
            then: { message, body in relay(message, request, exchange, body: body) })
    }
}
