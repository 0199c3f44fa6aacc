import Contracts
import HTTPFront
import Link
import NIOCore
import NIOHTTP1

/// Errors on Ollama's paths: `error` for Ollama's clients, `detail` for Open WebUI's, with the same words.
enum OllamaErrorBody {
    static func text(_ message: String) -> String {
        let quoted = JSONText.quoted(message)
        return "{\"detail\":\(quoted),\"error\":\(quoted)}"
    }

    /// An upstream's body with what it lacks of the two; what is no JSON object becomes the message.
    static func completed(_ body: ByteBuffer) -> ByteBuffer {
        guard case .object(var members)? = try? JSONValue(json: body.readableBytesView) else {
            let message = String(buffer: body).prefix(1000)
            return ByteBuffer(string: text(message.isEmpty ? "the Ollama server gave no reason" : String(message)))
        }
        let error = members["error"]
        if members["detail"] == nil { members["detail"] = error?["message"] ?? error ?? .string("unknown error") }
        if error == nil { members["error"] = members["detail"] }
        return ByteBuffer(string: JSONValue.object(members).encoded)
    }

    /// An upstream's refusal, its body completed; headers that speak of the body give way.
    static func completed(_ refusal: HTTPResponse, _ body: ByteBuffer) -> HTTPResponse {
        var refusal = refusal
        for name in ["content-length", "content-type"] { refusal.headers.remove(name: name) }
        refusal.headers.add(name: "content-type", value: "application/json")
        refusal.body = .bytes(completed(body))
        return refusal
    }

    static func response(_ status: HTTPResponseStatus, _ message: String) -> HTTPResponse {
        HTTPResponse(status: status, json: ByteBuffer(string: text(message)))
    }

    /// A refusal of a service or of validation; a text gets both members.
    static func response(_ error: HTTPError) -> HTTPResponse {
        guard case .string(let message)? = try? JSONValue(json: error.detail.readableBytesView) else {
            return error.response
        }
        var response = response(error.status, message)
        response.headers.add(contentsOf: error.headers)
        return response
    }

    /// nil: an error that nobody expected.
    static func response(to error: any Error) -> HTTPResponse? {
        switch error {
        case let error as HTTPError: response(error)
        case let error as LinkError: response(error)
        default: ModelFileError(error).map { response($0.httpError) }
        }
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
        return response(status, error.text)
    }
}
