import HTTPFront
import NIOCore
import NIOHTTP1

/// An answer of Ollama that is rewritten when it is whole. Subclasses say how.
class WholeAnswer: RelayTransformer {
    private var status = HTTPResponseStatus.ok
    private var headers = HTTPHeaders()
    private var body = ByteBuffer()
    private var isTooLong = false
    /// Bytes of the upstream's answer.
    private static let limit = 256 << 20

    var hasGivenUp: Bool { isTooLong }

    func head(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> (HTTPResponseStatus, HTTPHeaders)? {
        (self.status, self.headers) = (status, headers)
        return nil
    }

    func data(_ bytes: ByteBuffer) -> ByteBuffer {
        if body.readableBytes + bytes.readableBytes > Self.limit {
            isTooLong = true
            body.clear()
        } else {
            body.writeImmutableBuffer(bytes)
        }
        return ByteBuffer()
    }

    func end() -> RelayEnding {
        guard !isTooLong else { return .whole(failed(.badGateway, "the answer is too long")) }
        guard status == .ok else {
            return .whole(CompletionError(status: status, upstream: body, headers: headers).response)
        }
        return ending(body, headers)
    }

    func broken(_ reason: String) -> RelayEnding { .whole(failed(.badGateway, reason)) }

    func failed(_ status: HTTPResponseStatus, _ reason: String) -> HTTPResponse {
        CompletionError(status: status, message: "the request could not be answered: \(reason)").response
    }

    /// What the client gets for an answer with status 200.
    func ending(_ body: ByteBuffer, _ headers: HTTPHeaders) -> RelayEnding { .whole(converted(body, headers)) }

    func converted(_ body: ByteBuffer, _ headers: HTTPHeaders) -> HTTPResponse { HTTPResponse(json: body) }
}
