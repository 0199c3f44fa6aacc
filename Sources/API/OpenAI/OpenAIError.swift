import Contracts
import HTTPFront
import Link
import NIOCore
import NIOHTTP1

/// Errors on OpenAI's paths that Martlet makes: `detail` for Open WebUI's clients, `error` for OpenAI's.
enum OpenAIError {
    static func response(
        _ status: HTTPResponseStatus, _ message: String, type: String = "invalid_request_error", code: String? = nil
    ) -> HTTPResponse {
        HTTPResponse(status: status, json: ByteBuffer(string: OpenAIErrorText.body(message, type: type, code: code)))
    }

    /// Nil for what nobody expected.
    static func response(to error: any Error) -> HTTPResponse? {
        switch error {
        case let error as HTTPError: response(error)
        case let error as LinkError: response(error)
        default: nil
        }
    }

    /// Lists of what is wrong with a body stay as they are.
    static func response(_ error: HTTPError) -> HTTPResponse {
        guard case .string(let message)? = try? JSONValue(json: error.detail.readableBytesView) else {
            return error.response
        }
        let code = error.status == .notFound ? "model_not_found" : nil
        var response = response(error.status, message, code: code)
        response.headers.add(contentsOf: error.headers)
        return response
    }

    static func response(_ error: LinkError) -> HTTPResponse {
        let status: HTTPResponseStatus =
            switch error.code {
            case .notFound: .notFound
            case .invalidArgument: .badRequest
            case .unavailable, .draining, .resourceExhausted: .serviceUnavailable
            case .deadlineExceeded: .gatewayTimeout
            default: .badGateway
            }
        return response(status, error.text, type: "upstream_error")
    }
}
